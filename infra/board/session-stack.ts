import type { Session } from "../runner/session.ts";
import { readStanding } from "../runner/status.ts";
import { sessionActions } from "./session-actions.ts";
import type { BoardStack } from "./source.ts";

/** How long a session is kept before its settings are read anew, in milliseconds: reading them asks the engine. */
const SETTINGS_AGE = 5 * 60_000;

/**
 * A stack of the board, from the runner's sessions.
 * @param open opens a session with the settings as they are now
 */
export function sessionStack(
  name: string,
  open: () => Promise<Session>,
  { service, now }: Pick<BoardStack, "service"> & { now: () => number },
): BoardStack {
  let kept: { session: Promise<Session>; at: number } | null = null;
  const session = () => {
    if (kept === null || Math.abs(now() - kept.at) >= SETTINGS_AGE) {
      const opening = open();
      kept = { session: opening, at: now() };
      // What failed is tried again at the next look.
      opening.catch(() => {
        if (kept?.session === opening) kept = null;
      });
    }
    return kept.session;
  };
  return {
    name,
    service,
    actions: sessionActions(open),
    async open() {
      const { settings, store, ...rest } = await session();
      return { settings, store, standing: () => readStanding({ settings, store, ...rest }) };
    },
  };
}
