import { z } from "zod";
import { type HeaderRule, releaseIn } from "../domain/release-header.ts";

/** What a Gateway says of an HTTPRoute that attaches to it. */
export interface RouteParent {
  gateway: string;
  listener: string | null;
  conditions: Condition[];
}

/** A rule of an HTTPRoute. Its `header` may carry the key: it is never shown. */
export interface RouteRule extends HeaderRule {
  backends: { service: string; weight: number }[];
}

export interface HttpRoute {
  generation: number;
  parents: RouteParent[];
  rules: RouteRule[];
}

export interface Deployment {
  desired: number;
  ready: number;
  updated: number;
}

export interface Pod {
  name: string;
  /** The value of the release label; null where the pod has none. */
  release: string | null;
  /** The Job that owns it; null for a pod that serves. */
  job: string | null;
  /** When it was created, in milliseconds since the epoch. */
  createdAt: number;
  image: string;
  ready: boolean;
  /** True from the moment its end was asked for: it is being deleted, its deadline has passed, or it has ended. */
  leaving: boolean;
  phase: string;
  /** Why it isn't ready, in Kubernetes' own words. */
  reasons: string[];
  /** When it last became ready or unready, in milliseconds since the epoch; null where it never was either. */
  readyChangedAt: number | null;
  containers: PodContainer[];
}

/** A container of a pod, the initialising ones too. */
export interface PodContainer {
  name: string;
  /** How often the kubelet has started it again. */
  restarts: number;
  /** Why it waits, such as CrashLoopBackOff; null where it doesn't. */
  waiting: string | null;
  /** How it last ended; null where it never did. */
  last: { reason: string; exitCode: number; finishedAt: number } | null;
}

const anyCondition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(""),
  message: z.string().default(""),
});
const condition = anyCondition.extend({ observedGeneration: z.int().nullable().default(null) });
const podCondition = anyCondition.extend({ lastTransitionTime: z.string().nullish() });

/** A condition of a Gateway API object. */
export type Condition = z.infer<typeof condition>;

const listener = z.object({ name: z.string(), port: z.int(), protocol: z.string(), hostname: z.string().optional() });

const gatewaySchema = z.object({
  spec: z.object({ listeners: z.array(listener) }),
  status: z.object({ addresses: z.array(z.object({ value: z.string() })).default([]) }).default({ addresses: [] }),
});

/**
 * The URL of a Gateway's listener (pure). One with TLS is addressed by its own host name where it has one, because its
 * certificate names that.
 * @param section the listener's name; a Gateway with a single listener needs none
 * @throws Error where the Gateway has no address yet or no such listener
 */
export function gatewayUrlOf(raw: unknown, section: string): string {
  const { spec, status } = gatewaySchema.parse(raw);
  const [only, ...others] = spec.listeners;
  const found = spec.listeners.find(({ name }) => name === section) ?? (others.length === 0 ? only : undefined);
  if (found === undefined) {
    throw new Error(`it has no listener "${section}", only ${spec.listeners.map(({ name }) => name).join(", ")}`);
  }
  const address = status.addresses[0]?.value;
  if (address === undefined) throw new Error("it has no address yet");
  const secure = found.protocol === "HTTPS";
  const named = secure && found.hostname !== undefined && !found.hostname.startsWith("*");
  const host = named ? (found.hostname ?? address) : address.includes(":") ? `[${address}]` : address;
  return new URL(`${secure ? "https" : "http"}://${host}:${found.port}`).origin;
}

const parentStatus = z.object({
  parentRef: z.object({ name: z.string(), sectionName: z.string().optional() }),
  conditions: z.array(condition).default([]),
});

const match = z.object({
  headers: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
});

const rule = z.object({
  matches: z.array(match).default([]),
  backendRefs: z.array(z.object({ name: z.string(), weight: z.int().default(1) })).default([]),
});

const httpRouteSchema = z.object({
  metadata: z.object({ generation: z.int() }),
  spec: z.object({ rules: z.array(rule).default([]) }),
  status: z.object({ parents: z.array(parentStatus).default([]) }).default({ parents: [] }),
});

/** What an HTTPRoute asks for and what its Gateways make of it (pure). */
export function httpRouteOf(raw: unknown, releaseHeader: string): HttpRoute {
  const { metadata, spec, status } = httpRouteSchema.parse(raw);
  return {
    generation: metadata.generation,
    parents: status.parents.map(({ parentRef, conditions }) => ({
      gateway: parentRef.name,
      listener: parentRef.sectionName ?? null,
      conditions,
    })),
    rules: spec.rules.map(({ matches, backendRefs }) => {
      const headers = matches.flatMap(({ headers }) => headers);
      const header = headers.find(({ name }) => name.toLowerCase() === releaseHeader)?.value ?? null;
      return {
        release: header === null ? null : releaseIn(header),
        header,
        backends: backendRefs.map(({ name, weight }) => ({ service: name, weight })),
      };
    }),
  };
}

const targetGroupBindings = z.object({
  items: z.array(
    z.object({
      spec: z.object({ serviceRef: z.object({ name: z.string() }), targetGroupARN: z.string().default("") }),
    }),
  ),
});

