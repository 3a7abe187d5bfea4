import type { RecordStore } from "../records/store.ts";
import type { Standing } from "../runner/status.ts";
import type { Settings } from "../settings/index.ts";

/** Who carries a stack's changes on, and when that was last seen to look. */
export interface Carrier {
  /** for people, such as "process 7 on runner-0" */
  who: string;
  /** ISO 8601 */
  since: string;
  /** ISO 8601; null where it hasn't looked yet */
  lookedAt: string | null;
}

/** What the board shows of one stack, and where it reads it. Each of the reads may fail: what else is known is shown all the same. */
export interface BoardStack {
  name: string;
  settings: Pick<Settings, "stage" | "onCall" | "changes" | "rotation">;
  store: Pick<RecordStore, "ofStack" | "ends" | "read">;
  /** The stack, its pods and its open change; asks the engine, so it is called once in a while. */
  standing(): Promise<Standing>;
  /** null where nobody does */
  carrier(): Promise<Carrier | null>;
}

/** What the board is made of. */
export interface BoardSource {
  stacks: readonly BoardStack[];
  /** milliseconds since the epoch */
  now(): number;
  /** Tells whoever runs the service what went wrong, in a line. */
  tell(problem: string): void;
}
