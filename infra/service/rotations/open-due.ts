import { EXIT, Refusal } from "../../errors.ts";
import { withLease } from "../../runner/lease.ts";
import { type OpeningSession, openChange } from "../../runner/opening/open.ts";
import { prepareRotation, type RotationRequest } from "../../runner/opening/prepare-rotation.ts";
import { newestTurn } from "../../runner/opening/rotation-turns.ts";
import {
  type DueRotation,
  decideRotation,
  type NotOpened,
  type RotationDecision,
  type RotationFacts,
} from "./decide.ts";
import { type OtherStacks, readAges, readTurn, untakenTurn } from "./facts.ts";

/** Who a record says has started what the service opens by itself. */
const STARTED_BY = "runbook serve";

/** What became of a look at what is due. */
export interface Looked extends Pick<RotationDecision, "waits" | "asks" | "lookAgainAt"> {
  /** the change that was opened; null: none was */
  opened: { stack: string; change: string; reason: string } | null;
}

/** What is asked for where the service opens a rotation (pure). */
export function requestOf(due: DueRotation): RotationRequest {
  if (due.kind === "turn") {
    const { after, request } = due.turn;
    const why = `opened by ${STARTED_BY} after ${after}`;
    return { ...request, reason: request.reason === null ? why : `${request.reason} (${why})` };
  }
  const { secret, reason } = due;
  const planned = { value: null, urgency: "planned", sessions: "kept", afterwards: [] } as const;
  return { secret, ...planned, reason: `rotation.auto: ${reason}`, startedBy: STARTED_BY };
}

/**
 * Opens the rotation of a stack that is due, one at most. It is decided again with the stack's lease: of two services, or after a death
 * between decision and opening, one opens it.
 */
export async function openDueRotation(session: OpeningSession, others: OtherStacks): Promise<Looked> {
  const read = () => readAges(session, others);
  return openDecided(session, await read(), read);
}

/** Opens the turn that the newest rotation of one stack has left to another one of the service; null where it has left none. */
export async function openTurn(
  from: OpeningSession,
  sessionOf: (stack: string) => Promise<OpeningSession | null>,
): Promise<Looked | null> {
  const left = await newestTurn(from.store, from.stack.name);
  const to = left === null ? null : await sessionOf(left.stack);
  const turn = left === null || to === null ? null : await untakenTurn(left, from, to);
  if (to === null || turn === null) return null;
  return openDecided(to, await readTurn(to, turn), async () => {
    const still = await untakenTurn(turn, from, to);
    return { ...(await readTurn(to, turn)), turn: still };
  });
}

async function openDecided(
  session: OpeningSession,
  facts: RotationFacts,
  again: () => Promise<RotationFacts>,
): Promise<Looked> {
  const first = decideRotation(facts);
  if (first.open === null) return { ...first, opened: null };
  try {
    return await withLease(session, async () => {
      const decision = decideRotation(await again());
      return decision.open === null ? { ...decision, opened: null } : await openOne(session, decision, decision.open);
    });
  } catch (error) {
    if (!(error instanceof Refusal) || error.exit !== EXIT.busy) throw error;
    const wait = { key: `busy/${keyOf(first.open)}`, text: error.problems.join("; ") };
    return { ...first, waits: [...first.waits, wait], opened: null };
  }
}

const keyOf = (due: DueRotation): string => (due.kind === "turn" ? due.turn.after : `${due.secret}/${due.generation}`);

/** Opens a rotation; what is refused before anything was changed is a person's to settle. */
async function openOne(session: OpeningSession, decision: RotationDecision, due: DueRotation): Promise<Looked> {
  const request = requestOf(due);
  const { name } = session.stack;
  try {
    const prepared = await prepareRotation(session, request);
    const { journal } = await openChange(session, prepared);
    await session.store.markNews(name);
    return { ...decision, opened: { stack: name, change: journal.change, reason: request.reason ?? "" } };
  } catch (error) {
    if (!(error instanceof Refusal) || error.exit === EXIT.busy || error.exit === EXIT.stuck) throw error;
    const asked: NotOpened = {
      key: `${keyOf(due)}/refused`,
      text: `${request.secret} is due, and its rotation was refused: ${error.problems.join("; ")}`,
    };
    return { ...decision, asks: [...decision.asks, asked], opened: null };
  }
}
