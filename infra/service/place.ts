import type { Dora } from "../reports/dora.ts";
import { type RunningService, readService } from "../runner/running-service.ts";
import type { Session } from "../runner/session.ts";
import { noFigures, type StackFigures } from "./figures.ts";

/** A stack of the service, and what is known of it. */
export interface Place {
  stack: string;
  figures: StackFigures;
  /** Opens a session with the settings as they are now. @throws Refusal where they can't be read */
  open: () => Promise<Session>;
  /** what keeps its changes from being run or followed; null where nothing does */
  trouble: string | null;
  /** as it was last read; null before */
  session: Session | null;
  dora: ((now: number) => Promise<Dora>) | null;
  /** this process as the stack's service, where it leads without an election; null where the Lease says who does */
  alone: { who: string; since: string } | null;
}

export function newPlace(stack: string, opener: (figures: StackFigures) => Place["open"]): Place {
  const figures = noFigures();
  const openAnew = opener(figures);
  const place: Place = {
    stack,
    figures,
    async open() {
      const session = await openAnew();
      place.session = session;
      return session;
    },
    trouble: "not read yet",
    session: null,
    dora: null,
    alone: null,
  };
  return place;
}

/** The service that runs the stack's changes; null where none is known. */
export async function serviceOf({ alone, session, figures }: Place): Promise<RunningService | null> {
  if (alone === null) return session === null ? null : readService(session);
  const { lookedAt } = figures;
  return { ...alone, lookedAt: lookedAt === null ? null : new Date(lookedAt).toISOString() };
}

/** What of a place the metrics show. */
export async function shownOf({ stack, figures, dora }: Place) {
  // Where the records can't be read, the other figures say so.
  return { stack, figures, dora: dora === null ? null : await dora(Date.now()).catch(() => null) };
}
