/** One counter of one process, as a source tells it: it only rises, until its process begins anew. */
export interface Series {
  /** What tells it from every other series of the source: its metric and all its labels. */
  key: string;
  /**
   * The process that counts (a pod, an instance of the Gateway), and since when where the source says so: one that began anew has
   * another name. Null where the source doesn't say.
   */
  target: string | null;
  release: string;
  value: number;
}

/** Requests with one status code. 0 is how some proxies count a client that left. */
export interface RequestSeries extends Series {
  code: string;
}

/** Requests that took at most `le` seconds, as in a bucket of a histogram of Prometheus: cumulative over the buckets. */
export interface BucketSeries extends Series {
  /** Seconds; Infinity for the bucket that has all of them. */
  le: number;
}

/** What a source shows of all releases at one time. */
export interface Reading {
  /** The samples in it were taken between these, in milliseconds since the epoch. */
  from: number;
  to: number;
  /** The processes that answered: a series of theirs that isn't here doesn't exist, and one that comes later begins at 0. */
  targets: readonly string[];
  requests: readonly RequestSeries[];
  /** Empty where the source has no histogram of durations. */
  buckets: readonly BucketSeries[];
  /** Whether requests to the health and the ready path are among them: an application's own counters may leave them out. */
  counted: "all" | "without probes";
}

const NO_SAMPLE = "NO_SAMPLE";

/** The error of a source that answers and has counted nothing of a release yet. */
export function noSample(why: string): Error {
  return Object.assign(new Error(`the metrics have no sample of the requests: ${why}`), { code: NO_SAMPLE });
}

/** Whether a source answered and has counted nothing yet, which on a new stack is no trouble. */
export function isNoSample(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === NO_SAMPLE;
}

/** What a source answers: its readings, the newest first; one with a history shows earlier ones too. */
export type ReadCounters = () => Promise<readonly Reading[]>;

/** Requests and those that were answered with a 5xx. */
export type RequestCount = { requests: number; errors: number };

export const NO_REQUESTS: RequestCount = { requests: 0, errors: 0 };

/** Whether a status code is an error of the release's. */
export function isError(code: string): boolean {
  return code.startsWith("5");
}

export function sum(one: RequestCount, other: RequestCount): RequestCount {
  return { requests: one.requests + other.requests, errors: one.errors + other.errors };
}

export function difference(one: RequestCount, other: RequestCount): RequestCount {
  return { requests: one.requests - other.requests, errors: one.errors - other.errors };
}

/** All that a reading's counters show, by release: since each of them began (pure). */
export function totals({ requests }: Pick<Reading, "requests">): Record<string, RequestCount> {
  const counted: Record<string, RequestCount> = {};
  for (const { release, code, value } of requests) {
    const add = { requests: value, errors: isError(code) ? value : 0 };
    counted[release] = sum(counted[release] ?? NO_REQUESTS, add);
  }
  return counted;
}

/** What a source shows, or why it shows nothing: a gate never rejects. */
export async function readingsOrWhy(read: ReadCounters): Promise<readonly Reading[] | string> {
  try {
    return await read();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
