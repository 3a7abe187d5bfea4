import type { Kubernetes, TargetGroup } from "../clients/kubernetes.ts";
import { CLOUDWATCH, endpointOf, type MetricData, metricData, SETTLED_AFTER, seriesIn } from "./cloudwatch-api.ts";
import { type Sign, signerFor } from "./own/signed.ts";
import type { Counted } from "./place.ts";
import { noSample, type ReadCounters, type Reading, type RequestSeries } from "./reading.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** The balancer's nodes send every 60 s, each at a moment of its own: a request may stand in the minute beside its own. */
const BESIDE = MINUTE;
/** So many readings are given, the newest first: the gate takes one that lies between our own requests. */
const READINGS = 15;
/** CloudWatch has nothing new within this time, and asks a price for every metric. */
const KEPT_FOR = 15_000;

/**
 * What is asked of each target group: these come by TargetGroup and LoadBalancer, and without health checks. A request whose connection to its
 * target failed is in RequestCount, since a target was chosen for it, and the balancer answers it with 502 (CloudWatch metrics for your Application
 * Load Balancer).
 */
const METRICS = {
  all: "RequestCount",
  failed: "HTTPCode_Target_5XX_Count",
  unreached: "TargetConnectionErrorCount",
} as const;

/** Reads the target groups that the AWS Load Balancer Controller has made for a namespace's Services. */
export type TargetGroupReader = Pick<Kubernetes, "targetGroups">;

export interface AwsLoadBalancer {
  region: string;
  /** As CloudWatch calls it: the end of its ARN, `app/NAME/ID`. */
  loadBalancer: string;
}

/** A target group of a release's, as CloudWatch calls it: the end of its ARN. */
interface ReleaseGroup {
  release: string;
  group: string;
}

/** Which target groups are of which release (pure): a release's Service is called APPLICATION-RELEASE. */
export function releaseGroups(groups: readonly TargetGroup[], application: string): ReleaseGroup[] {
  const named = new RegExp(`^${application}-(r[0-9a-f]{9})$`);
  return groups.flatMap(({ service, arn }) => {
    const release = named.exec(service)?.[1];
    const group = /:(targetgroup\/[^/]+\/[0-9a-f]+)$/.exec(arn)?.[1];
    return release === undefined || group === undefined ? [] : [{ release, group }];
  });
}

/** GetMetricData of every group's minutes since the day began, in UTC (pure). */
export function minutesAsked(groups: readonly ReleaseGroup[], loadBalancer: string, now: number) {
  const dimensions = (group: string) => [
    { Name: "LoadBalancer", Value: loadBalancer },
    { Name: "TargetGroup", Value: group },
  ];
  return {
    MetricDataQueries: groups.flatMap(({ group }, index) =>
      Object.entries(METRICS).map(([id, MetricName]) => ({
        Id: `${id}${index}`,
        MetricStat: {
          Metric: { Namespace: "AWS/ApplicationELB", MetricName, Dimensions: dimensions(group) },
          Period: MINUTE / 1_000,
          Stat: "Sum",
        },
        ReturnData: true,
      })),
    ),
    StartTime: beginningOf(lastSettled(now)) / 1_000,
    EndTime: lastSettled(now) / 1_000,
    ScanBy: "TimestampAscending",
  };
}

/** The end of the last minute whose points are there. */
const lastSettled = (now: number): number => Math.floor((now - SETTLED_AFTER) / MINUTE) * MINUTE;
/** The day in which a time lies, or which it ends. */
const beginningOf = (time: number): number => Math.floor((time - 1) / DAY) * DAY;

/** @throws Error where the answer isn't whole */
function minutesIn(text: string): Map<string, MetricData> {
  const { series, more } = seriesIn(text);
  if (more || series.some(({ StatusCode }) => StatusCode !== "Complete"))
    throw new Error(`${CLOUDWATCH} answered a part of the data alone`);
  const negative = series.some(({ Values }) => Values.some((value) => value < 0));
  if (negative) throw new Error(`${CLOUDWATCH} answered nonsense: a count below 0`);
  return new Map(series.map((one) => [one.Id, one]));
}

/** What one minute of a group's had. */
interface Point {
  /** when it began, in ms */
  at: number;
  all: number;
  failed: number;
  unreached: number;
}

