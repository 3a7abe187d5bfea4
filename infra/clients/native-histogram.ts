import { z } from "zod";
import { parseValue } from "./exposition.ts";

const number = z.string().transform((text, context) => {
  const value = parseValue(text);
  if (value !== null && !Number.isNaN(value)) return value;
  context.addIssue({ code: "custom", message: `${JSON.stringify(text)} is no number` });
  return z.NEVER;
});

/** A native histogram as Prometheus' HTTP API shows it: each bucket with its boundary rule, its two bounds and its count. */
export const nativeHistogram = z.object({
  count: number,
  buckets: z.array(z.tuple([z.number(), number, number, number])).default([]),
});

/** Powers of two are bounds in every standard resolution (schema 0 and finer): 1 ms to 64 s. */
const GRID = Array.from({ length: 17 }, (_, at) => 2 ** (at - 10));

/**
 * Pure: a native histogram as the cumulative buckets of a classic one, at powers of two. A bound that lies within a bucket (only in
 * resolutions coarser than schema 0) is left out, since how many requests are on its either side isn't known.
 */
export function bucketsOf({ count, buckets }: z.infer<typeof nativeHistogram>): { le: string; value: number }[] {
  const exact = GRID.filter((bound) => !buckets.some(([, left, right]) => left < bound && bound < right));
  const upTo = (bound: number) =>
    buckets.reduce((sum, [, , right, inBucket]) => (right <= bound ? sum + inBucket : sum), 0);
  return [...exact.map((bound) => ({ le: String(bound), value: upTo(bound) })), { le: "+Inf", value: count }];
}
