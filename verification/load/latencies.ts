const GROWTH = 1.02;

/** A histogram of durations with 2 % wide buckets: constant memory, however long the load runs. */
export interface Latencies {
  add(milliseconds: number): void;
  /** The duration, in ms, that the given share (0..1) of the observations doesn't exceed; null without observations. */
  quantile(share: number): number | null;
}

export function createLatencies(): Latencies {
  const buckets = new Map<number, number>();
  let count = 0;
  return {
    add: (milliseconds) => {
      const bucket = Math.ceil(Math.log(Math.max(milliseconds, 0.01)) / Math.log(GROWTH));
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
      count += 1;
    },
    quantile: (share) => {
      let remaining = Math.max(1, Math.ceil(share * count));
      for (const [bucket, size] of [...buckets].sort(([a], [b]) => a - b)) {
        remaining -= size;
        if (remaining <= 0) return Math.round(GROWTH ** bucket * 100) / 100;
      }
      return null;
    },
  };
}
