import { z } from "zod";

export const durationsSchema = z
  .strictObject({
    requests: z.number().nonnegative(),
    bounds: z.array(z.number().positive()),
    slower: z.array(z.number().nonnegative()),
  })
  .refine(({ bounds, slower }) => bounds.length === slower.length, "every bound needs a count");

/** Requests of a release, and how many of them took longer than each of the rising bounds (in milliseconds). */
export type Durations = { requests: number; bounds: readonly number[]; slower: readonly number[] };
/** The same as it is remembered. */
export type KeptDurations = z.infer<typeof durationsSchema>;

export const NO_DURATIONS: KeptDurations = { requests: 0, bounds: [], slower: [] };

/** Both together (pure): of the same histogram. */
export function plusDurations(seen: KeptDurations, more: Durations): KeptDurations {
  if (seen.bounds.length === 0) return { ...more, bounds: [...more.bounds], slower: [...more.slower] };
  const slower = seen.slower.map((count, at) => count + (more.slower[at] ?? 0));
  return { requests: seen.requests + more.requests, bounds: seen.bounds, slower };
}

/** How many of the requests took longer than a bound of the histogram. */
export function slowerThan({ bounds, slower }: Durations, bound: number): number {
  return slower[bounds.indexOf(bound)] ?? 0;
}

/** The quantile of what was seen, in milliseconds, drawn straight within its bucket; null where it is above every bound or nothing was seen. */
export function quantileOf({ requests, bounds, slower }: Durations, quantile: number): number | null {
  const rank = (1 - quantile) * requests;
  if (requests === 0) return null;
  let [low, above] = [0, requests];
  for (const [at, high] of bounds.entries()) {
    const count = slower[at] ?? 0;
    if (count <= rank) return above === count ? high : low + ((high - low) * (above - rank)) / (above - count);
    [low, above] = [high, count];
  }
  return null;
}
