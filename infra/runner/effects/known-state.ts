import { withoutFloors } from "../../domain/capacity.ts";
import { type ReleaseState, stateHash, weightsOf } from "../../domain/releases.ts";
import { busy, needsPerson, type Refusal } from "../../errors.ts";
import { weightsInWords } from "../../reports/render/describe.ts";
import type { Run } from "../effect.ts";
import { callPerson } from "./call.ts";

/** What a change knows of itself. */
type Known = Pick<Run, "journal" | "plan">;

/** The release state as this change knows it: after its last update, or the base. */
export function knownState({ journal, plan }: Known): ReleaseState {
  return journal.progress().state ?? plan.base;
}

/** Where a failure goes back to: the last restore point, without the change; else the base (pure). */
export function returnPoint({ journal, plan }: Known): ReleaseState {
  const { restorePoint } = journal.progress();
  return restorePoint === null ? plan.base : withoutFloors({ ...restorePoint, change: null });
}

/** Whether a state is one that this change may have left: the known one, or either end of the update under way (pure). */
export function isOwn(known: Known, state: ReleaseState): boolean {
  const { updating } = known.journal.progress();
  const ends = updating === null ? [] : [updating.from, stateHash(updating.to)];
  return [stateHash(knownState(known)), ...ends].includes(stateHash(state));
}

/**
 * The state that the stack is in.
 * @throws Refusal (exit 4 or 70) where somebody else has moved it
 */
export async function ownState(run: Run): Promise<ReleaseState> {
  const state = await run.session.stack.state();
  if (state !== null && isOwn(run, state)) return state;
  throw await movedOn(run, state);
}

/** A stack that was changed while a change was under way, as the change's record has it. */
export interface Moved {
  what: string;
  expected: string;
  found: string;
  /** the other change that holds the stack; null where none does */
  holder: string | null;
}

/** What was found where, for people (pure). */
const whereIn = ({ what, expected, found }: Moved): string =>
  `${what}: it was left at ${expected}, and is now at ${found}; nothing was overwritten`;

const remedyFor = (stack: string): string =>
  `restore the state that this change left and resume, or keep the current state with \`runbook abort --stack ${stack}\``;

/** The refusal of a change whose stack was changed (pure): exit 4 where another change holds it, else 70. */
export function movedRefusal(
  { stack, change, onCall }: { stack: string; change: string; onCall: string },
  moved: Moved,
): Refusal {
  const { holder } = moved;
  if (holder === null) return needsPerson(whereIn(moved), `${onCall} is needed: ${remedyFor(stack)}`);
  return busy(
    whereIn(moved),
    `wait until ${holder} has ended; then \`runbook abort --stack ${stack}\` closes ${change} and keeps the current state`,
  );
}

/** Says what stands where it wasn't put by this change: exit 4 where another change holds the stack, else 70. */
export async function movedOn(run: Run, found: ReleaseState | null): Promise<Refusal> {
  const { session, journal } = run;
  const { name } = session.stack;
  const holder = found?.change ?? null;
  const other = holder !== null && holder.id !== journal.change ? holder : null;
  const by =
    other === null
      ? "outside this change (a manual `pulumi up`?)"
      : `by ${other.id} (${other.runbook}, on call: ${other.onCall})`;
  const words = (state: ReleaseState | null) =>
    state === null ? "nothing" : `${weightsInWords(weightsOf(state))} [${stateHash(state).slice(0, 12)}]`;
  const what = `stack ${name} was changed ${by} while ${journal.change} was under way`;
  const moved = { what, expected: words(knownState(run)), found: words(found), holder: other?.id ?? null };
  const isNews = journal.events().at(-1)?.type !== "moved";
  // Another change has its own runner and owner.
  const [remedy, problems] = [remedyFor(name), [whereIn(moved)]];
  const why = { step: null, what: "moved", why: what, stands: moved.found, problems, remedy };
  const called = other === null ? await callPerson(run, why) : {};
  if (isNews || "call" in called) await journal.write("moved", null, { ...moved, ...called });
  return movedRefusal({ stack: name, change: journal.change, onCall: session.onCall }, moved);
}

/** The state now: asked of the stack where an update is under way, else as the change knows it. */
export async function currentState(run: Run): Promise<ReleaseState> {
  return run.journal.progress().updating === null ? knownState(run) : await ownState(run);
}
