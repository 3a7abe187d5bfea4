import { z } from "zod";
import { formatDuration } from "../domain/durations.ts";
import { positiveDuration } from "./parts.ts";
import { rising } from "./rising.ts";

const canarySteps = z
  .array(z.int().min(1).max(100))
  .min(1)
  .superRefine((steps, context) => {
    rising(steps, String, context);
    const last = steps.at(-1);
    if (last !== 100 && last !== undefined) {
      const path = [steps.length - 1];
      context.addIssue({
        code: "custom",
        path,
        message: "the last step must be 100: add it, or no release ever has all traffic",
      });
    }
  });

/** The weights of a canary, how long each lasts, and the checks after it. */
export const canary = z.strictObject({
  steps: canarySteps,
  stepFor: positiveDuration,
  checks: z.array(positiveDuration).superRefine((checks, context) => rising(checks, formatDuration, context)),
  /** What it is compared with: the stable release as it stands, or a second copy of it that starts with the canary and gets the same weight. */
  baseline: z.enum(["none", "fresh"]).default("none"),
});
