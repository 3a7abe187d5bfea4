import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Rotation, Step } from "../../change/plan.ts";
import type { TaskName } from "../../change/task-names.ts";
import { replaceOnePod } from "../../clients/pod-replacement.ts";
import { formatDuration } from "../../domain/durations.ts";
import { NAME_LABEL, RELEASE_LABEL } from "../../domain/object-names.ts";
import { type ReleaseState, stableRelease } from "../../domain/releases.ts";
import { badInput, Refusal } from "../../errors.ts";
import { issuerOf } from "../../issuers/index.ts";
import type { Issuer, Probed } from "../../issuers/issuer.ts";
import { reportsUseLater } from "../../issuers/reported-use.ts";
import type { Settings } from "../../settings/index.ts";
import type { Task, TaskContext, TaskResult } from "../task.ts";
import { type Breach, breachesOf, usedAtIssuer, usedByPods } from "./invariants.ts";
import { observe } from "./observe.ts";
import { MINT, RETIRE } from "./plan.ts";
import { scan, search } from "./scan.ts";
import { keyUses, unused } from "./signing-key.ts";
import { keptValue, type RotationOutside, type Turn } from "./turn.ts";

/** How long an issuer may take to come to what is waited for, and how often it is asked, in milliseconds. */
const WITHIN = 60_000;
const ASK_EVERY = 500;

const within = (outside: RotationOutside): number => outside.within ?? WITHIN;

/** Asks until the answer is the wanted one, or the time is up. */
async function until(
  wanted: Probed["answer"],
  ask: () => Promise<Probed>,
  { signal, within }: { signal: AbortSignal; within: number },
): Promise<Probed> {
  const deadline = performance.now() + within;
  for (;;) {
    const probed = await ask();
    if (probed.answer === wanted || performance.now() + ASK_EVERY > deadline) return probed;
    await delay(ASK_EVERY, undefined, { signal });
  }
}

/** What a login came to, as it stands in a sentence. */
function inWords(probed: Probed): string {
  return probed.answer === "unknown" ? `neither accepted nor refused (${probed.why})` : probed.answer;
}

/**
 * What a credential made by a change is called at its issuer: small letters, digits and `_`, as the strictest of them asks. The stage and the
 * application stand in it: each has its own records, which count from 001 every day, and they may share one project of Supabase or account of AFM (pure).
 */
export function credentialName(
  change: string,
  { stage, application }: Pick<Settings, "stage" | "application">,
): string {
  return `${stage}_${application.name}_${change}`.toLowerCase().replaceAll(/[^a-z0-9_]/g, "_");
}

/** What credentials are called that earlier changes of this stack had made; the open one's own is kept in its record until the stack has it. */
function madeBefore({ store, stack, settings }: RotationOutside, open: string): () => Promise<ReadonlySet<string>> {
  return async () => {
    const earlier = (await store.ofStack(stack.name)).filter((change) => change !== open);
    return new Set(earlier.map((change) => credentialName(change, settings)));
  };
}

async function mint(outside: RotationOutside, { change, rotation, issuer }: Turn): Promise<TaskResult> {
  const { secret, next, handedOver } = rotation;
  if (handedOver !== null) {
    return { summary: `${secret} ${next}: passed by the operator, kept encrypted`, ciphertext: handedOver };
  }
  const { id, value } = await issuer.mint(credentialName(change, outside.settings));
  const ciphertext = await outside.stack.encrypt(JSON.stringify({ [secret]: { [next]: value } }));
  return { summary: `${secret} ${next}: made at its issuer (${id}), kept encrypted`, id, ciphertext };
}

async function probe(outside: RotationOutside, { rotation, issuer, signal }: Turn): Promise<TaskResult> {
  const { secret, next } = rotation;
  const value = await keptValue(outside, rotation, next);
  const probed = await until("accepted", () => issuer.probe(value), { signal, within: within(outside) });
  if (probed.answer === "accepted") return { summary: `${secret} ${next}: a login with it is accepted` };
  throw badInput(`${secret} ${next}: a login with it is ${inWords(probed)} after ${formatDuration(within(outside))}`);
}

