import { z } from "zod";

const failures = z.strictObject({
  /** requests that a pod serves before the first failure */
  after: z.int().min(0),
  /** one in so many of those after them is answered with a 500 */
  oneIn: z.int().min(1),
  stages: z.array(z.string()),
  /** the one path whose requests count and fail; left out: every path */
  path: z.string().optional(),
});

/** What sets one version of the workload apart from another, its `behaviour.json`: everything else is shared. */
export const behaviourSchema = z.strictObject({
  version: z.string(),
  /** `summarised` needs migration 0005_document_summaries. */
  documents: z.enum(["plain", "summarised"]),
  /** `never`: the pod fails its readiness for ever, whatever its dependencies say. */
  readiness: z.enum(["checked", "never"]),
  failures: failures.nullable(),
});

export type Behaviour = z.infer<typeof behaviourSchema>;

/**
 * Makes the decision which requests a faulty version fails: a counter, not a coin,
 * so that a test meets exactly the share that the behaviour names.
 */
export function failureShare(behaviour: Behaviour, stage: string): (path: string) => "fail" | "serve" {
  const { failures } = behaviour;
  if (failures === null || !failures.stages.includes(stage)) return () => "serve";
  let requests = 0;
  return (path) => {
    if (failures.path !== undefined && failures.path !== path) return "serve";
    requests += 1;
    const counted = requests - failures.after;
    return counted > 0 && counted % failures.oneIn === 0 ? "fail" : "serve";
  };
}
