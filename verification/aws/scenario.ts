import { nextGeneration, repinned } from "../../infra/domain/generations.ts";
import { type ReleaseState, SECRET_NAMES, type SecretName, stableRelease } from "../../infra/domain/releases.ts";
import { repinnedRelease, rotate } from "../../infra/runbooks/rotate/plan.ts";
import type { Issued } from "./recorder/account.ts";

/** One update of a rotation: the states that it goes between, and what an issuer has handed over for it. */
export interface Move {
  title: string;
  from: ReleaseState;
  to: ReleaseState;
  issued: Issued | null;
}

const SHORT = { nominal: 10, wall: 10 };
const TIMING = { interval: 10, gateTimeout: 10, drain: 10 };

/** What the rest of the state has to do with AWS: nothing. A step that leaves the secrets alone makes no call. */
const secretsOf = (state: ReleaseState): string => JSON.stringify(state.secrets);

/** Every rotation is on a day of its own: the day by which a secret is to be rotated moves with it. */
function dayAfter({ secrets }: ReleaseState, days: number): string {
  const first = Math.min(
    ...SECRET_NAMES.flatMap((name) => secrets[name].generations.map(({ createdOn }) => Date.parse(createdOn))),
  );
  return new Date(first + days * 86_400_000).toISOString();
}

function planOf(base: ReleaseState, secret: SecretName, turn: number) {
  const actor = {
    change: `CHG-2026-11-27-${String(turn).padStart(3, "0")}`,
    runbook: "rotate",
    onCall: "platform-on-call",
  } as const;
  const { current, pending } = base.secrets[secret];
  const next = pending ?? nextGeneration(base.secrets[secret]);
  const stable = stableRelease(base);
  const plan = rotate({
    base,
    release: repinnedRelease(stable, repinned(stable, secret, next), actor),
    actor,
    timing: TIMING,
    rotation: { secret, old: current, next, handedOver: null, urgency: "planned", unusedFor: 10 },
    createdOn: dayAfter(base, turn),
    mintedBy: secret === "REDIS_URL" || secret === "SESSION_SECRET" ? "program" : "issuer",
    revokedBy: secret === "REDIS_URL" || secret === "SESSION_SECRET" ? "stack" : "issuer",
    weights: [100],
    stepFor: 10,
    soak: SHORT,
    longestSession: SHORT,
    sessions: "kept",
  });
  return { plan, next };
}

/** The updates of a rotation that change something of the secrets, each with the state that a failure after it would go back to (pure). */
function updatesOf(base: ReleaseState, secret: SecretName, turn: number) {
  const { plan, next } = planOf(base, secret, turn);
  const issued =
    secret === "SUPABASE_KEY" || secret === "AFM_KEY"
      ? { [secret]: { [next]: `issued-${secret}-${turn}-${next}` } }
      : null;
  const moves: (Move & { back: ReleaseState; wayBack: "open" | "closed" })[] = [];
  let [state, known, back] = [base, base, base];
  let wayBack: "open" | "closed" = "open";
  for (const step of plan.steps) {
    const to = step.touches === "nothing" ? state : step.move(state);
    if (step.onFailure === "stop") wayBack = "closed";
    state = to;
    if (step.restorePoint) back = state;
    if (secretsOf(to) === secretsOf(known)) continue;
    moves.push({ title: `${secret} ${next}: ${step.name}`, from: known, to, issued, back, wayBack });
    known = to;
  }
  return { moves, end: known };
}

/** A rotation from a state to its end (pure). */
export function rotation(base: ReleaseState, secret: SecretName, turn: number): { moves: Move[]; end: ReleaseState } {
  return updatesOf(base, secret, turn);
}

/** A rotation that is called off after each of its updates in turn, as often as it can be called off (pure). */
function abortedRotations(base: ReleaseState, secret: SecretName, turn: number): { moves: Move[]; end: ReleaseState } {
  const moves: Move[] = [];
  let state = base;
  const many = updatesOf(base, secret, turn).moves.filter(({ wayBack }) => wayBack === "open").length;
  for (let last = 0; last < many; last += 1) {
    const { moves: begun } = updatesOf(state, secret, turn + last);
    const taken = begun.slice(0, last + 1);
    const end = taken.at(-1);
    if (end === undefined || end.wayBack === "closed") break;
    moves.push(...taken, { title: `${end.title}, called off`, from: end.to, to: end.back, issued: null });
    state = end.back;
  }
  return { moves, end: state };
}

/** Two rotations of each secret, the second one called off at every step before it is carried to its end (pure). */
export function twoRotations(first: ReleaseState, secrets: readonly SecretName[] = SECRET_NAMES): Move[] {
  const moves: Move[] = [];
  let state = first;
  secrets.forEach((secret, index) => {
    const turn = index * 10 + 1;
    const one = rotation(state, secret, turn);
    const aborted = abortedRotations(one.end, secret, turn + 1);
    const other = rotation(aborted.end, secret, turn + 9);
    moves.push(...one.moves, ...aborted.moves, ...other.moves);
    state = other.end;
  });
  return moves;
}
