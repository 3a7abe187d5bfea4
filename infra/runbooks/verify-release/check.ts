/** One line of the release's table: what was looked at, what was seen, and what to do where it doesn't hold. */
export interface Line {
  check: string;
  holds: boolean;
  evidence: string;
  /** null where it holds */
  remedy: string | null;
}

export const holds = (check: string, evidence: string): Line => ({ check, holds: true, evidence, remedy: null });
export const fails = (check: string, evidence: string, remedy: string): Line => ({
  check,
  holds: false,
  evidence,
  remedy,
});

/** What the evidence begins with where there is none. */
export const UNSEEN = "can't be looked at";

/** What can't be looked at doesn't hold: whoever lets a release through must have seen it. */
export async function looked(check: string, remedy: string, look: () => Promise<Line[]>): Promise<Line[]> {
  try {
    return await look();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [fails(check, `${UNSEEN}: ${why.replace(/\s+/g, " ").trim()}`, remedy)];
  }
}
