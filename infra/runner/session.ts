import type { Plan } from "../change/plan.ts";
import type { TaskName } from "../change/task-names.ts";
import { type Kubernetes, openKubernetes } from "../clients/kubernetes.ts";
import { loadClient } from "../clients/kubernetes-client.ts";
import type { OwnedObject } from "../clients/owned-objects.ts";
import { NAME_LABEL } from "../domain/object-names.ts";
import { HEADER_VARIABLE, headersIn, takesPlainHeader } from "../domain/release-header.ts";
import { bundleName } from "../domain/release-id.ts";
import type { ReleaseState } from "../domain/releases.ts";
import { badInput } from "../errors.ts";
import {
  GATES,
  type Gate,
  type GateLimits,
  type GateName,
  gateLimits,
  type JudgedPod,
  type Target,
  type Verdict,
} from "../gates/index.ts";
import type { OwnMetric } from "../metrics/own/metric.ts";
import { metricCredentials, openOwnMetrics } from "../metrics/own/sources.ts";
import { newRecorder, type OwnRecorder } from "../metrics/own-requests.ts";
import type { ReadCounters } from "../metrics/reading.ts";
import { countedOf, countersFrom, hasDurations } from "../metrics/sources.ts";
import { announceTo, credentialsOf, type Delivery, type Message, valuesOf } from "../notify/index.ts";
import type { ChangeEvent } from "../records/events.ts";
import { openRedactedStore } from "../records/open-store.ts";
import { growingRedactor } from "../records/redaction/growing.ts";
import type { RecordStore } from "../records/store.ts";
import { writePages } from "../reports/pages.ts";
import type { Reporter } from "../reports/reporter/index.ts";
import { withheldReporter } from "../reports/reporter/withheld.ts";
import { type IncidentView, openIncidentView } from "../runbooks/incident/outside.ts";
import { rotationTasks, type Watch, type Watched, watchInvariants } from "../runbooks/rotate/tasks.ts";
import type { Task } from "../runbooks/task.ts";
import { type Settings, secretsFromListing, settingsFromListing } from "../settings/index.ts";
import type { HasEnded } from "../stack/engine-process.ts";
import { withheldCredentials } from "../stack/known-credentials.ts";
import { readConfig } from "../stack/reading.ts";
import { openStack, type Stack } from "../stack/stack.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type ReadBackOptions, readBack } from "./read-back/index.ts";

/** What a read-back has to find ready, and how long it may look. */
type ReadBackHow = Required<Pick<ReadBackOptions, "warm" | "timeout" | "signal">>;

/** What running a change needs of the outside. */
export interface RunnerSession {
  stack: Stack;
  store: RecordStore;
  clock: Clock;
  reporter: Reporter;
  limits: GateLimits;
  counters: ReadCounters;
  /** What of our own requests has been sent, until it is taken off and written down. */
  recorder: OwnRecorder;
  pods: () => Promise<readonly JudgedPod[]>;
  /** What the team itself measures; left out where it is nothing. */
  ownMetrics?: readonly OwnMetric[];
  gates: Record<GateName, Gate>;
  tasks: Record<TaskName, Task>;
  /** What of a rotation's invariants is broken now, by what is observed; left out where nothing can be. */
  invariants?: (watched: Watched) => Promise<Watch>;
  /** How many pods a release is asked to have now, by the autoscaler or by hand; left out where nobody can say. */
  desiredPods?: (release: string) => Promise<number>;
  /** How long new pods may take until they are ready, in milliseconds; left out where nothing is said. */
  readyWithin?: number;
  /** What the gates of a plan look at, with the Gateway's address as it is now. */
  target(plan: Pick<Plan, "release" | "stable">): Promise<Target>;
  /** Waits until the cluster and the Gateway show the state, or says what doesn't. */
  readBack(state: ReleaseState, target: Target, how: ReadBackHow): Promise<Verdict>;
  /** The objects of the cluster that changes have made, in the namespace of the stack. */
  owned(): Promise<OwnedObject[]>;
  namespace: string;
  /** Tells the channels of the settings; `again` where a runner died while it did. Answers who was told. */
  announce(message: Message, attempt: "first" | "again"): Promise<Delivery[]>;
  /** Writes the record's pages, once the change has ended. */
  writePages(change: string, events: readonly ChangeEvent[]): Promise<void>;
  /** What an incident looks at. */
  incident: IncidentView;
  onCall: string;
}

