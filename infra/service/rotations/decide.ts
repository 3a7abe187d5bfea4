import type { WindowState } from "../../admission/calendar.ts";
import { formatDuration } from "../../domain/durations.ts";
import type { SecretName } from "../../domain/releases.ts";
import { overdueFrom, type RotationAge } from "../../domain/rotation-age.ts";
import type { Turn } from "../../runner/opening/rotation-turns.ts";

/** A secret that may be rotated without being asked for, and what stands in the way. */
export interface SecretFacts {
  secret: SecretName;
  /** the generation that is to be replaced */
  generation: string;
  age: RotationAge;
  /** on staging: a production stack whose secret has reached its age and can't be rotated before this one was; null: none */
  wantedBy: { stack: string; age: RotationAge } | null;
  /** what a person has to do, since the program can't make the value; null where it can */
  person: string | null;
  /** the newest rotation of it that began since it is due and ended without success; null: none */
  failed: string | null;
  /** on production: why staging's turn hasn't ended well yet; null where it has */
  staging: string | null;
}

/** What is known of a stack when it is decided. */
export interface RotationFacts {
  stack: string;
  secrets: readonly SecretFacts[];
  /** the turn that another stack's rotation has left to this one, not taken yet; null: none */
  turn: Turn | null;
  openChange: string | null;
  window: WindowState;
}

/** A rotation that is to be opened now. */
export type DueRotation =
  | { kind: "age"; secret: SecretName; generation: string; reason: string }
  | { kind: "turn"; turn: Turn };

/** What is due and isn't opened now. */
export interface NotOpened {
  /** the same as long as it is the same case */
  key: string;
  text: string;
}

export interface RotationDecision {
  /** one at most: one change a stack */
  open: DueRotation | null;
  /** what time or another change will settle */
  waits: readonly NotOpened[];
  /** what a person has to do */
  asks: readonly NotOpened[];
  /** when something else may be due at the latest, in milliseconds since the epoch; null: nothing is known to be */
  lookAgainAt: number | null;
}

const dueBy = ({ age, wantedBy }: SecretFacts): string => {
  const own = age.state === "overdue" ? [age.rotateBy] : [];
  return [...own, ...(wantedBy === null ? [] : [wantedBy.age.rotateBy])].sort()[0] ?? age.rotateBy;
};
const isDue = ({ age, wantedBy }: SecretFacts): boolean => age.state === "overdue" || wantedBy !== null;

function ageInWords({ ageDays, maxAge, rotateBy }: RotationAge): string {
  return `due since ${rotateBy}: ${ageDays} days old, rotation.maxAge is ${formatDuration(maxAge)}`;
}

/** Why a secret is due, as its record says it (pure). */
function whyDue({ secret, generation, age, wantedBy }: SecretFacts): string {
  if (age.state === "overdue" || wantedBy === null) return `${secret} ${generation} is ${ageInWords(age)}`;
  return `${secret} of ${wantedBy.stack} is ${ageInWords(wantedBy.age)}; staging is rotated first`;
}

/** What keeps the service from opening this rotation by itself, whatever else is under way; null where nothing does. */
function askedOfPerson(stack: string, facts: SecretFacts): string | null {
  const { secret, person, failed } = facts;
  if (failed !== null) {
    return `${failed} didn't rotate it, and it isn't tried again by itself: fix the cause, then run \`runbook rotate ${secret} --stack ${stack}\``;
  }
  return person;
}

/** What is waited for: the same kind as long as it is the same, whatever time it is. */
interface Obstacle {
  kind: string;
  text: string;
}

/** What has to end before any change may begin on the stack; null where nothing has to. */
function obstacle({ openChange, window }: RotationFacts): Obstacle | null {
  if (openChange !== null) return { kind: openChange, text: `waits until ${openChange} has ended` };
  if (window.open) return null;
  const opens =
    window.opensAt === null ? "it doesn't open in the next 400 days" : `it opens at ${isoOf(window.opensAt)}`;
  return { kind: "window", text: `waits for the change window: ${window.why}; ${opens}` };
}

const NEXT: Obstacle = { kind: "next", text: "waits until the rotation before it has ended" };

const isoOf = (at: number): string => new Date(at).toISOString();

/**
 * Which rotation of a stack is opened now, and what is due beside it (pure). A turn that another stack has left goes first, then the
 * secret that is due the longest.
 */
export function decideRotation(facts: RotationFacts): RotationDecision {
  const { stack, secrets, window } = facts;
  const [waits, asks]: [NotOpened[], NotOpened[]] = [[], []];
  const blocked = obstacle(facts);
  let open = turnNow(facts, blocked, { waits, asks });
  const due = secrets.filter(isDue).sort((one, other) => dueBy(one).localeCompare(dueBy(other)));
  for (const one of due) {
    const { secret, generation, staging } = one;
    const key = `${secret}/${generation}`;
    const asked = askedOfPerson(stack, one);
    const waiting =
      (staging === null ? null : { kind: "staging", text: staging }) ?? blocked ?? (open === null ? null : NEXT);
    if (asked !== null) asks.push({ key: `${key}/${one.failed ?? "person"}`, text: `${whyDue(one)}: ${asked}` });
    else if (waiting !== null) waits.push({ key: `${key}/${waiting.kind}`, text: `${whyDue(one)}: ${waiting.text}` });
    else open = { kind: "age", secret, generation, reason: whyDue(one) };
  }
  const times = secrets.flatMap((one) => (isDue(one) ? [] : [overdueFrom(one.age.rotateBy)]));
  if (!window.open && window.opensAt !== null && waits.length > 0) times.push(window.opensAt);
  return { open, waits, asks, lookAgainAt: times.length === 0 ? null : Math.min(...times) };
}

/** The turn of this stack, where it is taken now. What costs users their session was agreed to for the first stack alone. */
function turnNow(
  { stack, turn }: RotationFacts,
  blocked: Obstacle | null,
  { waits, asks }: { waits: NotOpened[]; asks: NotOpened[] },
): DueRotation | null {
  if (turn === null) return null;
  const { after, request } = turn;
  const what = `the rotation of ${request.secret} continues here after ${after}`;
  if (request.urgency === "compromised") {
    const text = `${what}: a person has to agree to what it costs users: run \`runbook rotate ${request.secret} --compromised --stack ${stack}\``;
    asks.push({ key: `${after}/agree`, text });
    return null;
  }
  if (blocked === null) return { kind: "turn", turn };
  waits.push({ key: `${after}/${blocked.kind}`, text: `${what}: it ${blocked.text}` });
  return null;
}
