import { setTimeout as delay } from "node:timers/promises";
import { replaceOnePod } from "../adapters/pod-replacement.ts";
import type { Plan, Rotation } from "../changes/plan.ts";
import { badInput, Refusal } from "../changes/refusal.ts";
import type { Stack } from "../changes/stack/stack.ts";
import { NAME_LABEL, RELEASE_LABEL } from "../components/pod.ts";
import { formatDuration } from "../durations.ts";
import { type ReleaseState, stableRelease } from "../releases.ts";
import { credentialName } from "../secrets/credential-name.ts";
import { mayBeRevoked } from "../secrets/invariants.ts";
import type { Issuer, ProbeAnswer } from "../secrets/issuer.ts";
import { type IssuersOptions, issuerOf } from "../secrets/issuers.ts";
import { observe } from "../secrets/observe.ts";
import { scan, type Written } from "./scan.ts";
import type { Task, TaskContext, TaskResult } from "./task.ts";

/** What a rotation does outside the stack. */
export const ROTATION_TASKS = [
  "mint",
  "probe",
  "unused",
  "drained",
  "revoke",
  "refused",
  "reconnect",
  "scan",
  "unmint",
] as const;
export type RotationTask = (typeof ROTATION_TASKS)[number];

/** What the tasks work with. */
export interface RotationOutside extends Pick<IssuersOptions, "settings" | "kubernetes" | "tokens"> {
  stack: Pick<Stack, "credentials" | "encrypt" | "exported">;
  store: Written["store"];
  /** how long an issuer may take to come to what is waited for, in milliseconds; a minute unless said */
  within?: number;
  target(plan: Pick<Plan, "release" | "stable">): ReturnType<IssuersOptions["target"]>;
}

/** How long an issuer may take to come to what is waited for, and how often it is asked, in milliseconds. */
const WITHIN = 60_000;
const ASK_EVERY = 500;

const within = (outside: RotationOutside): number => outside.within ?? WITHIN;

type Turn = TaskContext & { rotation: Rotation; issuer: Issuer };

/** A value of the rotation, from the stack's encrypted state. */
async function keptValue({ stack }: RotationOutside, { secret }: Rotation, generation: string): Promise<string> {
  const value = (await stack.credentials())[secret][generation];
  if (value !== undefined) return value;
  throw badInput(`${secret}: the stack keeps no value of ${generation}`);
}

/** Asks until the answer is the wanted one, or the time is up. */
async function until(
  wanted: ProbeAnswer,
  ask: () => Promise<ProbeAnswer>,
  { signal, within }: { signal: AbortSignal; within: number },
): Promise<ProbeAnswer> {
  const deadline = performance.now() + within;
  for (;;) {
    const answer = await ask();
    if (answer === wanted || performance.now() + ASK_EVERY > deadline) return answer;
    await delay(ASK_EVERY, undefined, { signal });
  }
}

async function mint(outside: RotationOutside, { change, rotation, issuer }: Turn): Promise<TaskResult> {
  const { secret, next, handedOver } = rotation;
  if (handedOver !== null) {
    return { summary: `${secret} ${next}: handed over by the operator, kept encrypted`, ciphertext: handedOver };
  }
  const { id, value } = await issuer.mint(credentialName(change));
  const ciphertext = await outside.stack.encrypt(JSON.stringify({ [secret]: { [next]: value } }));
  return { summary: `${secret} ${next}: made at its issuer (${id}), kept encrypted`, id, ciphertext };
}

async function probe(outside: RotationOutside, { rotation, issuer, signal }: Turn): Promise<TaskResult> {
  const { secret, next } = rotation;
  const value = await keptValue(outside, rotation, next);
  const answer = await until("accepted", () => issuer.probe(value), { signal, within: within(outside) });
  if (answer === "accepted") return { summary: `${secret} ${next}: a login with it is accepted` };
  throw badInput(`${secret} ${next}: a login with it is ${answer} after ${formatDuration(within(outside))}`);
}

