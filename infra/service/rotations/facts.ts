import { windowAt } from "../../admission/calendar.ts";
import { progressOf } from "../../change/progress.ts";
import type { ReleaseState, SecretName } from "../../domain/releases.ts";
import { overdueFrom, type RotationAge, rotationAge } from "../../domain/rotation-age.ts";
import { openedIn } from "../../records/opened.ts";
import type { RecordStore } from "../../records/store.ts";
import { plannedIn } from "../../runbooks/planned.ts";
import { mustHaveState, type OpeningSession } from "../../runner/opening/open.ts";
import { hasRotatedSince, mintedBy } from "../../runner/opening/prepare-rotation.ts";
import type { Turn } from "../../runner/opening/rotation-turns.ts";
import type { NamedState } from "../../runner/opening/states-of-stage.ts";
import { unclosedChange } from "../../runner/resume.ts";
import type { Settings } from "../../settings/index.ts";
import type { RotationFacts, SecretFacts } from "./decide.ts";

/** A production stack of the service that may want staging to go first. */
export interface ProductionStack extends NamedState {
  rotation: Settings["rotation"];
}

/** The stacks beside the one that is decided on; asked only where it matters. */
export interface OtherStacks {
  /** the checkout's staging stacks, whoever runs them */
  staging(): Promise<readonly NamedState[]>;
  /** the service's own production stacks */
  production(): Promise<readonly ProductionStack[]>;
}

/** How many of the stack's newest records are looked through. */
const NEWEST = 50;
const ALWAYS = { timeZone: "UTC", windows: [], freezes: [] };

/** A rotation that was begun on a stack. */
interface Begun {
  change: string;
  secret: SecretName;
  /** when it was opened, in milliseconds since the epoch */
  at: number;
  /** null while it is open */
  outcome: string | null;
}

/** The rotations of a stack that were begun since a time, the newest first. One that was cut off before it had a plan has done nothing. */
async function begunSince(
  store: Pick<RecordStore, "ofStack" | "ends" | "outline">,
  stack: string,
  since: number,
): Promise<Begun[]> {
  const begun: Begun[] = [];
  for (const change of (await store.ofStack(stack)).slice(-NEWEST).reverse()) {
    const { first } = await store.ends(change);
    if (openedIn(first.data).runbook !== "rotate" || Date.parse(first.at) < since) continue;
    const events = await store.outline(change);
    const planned = plannedIn(events)?.data;
    if (planned?.runbook !== "rotate") continue;
    const { secret } = planned.rotation;
    begun.push({ change, secret, at: Date.parse(first.at), outcome: progressOf(events).closed?.outcome ?? null });
  }
  return begun;
}

/** What a person has to bring for a secret; null where the program can have it made. */
function personFor(session: Pick<OpeningSession, "settings" | "stack">, secret: SecretName): string | null {
  if (mintedBy(session.settings, { secret, value: null }) !== "operator") return null;
  return `this program can't make its value: get one from its issuer, then run \`runbook rotate ${secret} --stack ${session.stack.name} --value-stdin\``;
}

type Aged = Pick<SecretFacts, "secret" | "generation" | "age" | "wantedBy">;

/** When a secret has become due, its own or one that waits for it, in milliseconds since the epoch; null: it isn't. */
function dueSince({ age, wantedBy }: Aged): number | null {
  const reached: RotationAge[] = [
    ...(age.state === "overdue" ? [age] : []),
    ...(wantedBy === null ? [] : [wantedBy.age]),
  ];
  return reached.length === 0 ? null : Math.min(...reached.map(({ rotateBy }) => overdueFrom(rotateBy)));
}

/** What is known of a stack now by the ages of its secrets. Records and other stacks are read only where something is due. */
export async function readAges(session: OpeningSession, others: OtherStacks): Promise<RotationFacts> {
  const { settings, store, stack, clock } = session;
  const state = await mustHaveState(session);
  const now = clock.now();
  const production = settings.stage === "staging" ? await others.production() : [];
  const aged = settings.rotation.auto.map((secret) => ({
    secret,
    generation: state.secrets[secret].current,
    age: rotationAge(state.secrets[secret], settings.rotation.maxAge, now),
    wantedBy: wantedBy(secret, state, production, now),
  }));
  const since = aged.flatMap((one) => dueSince(one) ?? []);
  if (since.length === 0) {
    const secrets = aged.map((one) => ({ ...one, person: null, failed: null, staging: null }));
    return { stack: stack.name, secrets, turn: null, ...NOTHING_DUE };
  }
  const isProduction = settings.stage === "production";
  const [begun, staging, way] = [
    await begunSince(store, stack.name, Math.min(...since)),
    isProduction ? await others.staging() : [],
    await wayFor(session, state),
  ];
  const secrets = aged.map((one): SecretFacts => {
    const { secret } = one;
    const from = dueSince(one);
    const failed = begun.find(
      (before) =>
        before.secret === secret && from !== null && before.at >= from && (before.outcome ?? "done") !== "done",
    );
    return {
      ...one,
      person: personFor(session, secret),
      failed: failed?.change ?? null,
      staging: isProduction ? stagingFirst(secret, state, staging) : null,
    };
  });
  return { stack: stack.name, secrets, turn: null, ...way };
}

const NOTHING_DUE = { openChange: null, window: { open: true } } as const;

/** What is known of a stack that another stack's rotation has left a turn. */
export async function readTurn(session: OpeningSession, turn: Turn): Promise<RotationFacts> {
  const way = await wayFor(session, await mustHaveState(session));
  return { stack: session.stack.name, secrets: [], turn, ...way };
}

/** Whether a change may begin now. */
async function wayFor(
  { settings, store, stack, clock }: OpeningSession,
  state: ReleaseState,
): Promise<Pick<RotationFacts, "openChange" | "window">> {
  return {
    openChange: state.change?.id ?? (await unclosedChange(store, stack.name)),
    window: windowAt({ ...ALWAYS, ...settings.changes }, clock.now()),
  };
}

function wantedBy(
  secret: SecretName,
  here: ReleaseState,
  production: readonly ProductionStack[],
  now: number,
): SecretFacts["wantedBy"] {
  for (const { name, state, rotation } of production) {
    if (state === null || !rotation.auto.includes(secret)) continue;
    const age = rotationAge(state.secrets[secret], rotation.maxAge, now);
    if (age.state === "overdue" && !hasRotatedSince({ ...here, change: null }, state, secret)) {
      return { stack: name, age };
    }
  }
  return null;
}

/** Why production can't have its turn yet; null where a staging stack has had the same rotation since. */
function stagingFirst(secret: SecretName, here: ReleaseState, staging: readonly NamedState[]): string | null {
  if (staging.some(({ state }) => state !== null && hasRotatedSince(state, here, secret))) return null;
  const names = staging.map(({ name }) => name).join(", ");
  return names === ""
    ? "waits for staging, and no Pulumi.*.yaml here has production-runbooks:stage: staging"
    : `waits until ${names} has been rotated`;
}

/** The turn that a stack's newest rotation leaves to another one, unless it was taken since. */
export async function untakenTurn(
  turn: Turn,
  from: Pick<OpeningSession, "stack">,
  to: Pick<OpeningSession, "store" | "stack">,
): Promise<Turn | null> {
  const { secret } = turn.request;
  const begun = await begunSince(to.store, to.stack.name, turn.openedAt);
  if (begun.some((one) => one.secret === secret)) return null;
  const [passed, here] = await Promise.all([from.stack.state(), to.stack.state()]);
  if (passed === null || here === null) return null;
  return hasRotatedSince(passed, here, secret) ? turn : null;
}