/**
 * A group's minutes; one without a value had none. Connections are tried again, so there may be more failed ones than requests: a minute has no
 * more requests that reached no target than it has without an answer of 5xx.
 */
function pointsOf(minutes: ReadonlyMap<string, MetricData>, index: number): Point[] {
  const valuesOf = (id: keyof typeof METRICS): Map<number, number> => {
    const { Timestamps: times = [], Values: values = [] } = minutes.get(`${id}${index}`) ?? {};
    return new Map(times.map((time, at) => [time, values[at] ?? 0]));
  };
  const [all, failed, unreached] = [valuesOf("all"), valuesOf("failed"), valuesOf("unreached")];
  return [...new Set([...all.keys(), ...failed.keys()])].map((time) => {
    const [requests, answered] = [all.get(time) ?? 0, failed.get(time) ?? 0];
    const without = Math.min(unreached.get(time) ?? 0, Math.max(0, requests - answered));
    return { at: time * 1_000, all: requests, failed: answered, unreached: without };
  });
}

function seriesAt(points: readonly (readonly Point[])[], groups: readonly ReleaseGroup[], time: number) {
  return groups.flatMap(({ release, group }, index): RequestSeries[] => {
    const target = targetOf(group, time);
    const before = (points[index] ?? []).filter(({ at }) => at < time);
    const sumOf = (of: Exclude<keyof Point, "at">): number => before.reduce((sum, point) => sum + point[of], 0);
    const [all, answered] = [sumOf("all"), sumOf("failed")];
    if (answered > all) throw new Error(`${CLOUDWATCH} shows more failed requests of ${group} than requests`);
    const failed = Math.min(all, answered + sumOf("unreached"));
    return [
      { key: `${group} 5xx`, target, release, code: "5xx", value: failed },
      { key: `${group} others`, target, release, code: "2xx", value: all - failed },
    ];
  });
}

/** Sums begin anew with each day: CloudWatch has no counter, and a day of minutes is what one answer holds. */
const targetOf = (group: string, time: number): string => `${group} since ${new Date(beginningOf(time)).toISOString()}`;

/**
 * What the answer shows at the end of each of the last minutes (pure), the newest first.
 * @throws Error where it isn't whole, or contradicts itself
 */
export function readingsOf(text: string, groups: readonly ReleaseGroup[], now: number): Reading[] {
  const minutes = minutesIn(text);
  const points = groups.map((_, index) => pointsOf(minutes, index));
  const newest = lastSettled(now);
  const ends = Array.from({ length: READINGS }, (_, index) => newest - index * MINUTE);
  return ends
    .filter((end) => beginningOf(end) === beginningOf(newest))
    .map((end) => ({
      from: end - BESIDE,
      to: end + BESIDE,
      targets: groups.map(({ group }) => targetOf(group, end)),
      requests: seriesAt(points, groups, end),
      buckets: [],
      counted: "all",
    }));
}

/**
 * An Application Load Balancer as the Gateway: CloudWatch's sums of each minute, by target group, of which a TargetGroupBinding says whose
 * Service's it is (aws-load-balancer-controller, pkg/gateway/model/model_build_target_group.go). Its durations are percentiles, which can't be
 * added up or taken off: latency isn't judged. A request that reached no target counts as failed; a target's time-out or broken answer (504, 502) has
 * no metric by target group and counts as any other request.
 */
export function awsLoadBalancerSource(
  { region, loadBalancer }: AwsLoadBalancer,
  { namespace, application }: Counted,
  cluster: TargetGroupReader,
  sign: Sign = signerFor("monitoring", region),
  endpoint: string = endpointOf(region),
): ReadCounters {
  let kept: { at: number; minute: number; readings: Reading[] } | null = null;
  return async () => {
    const now = Date.now();
    if (kept !== null && now - kept.at < KEPT_FOR && kept.minute === lastSettled(now)) return kept.readings;
    const groups = releaseGroups(await cluster.targetGroups(namespace), application);
    if (groups.length === 0) {
      throw noSample(`no TargetGroupBinding in ${namespace} is of a Service ${application}-RELEASE`);
    }
    const question = minutesAsked(groups, loadBalancer, now);
    const text = await metricData(question, { endpoint, sign, signal: new AbortController().signal });
    kept = { at: now, minute: lastSettled(now), readings: readingsOf(text, groups, now) };
    return kept.readings;
  };
}