/** What recovering an open change needs beside the runner's part. */
export interface RecoverySession extends RunnerSession {
  /** why the change rules are overridden; null where they hold */
  override: string | null;
  settings: Pick<Settings, "incident">;
}

/** A stack's session: the runner's part, and what opening a change and the status look at. */
export interface Session extends RecoverySession {
  settings: Settings;
  kubernetes: Kubernetes;
}

export interface SessionOptions {
  cwd: string;
  stack: string;
  /** who is on call; else the settings' */
  onCall: string | null;
  /** why the change rules are overridden */
  override?: string | undefined;
  /** the record store's URL; else RUNBOOKS_RECORDS, else the settings' */
  records: string | null;
  /** another settings file than the stack's own */
  configFile?: string | undefined;
  reporter: Reporter;
  /** whether an engine of another host is known to have ended; left out where only time tells */
  engineHasEnded?: HasEnded | undefined;
  /** the answer of `readConfig`, where it was asked for already */
  listing?: Promise<string> | undefined;
}

async function scaleOf(settings: Settings, kubernetes: Kubernetes): Promise<number> {
  const asked = process.env.RUNBOOKS_TIME_SCALE ?? String(settings.timeScale ?? 1);
  const scale = Number(asked);
  if (!Number.isFinite(scale) || scale < 1) {
    throw badInput(
      `RUNBOOKS_TIME_SCALE: "${asked}" is not a number of at least 1: unset it, or write for example 14400`,
    );
  }
  if (scale === 1) return scale;
  if (await kubernetes.isSandbox()) return scale;
  const version = await kubernetes.serverVersion();
  throw badInput(
    `timeScale: ${scale} would shorten the soak and the checks, and the cluster (${version}) is a real one: unset RUNBOOKS_TIME_SCALE and the setting production-runbooks:timeScale; only the sandbox takes them`,
  );
}

/** What sends calls that carry a token, or what is told of a stack, somewhere else. */
const REDIRECTS = ["RUNBOOKS_SERVICES", "RUNBOOKS_REGISTRY_URL", "RUNBOOKS_NOTIFY_URL"] as const;

/** @throws Refusal (exit 2) where the environment redirects calls or lets any client name a release, and the cluster isn't a sandbox's */
async function refuseSandboxVariables(kubernetes: Pick<Kubernetes, "isSandbox">): Promise<void> {
  const set = REDIRECTS.filter((name) => (process.env[name] ?? "") !== "");
  const does = [
    ...set.map((name) => `${name} would send what carries tokens elsewhere`),
    ...(takesPlainHeader(process.env) ? [`${HEADER_VARIABLE}=plain would let any client pick a release`] : []),
  ];
  if (does.length === 0 || (await kubernetes.isSandbox())) return;
  throw badInput(...does.map((what) => `${what}, and the cluster is a real one: unset it; only the sandbox takes it`));
}