/** A Service's target group, as a TargetGroupBinding names both. */
export interface TargetGroup {
  service: string;
  arn: string;
}

/** Which Services the AWS Load Balancer Controller has made target groups for (pure); one that isn't made yet has no ARN. */
export function targetGroupsOf(raw: unknown): TargetGroup[] {
  return targetGroupBindings
    .parse(raw)
    .items.flatMap(({ spec: { serviceRef, targetGroupARN } }) =>
      targetGroupARN === "" ? [] : [{ service: serviceRef.name, arn: targetGroupARN }],
    );
}

const deploymentSchema = z.object({
  spec: z.object({ replicas: z.int().default(1) }),
  status: z.object({ readyReplicas: z.int().default(0), updatedReplicas: z.int().default(0) }).prefault({}),
});

/** How many of a Deployment's pods stand (pure). */
export function deploymentOf(raw: unknown): Deployment {
  const { spec, status } = deploymentSchema.parse(raw);
  return { desired: spec.replicas, ready: status.readyReplicas, updated: status.updatedReplicas };
}

const reasonOf = z.object({ reason: z.string().optional(), message: z.string().optional() });

const ended = z.object({ reason: z.string().default(""), exitCode: z.int(), finishedAt: z.string().nullish() });

const containerStatus = z.object({
  name: z.string().default(""),
  restartCount: z.int().default(0),
  state: z.object({ waiting: reasonOf.optional(), terminated: reasonOf.optional() }).default({}),
  lastState: z.object({ terminated: ended.optional() }).default({}),
});

/** Milliseconds since the epoch; 0 for a time that isn't told. */
const timeOf = (text: string | null | undefined): number => (text == null ? 0 : Date.parse(text));

function containerOf({ name, restartCount, state, lastState }: z.infer<typeof containerStatus>): PodContainer {
  const { terminated } = lastState;
  return {
    name,
    restarts: restartCount,
    waiting: state.waiting === undefined ? null : (state.waiting.reason ?? ""),
    last:
      terminated === undefined
        ? null
        : { reason: terminated.reason, exitCode: terminated.exitCode, finishedAt: timeOf(terminated.finishedAt) },
  };
}

const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    creationTimestamp: z.string().optional(),
    deletionTimestamp: z.string().optional(),
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
  }),
  spec: z.object({
    activeDeadlineSeconds: z.int().optional(),
    containers: z.array(z.object({ image: z.string() })).min(1),
  }),
  status: z
    .object({
      phase: z.string().default("Unknown"),
      startTime: z.string().optional(),
      conditions: z.array(podCondition).default([]),
      containerStatuses: z.array(containerStatus).default([]),
      initContainerStatuses: z.array(containerStatus).default([]),
    })
    .prefault({}),
});

const podListSchema = z.object({ items: z.array(podSchema) });

function inWords({ reason, message }: z.infer<typeof reasonOf>): string {
  return [reason, message].filter((text) => text !== undefined && text !== "").join(": ");
}

/**
 * Whether a pod is on its way out. One whose deadline has passed isn't being deleted: the kubelet ends its containers, with their
 * grace, and only then calls it Failed (kubernetes, pkg/kubelet/active_deadline.go); it stays in the list as such.
 */
function isLeaving({ metadata, spec, status }: z.infer<typeof podSchema>, now: number): boolean {
  const { startTime, phase } = status;
  const deadline = spec.activeDeadlineSeconds;
  const overdue = deadline !== undefined && startTime !== undefined && now >= Date.parse(startTime) + deadline * 1_000;
  return metadata.deletionTimestamp !== undefined || overdue || phase === "Failed" || phase === "Succeeded";
}

/** The pods of a list. @param now milliseconds since the epoch */
export function podsOf(raw: unknown, releaseLabel: string, now: number = Date.now()): Pod[] {
  return podListSchema.parse(raw).items.map((pod) => {
    const { metadata, spec, status } = pod;
    const readiness = status.conditions.find(({ type }) => type === "Ready");
    const ready = readiness?.status === "True";
    const states = status.containerStatuses.flatMap(({ state }) => [state.waiting, state.terminated]);
    const unmet = ready ? [] : status.conditions.filter(({ status: is }) => is === "False").map(inWords);
    const troubles = states.flatMap((state) => (state === undefined ? [] : [inWords(state)]));
    return {
      name: metadata.name,
      release: metadata.labels[releaseLabel] ?? null,
      job: metadata.ownerReferences.find(({ kind }) => kind === "Job")?.name ?? null,
      createdAt: Date.parse(metadata.creationTimestamp ?? "1970-01-01T00:00:00Z"),
      image: spec.containers[0]?.image ?? "",
      ready,
      leaving: isLeaving(pod, now),
      phase: status.phase,
      reasons: [...new Set([...troubles, ...unmet])].filter((text) => text !== ""),
      readyChangedAt: readiness?.lastTransitionTime == null ? null : timeOf(readiness.lastTransitionTime),
      containers: [...status.initContainerStatuses, ...status.containerStatuses].map(containerOf),
    };
  });
}
