/** How long what a stack holds outlives it. */
export const RETENTIONS = ["long", "short"] as const;
export type Retention = (typeof RETENTIONS)[number];

interface Windows {
  /** days in which a deleted key can be brought back; AWS takes 7 to 30 */
  key: number;
  /** days in which a deleted secret can be brought back and its name is taken; 0 deletes it at once */
  secret: number;
  /** days for which nobody may delete a record; null: a record may be deleted, and the bucket with all that is in it */
  lock: number | null;
}

/** The windows of each retention. */
export const WINDOWS: Readonly<Record<Retention, Windows>> = {
  long: { key: 30, secret: 30, lock: 400 },
  // For trying the project out: nothing is left that costs, or that blocks a name.
  short: { key: 7, secret: 0, lock: null },
};
