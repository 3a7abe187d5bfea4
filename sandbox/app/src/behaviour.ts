import { z } from "zod";

/** Where a fault shows: on some stages alone, and on one path or on all. */
const where = {
  stages: z.array(z.string()),
  /** the one path whose requests count; left out: every path */
  path: z.string().optional(),
};

const failures = z.strictObject({
  /** requests that a pod serves before the first failure */
  after: z.int().min(0),
  /** one in so many of those after them is answered with a 500 */
  oneIn: z.int().min(1),
  ...where,
});

const delays = z.strictObject({
  /** one in so many requests is answered later */
  oneIn: z.int().min(1),
  milliseconds: z.int().min(1),
  /** only for so long after the first of them; left out: for ever */
  forSeconds: z.number().positive().optional(),
  ...where,
});

const exits = z.strictObject({
  /** the process ends, with 0, once it has answered so many requests */
  after: z.int().min(1),
  ...where,
});

const leaks = z.strictObject({
  /** mebibytes that each request takes and never gives back */
  mebibytes: z.int().min(1),
  ...where,
});

/** What sets one version of the workload apart from another, its `behaviour.json`: everything else is shared. */
export const behaviourSchema = z.strictObject({
  version: z.string(),
  /** `summarised` needs migration 0005_document_summaries. */
  documents: z.enum(["plain", "summarised"]),
  /** `never`: the pod fails its readiness for ever, whatever its dependencies say. */
  readiness: z.enum(["checked", "never"]),
  failures: failures.nullable(),
  delays: delays.nullable().default(null),
  exits: exits.nullable().default(null),
  leaks: leaks.nullable().default(null),
});

export type Behaviour = z.infer<typeof behaviourSchema>;

/**
 * Counts the requests that a fault is for: a counter, not a coin, so that a test meets exactly the share that the behaviour names.
 * @returns which one a request is, from 1 on; null where the fault isn't for it
 */
function counted(
  fault: { stages: readonly string[]; path?: string | undefined },
  stage: string,
): (path: string) => number | null {
  let requests = 0;
  return (path) => {
    if (!fault.stages.includes(stage) || (fault.path !== undefined && fault.path !== path)) return null;
    requests += 1;
    return requests;
  };
}

/** Decides which requests a faulty version fails. */
export function failureShare({ failures }: Behaviour, stage: string): (path: string) => "fail" | "serve" {
  if (failures === null) return () => "serve";
  const nth = counted(failures, stage);
  return (path) => {
    const after = (nth(path) ?? 0) - failures.after;
    return after > 0 && after % failures.oneIn === 0 ? "fail" : "serve";
  };
}

/** Decides how many milliseconds later a slow version answers a request; `now` in milliseconds. */
export function delayOf({ delays }: Behaviour, stage: string): (path: string, now: number) => number {
  if (delays === null) return () => 0;
  const nth = counted(delays, stage);
  const lasts = (delays.forSeconds ?? Number.POSITIVE_INFINITY) * 1_000;
  let first: number | null = null;
  return (path, now) => {
    const at = nth(path);
    if (at === null) return 0;
    first ??= now;
    return at % delays.oneIn === 0 && now - first < lasts ? delays.milliseconds : 0;
  };
}

/** Decides after which request a version's process ends. */
export function exitAfter({ exits }: Behaviour, stage: string): (path: string) => "exit" | "stay" {
  if (exits === null) return () => "stay";
  const nth = counted(exits, stage);
  return (path) => ((nth(path) ?? 0) >= exits.after ? "exit" : "stay");
}

/** Decides how many mebibytes a request takes for ever. */
export function leakOf({ leaks }: Behaviour, stage: string): (path: string) => number {
  if (leaks === null) return () => 0;
  const nth = counted(leaks, stage);
  return (path) => (nth(path) === null ? 0 : leaks.mebibytes);
}
