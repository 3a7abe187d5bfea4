import { isDeepStrictEqual } from "node:util";
import { filterPattern } from "./filter-pattern.ts";

/** A metric filter as the account has it; it counts what comes to its group after it was made. */
export interface Filter {
  group: string;
  pattern: string;
  namespace: string;
  metric: string;
  madeAt: number;
}

/** What an alarm compares with its threshold: a metric's sum over a time, or the time of its newest datapoint (`EPOCH`). */
export interface Watched {
  kind: "sum" | "epoch";
  namespace: string;
  metric: string;
  dimensions: Readonly<Record<string, string>>;
  /** seconds */
  period: number;
}

/** An alarm as the account has it. */
export interface Alarm {
  name: string;
  watched: Watched;
  /** how many periods are looked at */
  evaluationPeriods: number;
  comparison: string;
  threshold: number;
  missing: string;
  madeAt: number;
}

/** A counter that grows, read at a time. */
export interface Reading {
  at: number;
  total: number;
}

export interface AlarmState {
  name: string;
  state: "ALARM" | "OK" | "INSUFFICIENT_DATA";
  /** the metric's sum over the last period, or the time of its datapoint in seconds; null where there was none */
  value: number | null;
}

/** A metric that CloudWatch's agent publishes. */
export interface Counter {
  namespace: string;
  metric: string;
  dimensions: Readonly<Record<string, string>>;
  readings: readonly Reading[];
}

/** What there is to count from. */
export interface Signals {
  /** The lines of each log group with the time at which each came; a group that nobody writes to has none. */
  lines: Readonly<Record<string, readonly { at: number; text: string }[]>>;
  counters: readonly Counter[];
  /** The ids of the cache clusters, which publish their metrics for as long as they exist. */
  nodes: readonly string[];
}

const HOLDS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The lines that match; null where none came at all, since a filter's default value is only reported beside lines. */
function countLines(filter: Filter, { lines }: Signals, since: number, now: number): number | null {
  const matches = filterPattern(filter.pattern);
  const from = Math.max(since, filter.madeAt);
  const came = (lines[filter.group] ?? []).filter(({ at }) => at >= from && at <= now);
  return came.length === 0 ? null : came.filter(({ text }) => matches(parsed(text))).length;
}

/** How much a counter grew in a window; null where it wasn't read in it. */
function growth(readings: readonly Reading[], since: number, now: number): number | null {
  const inside = readings.filter(({ at }) => at >= since && at <= now);
  const [first, last] = [inside[0], inside.at(-1)];
  return first === undefined || last === undefined ? null : last.total - first.total;
}

function sumOf(
  { watched, evaluationPeriods, madeAt }: Alarm,
  filters: readonly Filter[],
  signals: Signals,
  now: number,
) {
  const { namespace, metric, period, dimensions } = watched;
  const since = Math.max(madeAt, now - period * evaluationPeriods * 1_000);
  const filter = filters.find((one) => one.namespace === namespace && one.metric === metric);
  if (filter !== undefined) return countLines(filter, signals, since, now);
  const counter = signals.counters.find(
    (one) => one.namespace === namespace && one.metric === metric && isDeepStrictEqual(one.dimensions, dimensions),
  );
  return counter === undefined ? null : growth(counter.readings, since, now);
}

/** The time of a node's newest datapoint in seconds, which is when its period began; null where no such metric is published. */
function epochOf({ namespace, metric, dimensions, period }: Watched, { nodes }: Signals, now: number): number | null {
  const published = namespace === "AWS/ElastiCache" && metric === "EngineCPUUtilization";
  if (!published || !nodes.includes(dimensions.CacheClusterId ?? "")) return null;
  return Math.floor(now / 1_000) - period;
}

/**
 * The state of an alarm at a time (pure): what it watches, compared with its threshold. A filter counts no line from before it was
 * made, as CloudWatch's don't.
 */
export function stateOfAlarm(alarm: Alarm, filters: readonly Filter[], signals: Signals, now: number): AlarmState {
  const { name, watched, comparison, threshold, missing } = alarm;
  const value = watched.kind === "sum" ? sumOf(alarm, filters, signals, now) : epochOf(watched, signals, now);
  if (value !== null) {
    const holds = HOLDS[comparison]?.(value, threshold) ?? false;
    return { name, state: holds ? "ALARM" : "OK", value };
  }
  const state = missing === "breaching" ? "ALARM" : missing === "notBreaching" ? "OK" : "INSUFFICIENT_DATA";
  return { name, state, value: null };
}
