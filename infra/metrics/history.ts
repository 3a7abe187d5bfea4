import type { TimedSample } from "../clients/prometheus.ts";
import type { Reading } from "./reading.ts";
import { bucketSeries, type LabelRules, requestSeries } from "./series.ts";

/** So many readings of a history are given, the newest first. */
const MOST_READINGS = 24;
/** A scrape's time is when it began: its samples may be this much younger, and the clocks differ, in milliseconds. */
const SCRAPE_TAKES = 1_000;
/** A process that wasn't scraped for so many of its usual intervals has gone. */
const MISSED = 2.5;
const USUAL_INTERVAL = 60_000;

interface Process {
  name: string | null;
  /** When it was scraped, rising. */
  times: number[];
  samples: TimedSample[];
  /** Milliseconds after which it counts as gone. */
  patience: number;
}

function processesOf(samples: readonly TimedSample[], target: LabelRules["target"]): Process[] {
  // Series of which nobody knows who counts them are taken one by one.
  const byName = Map.groupBy(samples, ({ metric, labels }) => target(labels) ?? JSON.stringify([metric, labels]));
  return [...byName.values()].map((own) => {
    const times = [...new Set(own.map(({ at }) => at))].sort((one, other) => one - other);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? time));
    const usual = pauses.sort((one, other) => one - other)[Math.floor(pauses.length / 2)] ?? USUAL_INTERVAL;
    const [first] = own;
    return {
      name: first === undefined ? null : target(first.labels),
      times,
      samples: own,
      patience: MISSED * usual,
    };
  });
}

function readingAt(time: number, processes: readonly Process[], rules: LabelRules, durations: ReadonlySet<string>) {
  const scraped = processes.flatMap((one) => {
    const last = one.times.findLast((at) => at <= time);
    if (last === undefined || time - last > one.patience) return [];
    return [{ name: one.name, at: last, samples: one.samples.filter(({ at }) => at === last) }];
  });
  const samples = scraped.flatMap((one) => one.samples);
  const times = scraped.map(({ at }) => at);
  return {
    from: Math.min(...times) - SCRAPE_TAKES,
    to: Math.max(...times) + SCRAPE_TAKES,
    targets: scraped.flatMap(({ name }) => name ?? []),
    requests: requestSeries(
      samples.filter(({ metric }) => !durations.has(metric)),
      rules,
    ),
    buckets: bucketSeries(
      samples.filter(({ metric }) => durations.has(metric)),
      rules,
    ),
    counted: "all",
  } as const;
}

/**
 * What raw samples of the last minutes show: a reading at each time at which something was scraped, the newest first. The
 * gate takes the newest that lies between two bursts of our own requests, so that a scrape interval costs no evidence (pure).
 */
export function history(counted: readonly TimedSample[], timed: readonly TimedSample[], rules: LabelRules): Reading[] {
  const processes = processesOf([...counted, ...timed], rules.target);
  const durations = new Set(timed.map(({ metric }) => metric));
  const times = [...new Set(processes.flatMap((one) => one.times))].sort((one, other) => other - one);
  return times.slice(0, MOST_READINGS).map((time) => readingAt(time, processes, rules, durations));
}