/** I2, from what pods report and what the issuer shows. */
async function drained(outside: RotationOutside, turn: Turn): Promise<TaskResult> {
  const { rotation, issuer, state, signal, startedAt } = turn;
  const { secret, old } = rotation;
  const deadline = performance.now() + within(outside);
  for (;;) {
    const credentials = await outside.stack.credentials();
    const observed = await observe({ ...outside, secret, state, issuer, credentials, since: startedAt });
    const breaches = mayBeRevoked(old, observed);
    // Where an issuer shows no use there is the pods' own word, and the negative probe.
    const open = issuer.abilities.introspect ? breaches : breaches.filter(({ says }) => !says.includes("doesn't say"));
    if (open.length === 0) {
      const { length } = observed.pods;
      return { summary: `${secret} ${old}: none of ${length} pods uses it, and its issuer shows no use` };
    }
    if (performance.now() + ASK_EVERY > deadline) {
      throw badInput(...open.map(({ says }) => says), `${secret} ${old} is not revoked`);
    }
    await delay(ASK_EVERY, undefined, { signal });
  }
}

async function revoke(outside: RotationOutside, { rotation, issuer }: Turn): Promise<TaskResult> {
  const { secret, old } = rotation;
  const id = await issuer.identify(await keptValue(outside, rotation, old));
  if (id === null) return { summary: `${secret} ${old}: its issuer doesn't list it any more` };
  await issuer.revoke(id);
  return { summary: `${secret} ${old}: revoked at its issuer (${id})`, id };
}

async function refused(outside: RotationOutside, { rotation, issuer, signal }: Turn): Promise<TaskResult> {
  const { secret, old } = rotation;
  const value = await keptValue(outside, rotation, old);
  const answer = await until("refused", () => issuer.probe(value), { signal, within: within(outside) });
  if (answer === "refused") return { summary: `${secret} ${old}: a login with it is refused` };
  const remedy = issuer.abilities.mint === "operator" ? ": withdraw it at its issuer" : "";
  throw badInput(
    `${secret} ${old}: a login with it is ${answer} ${formatDuration(within(outside))} after it was revoked${remedy}`,
  );
}

async function reconnect(outside: RotationOutside, { plan, startedAt, signal }: Turn): Promise<TaskResult> {
  const { settings, kubernetes } = outside;
  const { name, readyWithin, terminationGrace } = settings.application;
  const { left, came } = await replaceOnePod(kubernetes, {
    namespace: settings.cluster.namespace,
    labels: { [NAME_LABEL]: name, [RELEASE_LABEL]: plan.release.id },
    since: startedAt,
    within: readyWithin + terminationGrace,
    signal,
  });
  return { summary: `${came} has connected anew${left === null ? "" : ` in place of ${left}`}` };
}

async function unmint(_: RotationOutside, { change, rotation, issuer }: Turn): Promise<TaskResult> {
  const { secret, next, handedOver } = rotation;
  if (handedOver !== null) {
    return { summary: `${secret} ${next}: nothing uses the value that was handed over: withdraw it at its issuer` };
  }
  const made = (await issuer.accepted())?.find(({ name }) => name === credentialName(change));
  if (made === undefined) return { summary: `${secret} ${next}: nothing was made at its issuer` };
  await issuer.revoke(made.id);
  return { summary: `${secret} ${next}: taken back at its issuer (${made.id})` };
}

/** The generation that a live connection may count on: the one that all traffic uses, or is moving to. */
function acceptedIn(state: ReleaseState, { secret, next }: Rotation): string {
  const { revoked, current } = state.secrets[secret];
  return revoked[current] === undefined ? current : next;
}

/** The tasks of a rotation. What an issuer answers wrongly is the step's failure. */
export function rotationTasks(outside: RotationOutside): Record<RotationTask, Task> {
  const task =
    (work: (outside: RotationOutside, turn: Turn) => Promise<TaskResult>): Task =>
    async (context) => {
      const { plan, state } = context;
      const { rotation } = plan;
      if (rotation === undefined) throw badInput(`${plan.runbook}: it turns no secret`);
      try {
        const issuer = issuerOf(rotation.secret, {
          ...outside,
          credentials: () => outside.stack.credentials(),
          accepted: acceptedIn(state, rotation),
          target: () =>
            outside.target({ release: context.step?.subject?.release ?? stableRelease(state), stable: null }),
        });
        return await work(outside, { ...context, rotation, issuer });
      } catch (error) {
        if (error instanceof Refusal || !(error instanceof Error) || context.signal.aborted) throw error;
        throw badInput(error.message);
      }
    };
  return {
    mint: task(mint),
    probe: task(probe),
    unused: task(drained),
    drained: task(drained),
    revoke: task(revoke),
    refused: task(refused),
    reconnect: task(reconnect),
    scan: task((_outside, { change }) => scan(outside, change)),
    unmint: task(unmint),
  };
}
