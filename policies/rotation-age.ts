import { shown } from "./reading/inputs.ts";
import { type OneResourcePolicy, type Resource, resourcePolicy } from "./reading/policies.ts";
import { dayAt, rotateByOf } from "./reading/rotate-by.ts";
import { SECRET_ENTRY } from "./reading/types.ts";

/** The policy, judged at the time (milliseconds since the epoch) that the clock says. */
export function rotationAgeBy(clock: () => number): OneResourcePolicy {
  return resourcePolicy({
    name: "rotation-age",
    description: "No secret is older than its age limit.",
    severity: "medium",
    // What is overdue must not stand in the way of the rotation that mends it, nor of a rollback.
    level: "advisory",
    remediationSteps: "Rotate the secret: `runbook rotate SECRET --stack STACK`.",
    concerns: (type) => type === SECRET_ENTRY,
    problems: (resource) => overdue(resource, clock()),
  });
}

export const rotationAge = rotationAgeBy(Date.now);

/** An entry is overdue from the first moment (UTC) of the day that its tag names; `now` in milliseconds since the epoch (pure). */
export function overdue({ name, stack, props }: Pick<Resource, "name" | "stack" | "props">, now: number): string[] {
  const field = rotateByOf(props);
  const day = dayAt(field);
  if (day === undefined || now < day) return [];
  const secret = name.split("/").at(-1);
  return [`${shown(field)}, and overdue since then: run \`runbook rotate ${secret} --stack ${stack}\``];
}
