import { z } from "zod";
import { duration } from "../domain/durations.ts";
import { applicationName } from "./aws-names.ts";
import { positiveDuration, textOf, urlPath } from "./parts.ts";

const cpu = textOf(/^(\d+m|\d+(\.\d+)?)$/, `write CPUs or thousandths of one, such as "250m" or "1"`);
const memory = textOf(/^\d+(Ki|Mi|Gi)$/, `write a size such as "256Mi" or "1Gi"`);

const environment = z
  .record(
    textOf(/^[A-Za-z_][A-Za-z0-9_]*$/, "is no name for an environment variable: use letters, digits and '_'"),
    z.string(),
  )
  .superRefine((literals, context) => {
    for (const name of ["RELEASE_ID", "PORT"].filter((name) => name in literals)) {
      context.addIssue({ code: "custom", path: [name], message: `the program sets ${name} itself: remove it` });
    }
  });

const replicas = z.strictObject({ min: z.int().min(2), max: z.int().min(2) }).superRefine(({ min, max }, context) => {
  if (min <= max) return;
  context.addIssue({
    code: "custom",
    path: ["max"],
    message: `is below replicas.min (${min}): raise max or lower min`,
  });
});

/** The workload: its name, its size, its paths and its own environment. */
export const application = z.strictObject({
  name: applicationName,
  replicas,
  cpu,
  memory,
  logLevel: z.enum(["debug", "info", "warn", "error"]),
  environment,
  healthPath: urlPath,
  readyPath: urlPath,
  /** Where a pod reports its credentials by fingerprint and its session keys' use, in Prometheus' text format. */
  metricsPath: urlPath.default("/metrics"),
  readyWithin: positiveDuration,
  /** How long a pod that is to end goes on serving before its SIGTERM: until every gateway knows that it ends. 0s: not at all. */
  preStop: duration.prefault("5s"),
  /** How long a pod has to end after its SIGTERM. */
  terminationGrace: positiveDuration,
  drain: positiveDuration,
  /** How long a migration may wait for a lock, and make every query behind it wait, before it gives the queue free. */
  lockTimeout: positiveDuration.prefault("3s"),
});