/** Whether what an issuer says of a credential's use holds its revocation up: where it shows none there are the pods' word and the negative probe. */
function holdsUp({ known }: Breach, { rotation, issuer }: Turn, reportsLater: boolean): boolean {
  // Whoever a key leaked to may go on using it until it is revoked. A connection to Redis outlives its password: it holds up.
  if (rotation.urgency === "compromised" && reportsLater) return false;
  return issuer.abilities.introspect || known === "seen";
}

/** What is said of a credential's use where nothing holds its revocation up (pure). */
function shownUse({ abilities }: Issuer, atIssuer: readonly Breach[], since: string): string {
  if (!abilities.introspect) return "its issuer doesn't show use";
  if (atIssuer.length === 0) return `its issuer shows no use${since}`;
  return `${atIssuer.map(({ says }) => says).join("; ")}: whoever it is loses it now`;
}

/** I2, from what pods report and what the issuer shows of its use since the last of our pods with it was gone. */
async function drained(outside: RotationOutside, turn: Turn): Promise<TaskResult> {
  const { change, rotation, issuer, state, signal, startedAt, finishedAt } = turn;
  const { secret, old } = rotation;
  const since = finishedAt[RETIRE] ?? startedAt;
  const reportsLater = reportsUseLater(secret, outside.settings.services);
  const sinceThen = reportsLater ? ` since ${new Date(since).toISOString()}` : "";
  const deadline = performance.now() + within(outside);
  for (;;) {
    const credentials = await outside.stack.credentials();
    const made = madeBefore(outside, change);
    const observed = await observe({ ...outside, secret, state, issuer, credentials, since, madeBefore: made });
    const atIssuer = usedAtIssuer(old, observed);
    const others = atIssuer.filter((breach) => holdsUp(breach, turn, reportsLater));
    const open = [...usedByPods(old, observed), ...others];
    if (open.length === 0) {
      const shown = shownUse(issuer, atIssuer, sinceThen);
      return { summary: `${secret} ${old}: none of ${observed.pods.length} pods uses it, and ${shown}` };
    }
    if (performance.now() + ASK_EVERY > deadline) {
      const remedy = others.some(({ known }) => known === "seen")
        ? `: find what uses it${sinceThen} outside this stack's pods, give it a key of its own, and rotate again`
        : "";
      throw badInput(...open.map(({ says }) => says), `${secret} ${old} is not revoked${remedy}`);
    }
    await delay(ASK_EVERY, undefined, { signal });
  }
}

async function revoke(outside: RotationOutside, { rotation, issuer }: Turn): Promise<TaskResult> {
  const { secret, old } = rotation;
  if (!issuer.abilities.revoke) {
    const limit = formatDuration(within(outside));
    return {
      summary: `${secret} ${old}: this program can't revoke it: revoke it at its issuer now; it must be refused within ${limit}`,
    };
  }
  const id = await issuer.identify(await keptValue(outside, rotation, old));
  if (id === null) return { summary: `${secret} ${old}: its issuer doesn't list it any more` };
  await issuer.revoke(id);
  return { summary: `${secret} ${old}: revoked at its issuer (${id})`, id };
}

async function refused(outside: RotationOutside, { rotation, issuer, signal }: Turn): Promise<TaskResult> {
  const { secret, old } = rotation;
  const value = await keptValue(outside, rotation, old);
  const probed = await until("refused", () => issuer.probe(value), { signal, within: within(outside) });
  if (probed.answer === "refused") return { summary: `${secret} ${old}: a login with it is refused` };
  const byHand = issuer.abilities.mint !== "program" && !issuer.abilities.revoke;
  throw badInput(
    byHand && probed.answer === "accepted"
      ? `${secret} ${old}: a login with it is still accepted: revoke it at its issuer`
      : `${secret} ${old}: a login with it is ${inWords(probed)} ${formatDuration(within(outside))} after it ${byHand ? "had to be revoked" : "was revoked"}`,
  );
}

async function reconnect(outside: RotationOutside, { plan, startedAt, signal }: Turn): Promise<TaskResult> {
  const { settings, kubernetes } = outside;
  const { name, readyWithin, preStop, terminationGrace } = settings.application;
  const { left, came } = await replaceOnePod(kubernetes, {
    namespace: settings.cluster.namespace,
    labels: { [NAME_LABEL]: name, [RELEASE_LABEL]: plan.release.id },
    since: startedAt,
    within: readyWithin + preStop + terminationGrace,
    signal,
  });
  return { summary: `${came} has reconnected${left === null ? "" : ` in place of ${left}`}` };
}

