import { z } from "zod";
import type { Sample } from "../clients/exposition.ts";
import type { BucketSeries, RequestSeries, Series } from "./reading.ts";

/** How a sample's labels are read. */
export interface LabelRules {
  /** The release; null: the sample is of none. Undefined: it lacks the label. */
  release: (labels: Readonly<Record<string, string>>) => string | null | undefined;
  /** The label with the status code. */
  code: string;
  /** The process that counts; null where the labels don't say. */
  target: (labels: Readonly<Record<string, string>>) => string | null;
  /** What the values of `le` are multiplied by to be seconds. */
  second: number;
  /** Whether a duration is a connection's whole life, as a WebSocket's: no answer's time. Unsaid: where its code is 101. */
  staysOpen?: (labels: Readonly<Record<string, string>>) => boolean;
}

const STATUS_CODE = /^(?:0|[1-5](?:\d\d|xx))$/;

function describe({ metric, labels }: Sample): string {
  return `${metric}${JSON.stringify(labels)}`;
}

/** A series' name: its metric and its labels in an order of their own. */
function keyOf({ metric, labels }: Sample): string {
  const sorted = Object.keys(labels).sort();
  return `${metric}${JSON.stringify(sorted.map((name) => [name, labels[name]]))}`;
}

/** The names of the labels in a series' name. */
export function labelNames(key: string): string[] {
  const labels = z.array(z.tuple([z.string(), z.string()])).safeParse(JSON.parse(key.slice(key.indexOf("["))));
  return labels.success ? labels.data.map(([name]) => name) : [];
}

function seriesOf(sample: Sample, rules: LabelRules): Series | null {
  const release = rules.release(sample.labels);
  if (release === undefined) throw new Error(`${describe(sample)} lacks the label of the release`);
  if (!Number.isFinite(sample.value) || sample.value < 0) throw new Error(`${describe(sample)} is ${sample.value}`);
  if (release === null) return null;
  return { key: keyOf(sample), target: rules.target(sample.labels), release, value: sample.value };
}

/**
 * The request counters among samples (pure).
 * @throws Error where a sample lacks a label, its code is no status code, or its value no count
 */
export function requestSeries(samples: readonly Sample[], rules: LabelRules): RequestSeries[] {
  return samples.flatMap((sample) => {
    const code = sample.labels[rules.code];
    if (code === undefined) throw new Error(`${describe(sample)} lacks the label ${rules.code}`);
    if (!STATUS_CODE.test(code)) throw new Error(`${describe(sample)} has a code that is no HTTP status`);
    const series = seriesOf(sample, rules);
    return series === null ? [] : [{ ...series, code }];
  });
}

const SWITCHING_PROTOCOLS = "101";

/**
 * The buckets of durations among samples, less those of connections that stay open (pure).
 * @throws Error where a sample lacks a label, its `le` is no number, or its value no count
 */
export function bucketSeries(samples: readonly Sample[], rules: LabelRules): BucketSeries[] {
  return samples.flatMap((sample) => {
    if (rules.staysOpen?.(sample.labels) ?? sample.labels[rules.code] === SWITCHING_PROTOCOLS) return [];
    const text = sample.labels.le;
    if (text === undefined) throw new Error(`${describe(sample)} lacks the label le`);
    const le = text === "+Inf" ? Number.POSITIVE_INFINITY : Number(text) * rules.second;
    if (Number.isNaN(le)) throw new Error(`${describe(sample)} has an le that is no number`);
    const series = seriesOf(sample, rules);
    return series === null ? [] : [{ ...series, le }];
  });
}

/** The rule where a label is the release's id. */
export const labelIs =
  (label: string): LabelRules["release"] =>
  (labels) =>
    labels[label];

/** The rule where a label is a text with the release's id in its first group; any other text is of no release of ours. */
export function labelMatches(label: string, pattern: string): LabelRules["release"] {
  const whole = new RegExp(`^(?:${pattern})$`);
  return (labels) => {
    const text = labels[label];
    return text === undefined ? undefined : (whole.exec(text)?.[1] ?? null);
  };
}