/**
 * Reads the stack's settings and opens what the runner talks to.
 * @throws Refusal (exit 2) where the stack, the settings, the on-call owner or the record store are not in order
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const place = { cwd: options.cwd, name: options.stack, configFile: options.configFile };
  const [listing] = await Promise.all([options.listing ?? readConfig(place), loadClient()]);
  const settings = settingsFromListing(listing);
  const secrets = secretsFromListing(listing);
  const onCall = (options.onCall ?? settings.onCall).trim();
  if (onCall === "") {
    throw badInput(
      "--on-call: no owner is named: every change has an on-call owner; give --on-call NAME or set production-runbooks:onCall",
    );
  }
  const kubernetes = await openKubernetes({ context: settings.cluster.context ?? null });
  const redactor = growingRedactor([
    ...Object.values(secrets).flatMap((value) => value ?? []),
    ...valuesOf(credentialsOf(secrets, process.env)),
    ...metricCredentials(settings.gates.metrics, process.env),
  ]);
  const records = options.records ?? process.env.RUNBOOKS_RECORDS ?? settings.records;
  const store = await openRedactedStore(records, redactor);
  const scale = await scaleOf(settings, kubernetes);
  await refuseSandboxVariables(kubernetes);
  const recorder = newRecorder();
  const target = (plan: Pick<Plan, "release" | "stable">) =>
    targetOf(settings, kubernetes, { password: secrets.syntheticPassword, meter: recorder }, plan);
  const { engineHasEnded } = options;
  const opened = openStack({ ...place, policyConfig: policyConfigOf(settings), engineHasEnded });
  const { stack, know } = withheldCredentials(opened, redactor);
  const counters = countersFrom(settings.metrics, countedOf(settings), kubernetes);
  const outside = { settings, kubernetes, tokens: secrets, stack, store, target };
  return {
    override: overrideOf(options.override),
    stack,
    settings,
    kubernetes,
    store,
    clock: systemClock(scale),
    reporter: withheldReporter(options.reporter, redactor),
    limits: gateLimits(settings.gates, {
      stage: settings.stage,
      durations: hasDurations(settings.metrics),
      scale,
    }),
    recorder,
    counters,
    pods: () => kubernetes.pods(settings.cluster.namespace, { [NAME_LABEL]: settings.application.name }),
    ownMetrics: openOwnMetrics(settings.gates.metrics, { env: process.env, scale }),
    gates: GATES,
    tasks: rotationTasks(outside),
    desiredPods: async (release) => {
      const { cluster, application } = settings;
      return (await kubernetes.deployment(cluster.namespace, bundleName(application.name, release)))?.desired ?? 0;
    },
    readyWithin: settings.application.readyWithin,
    invariants: (watched) => watchInvariants(outside, watched),
    target,
    readBack: (state, target, how) => readBack({ kubernetes, settings, state, target, ...how }),
    owned: () => kubernetes.owned(settings.cluster.namespace),
    namespace: settings.cluster.namespace,
    announce: async (message, attempt) => {
      if (settings.notify === undefined) return [];
      // What can't be read is no reason to tell nobody: what is told stands in a record that knows as much. That nobody looked at a canary
      // quotes nothing of the workload, and a way back beside it has no second to lose.
      if (message.type !== "unwatched") await know().catch(() => undefined);
      return announceTo(settings.notify, message, { attempt, secrets, env: process.env, redactor });
    },
    writePages: async (change, events) => void (await writePages(store, change, events)),
    incident: openIncidentView(settings, kubernetes, { stackKey: secrets.supabaseKey, redactor, know }),
    onCall,
  };
}

/** The policy pack's configuration file for a stack's settings; null: the pack's own levels. */
function policyConfigOf({ stage, policies }: Pick<Settings, "stage" | "policies">): string | null {
  if (policies?.config !== undefined) return policies.config;
  const level = policies?.level ?? (stage === "production" ? "mandatory" : "advisory");
  return level === "mandatory" ? null : "policies/levels/advisory.json";
}

function overrideOf(reason: string | undefined): string | null {
  if (reason === undefined) return null;
  if (reason.trim() === "") throw badInput("--override: no reason is given: the record keeps it, so write why");
  return reason.trim();
}

async function targetOf(
  { gateway, application, cluster, stage, syntheticUser }: Settings,
  kubernetes: Kubernetes,
  own: Pick<Target, "password" | "meter">,
  plan: Pick<Plan, "release" | "stable">,
): Promise<Target> {
  const [baseUrl, route] = await Promise.all([
    kubernetes.gatewayUrl(gateway.namespace, gateway.name, stage),
    kubernetes.httpRoute(cluster.namespace, application.name),
  ]);
  return {
    baseUrl,
    hostname: gateway.hostname,
    release: plan.release.id,
    stable: plan.stable?.id ?? null,
    headers: headersIn(route?.rules ?? []),
    healthPath: application.healthPath,
    readyPath: application.readyPath,
    user: syntheticUser,
    ...own,
  };
}