/** The id of what this change has made at its issuer, as its record keeps it; a runner that was killed before it wrote it finds it by its name. */
const keptIdSchema = z.object({ id: z.string() });

async function unmint({ settings }: RotationOutside, { change, rotation, issuer, results }: Turn): Promise<TaskResult> {
  const { secret, next, handedOver } = rotation;
  if (handedOver !== null) {
    return { summary: `${secret} ${next}: nothing uses the value that was passed: revoke it at its issuer` };
  }
  const name = credentialName(change, settings);
  const kept = keptIdSchema.safeParse(results[MINT]).data;
  const listed = kept === undefined ? await issuer.accepted() : [];
  // Where there is no list, asking for the name once more finds what was made.
  const made = kept ?? (listed === null ? await issuer.mint(name) : listed.find((one) => one.name === name));
  if (made === undefined) return { summary: `${secret} ${next}: nothing was made at its issuer` };
  if (!issuer.abilities.revoke) {
    return {
      summary: `${secret} ${next}: nothing uses it, and this program can't revoke it: revoke it at its issuer (${made.id})`,
    };
  }
  await issuer.revoke(made.id);
  return { summary: `${secret} ${next}: taken back at its issuer (${made.id})` };
}

/** The generation that a live connection may count on: the one that all traffic uses, or is moving to. */
function acceptedIn(state: ReleaseState, { secret, next }: Rotation): string {
  const { revoked, current } = state.secrets[secret];
  return revoked[current] === undefined ? current : next;
}

/** A rotation at one moment. */
export type Watched = Pick<TaskContext, "change" | "plan" | "state" | "signal" | "now"> & { step: Step };

/** What is broken, and what couldn't be seen. */
export interface Watch {
  breaches: readonly string[];
  unknown: string | null;
}

function issuerFor(outside: RotationOutside, rotation: Rotation, { state, step }: Pick<TaskContext, "state" | "step">) {
  return issuerOf(rotation.secret, {
    ...outside,
    credentials: () => outside.stack.credentials(),
    accepted: acceptedIn(state, rotation),
    target: () => outside.target({ release: step?.subject?.release ?? stableRelease(state), stable: null }),
  });
}

/** I1, I3 and I4 of the secret that a rotation turns, from what pods report, the stack pins and the issuer lists. */
export async function watchInvariants(outside: RotationOutside, watched: Watched): Promise<Watch> {
  const { change, plan, state, signal, now } = watched;
  const { rotation } = plan;
  if (rotation === undefined) return { breaches: [], unknown: null };
  const { secret } = rotation;
  try {
    const issuer = issuerFor(outside, rotation, watched);
    const credentials = await outside.stack.credentials();
    const made = madeBefore(outside, change);
    const observed = await observe({ ...outside, secret, state, issuer, credentials, since: now, madeBefore: made });
    if (observed.accepted === null)
      return { breaches: [], unknown: `${secret}: the issuer doesn't say what it accepts (${observed.unknown})` };
    return { breaches: breachesOf(observed).map(({ invariant, says }) => `${invariant}: ${says}`), unknown: null };
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    return { breaches: [], unknown: error.message };
  }
}

/** The tasks of a rotation. What an issuer answers wrongly is the step's failure. */
export function rotationTasks(outside: RotationOutside): Record<TaskName, Task> {
  const task =
    (work: (outside: RotationOutside, turn: Turn) => Promise<TaskResult>): Task =>
    async (context) => {
      const { plan } = context;
      const { rotation } = plan;
      if (rotation === undefined) throw badInput(`${plan.runbook}: it rotates no secret`);
      try {
        const issuer = issuerFor(outside, rotation, context);
        return await work(outside, { ...context, rotation, issuer });
      } catch (error) {
        if (error instanceof Refusal || !(error instanceof Error) || context.signal.aborted) throw error;
        throw badInput(error.message);
      }
    };
  return {
    mint: task(mint),
    probe: task(probe),
    "key-uses": task(keyUses),
    unused: task(unused),
    drained: task(drained),
    revoke: task(revoke),
    refused: task(refused),
    reconnect: task(reconnect),
    search: task((_outside, { rotation, state }) => search(outside, rotation, state)),
    scan: task((_outside, { change, results }) => scan(outside, change, results)),
    unmint: task(unmint),
  };
}
