import { z } from "zod";
import { duration } from "../domain/durations.ts";
import { WITHOUT_USERS } from "../domain/without-users.ts";
import { ownMetricsSchema } from "./own-metrics.ts";
import { positiveDuration, textOf } from "./parts.ts";

const alpha = textOf(/^0?\.\d+$/, `write a share between 0 and 0.5 in quotes, such as "0.05"`)
  .transform(Number)
  .refine((share) => share > 0 && share <= 0.5, `write a share between 0 and 0.5 in quotes, such as "0.05"`);

/** How requests' durations are judged: the comparison with the stable release needs no figure, the limits are the team's own. */
const latency = z.strictObject({
  /** How long after its first request a release may be slow. */
  warmUp: duration.prefault("10s"),
  /** Bounds of the histogram below aren't compared. */
  from: duration.prefault("50ms"),
  /** What half, 95 % and 99 % of the requests must not exceed. */
  p50: positiveDuration.optional(),
  p95: positiveDuration.optional(),
  p99: positiveDuration.optional(),
});

/** What the gates judge by, and how often and how long they look. */
export const gates = z
  .strictObject({
    interval: positiveDuration,
    timeout: positiveDuration,
    minimumRequests: z.int().min(1),
    /** `alpha` is the chance of a false abort, all gates together. */
    errorRate: z.strictObject({ alpha, hardLimitPercent: z.int().min(1).max(100) }),
    latency: latency.prefault({}),
    /** What judges a release without users: its stage says, unless this does. */
    withoutUsers: z.enum(WITHOUT_USERS).optional(),
    /**
     * How often containers of the judged release may be started again, and its pods lose their readiness, within a step: the latter beyond
     * what the stable release's do, by the pod; where there is none to compare with, once for each pod at least.
     */
    pods: z.strictObject({ restarts: z.int().min(0).default(1), unready: z.int().min(0).default(3) }).prefault({}),
    /** What the team itself measures of a release. */
    metrics: ownMetricsSchema,
  })
  .refine(({ interval, timeout }) => interval < timeout, {
    path: ["timeout"],
    error: "must be longer than gates.interval, or a gate never gets a second look",
  });
