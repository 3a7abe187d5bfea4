import type { Dora } from "../reports/dora.ts";
import { type Carrier, readCarrier } from "../runner/carrier.ts";
import type { Session } from "../runner/session.ts";
import { noFigures, type StackFigures } from "./figures.ts";

/** A stack of the service, and what is known of it. */
export interface Place {
  stack: string;
  figures: StackFigures;
  /** Opens a session with the settings as they are now. @throws Refusal where they can't be read */
  open: () => Promise<Session>;
  /** what keeps it from being carried or followed; null where nothing does */
  trouble: string | null;
  /** as it was last read; null before */
  session: Session | null;
  dora: ((now: number) => Promise<Dora>) | null;
  /** this process as the stack's carrier, where it leads without an election; null where the Lease says who does */
  alone: { who: string; since: string } | null;
}

export function newPlace(stack: string, opener: (figures: StackFigures) => Place["open"]): Place {
  const figures = noFigures();
  return { stack, figures, open: opener(figures), trouble: "not read yet", session: null, dora: null, alone: null };
}

/** Who carries the stack's changes; null where nobody is known to. */
export async function carrierOf({ alone, session, figures }: Place): Promise<Carrier | null> {
  if (alone === null) return session === null ? null : readCarrier(session);
  const { lookedAt } = figures;
  return { ...alone, lookedAt: lookedAt === null ? null : new Date(lookedAt).toISOString() };
}

/** What of a place the metrics show. */
export async function shownOf({ stack, figures, dora }: Place) {
  // Where the records can't be read, the other figures say so.
  return { stack, figures, dora: dora === null ? null : await dora(Date.now()).catch(() => null) };
}
