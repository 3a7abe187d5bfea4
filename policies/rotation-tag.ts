import { type Field, isUnknown, shown } from "./reading/inputs.ts";
import { resourcePolicy } from "./reading/policies.ts";
import { dayAt, rotateByOf } from "./reading/rotate-by.ts";
import { SECRET_ENTRY } from "./reading/types.ts";

/** An age limit that stands nowhere is none. Whether it has passed is `rotation-age`'s to say. */
export const rotationTag = resourcePolicy({
  name: "rotation-tag",
  description: "Every secret has the day by which it must be rotated.",
  severity: "medium",
  remediationSteps:
    "Tag the entry with runbooks:rotate-by, the day (UTC, YYYY-MM-DD) on which its current value reaches the age limit (production-runbooks:rotation.maxAge).",
  concerns: (type) => type === SECRET_ENTRY,
  problems: ({ props }) => undated(rotateByOf(props)),
});

function undated(field: Field): string[] {
  if (isUnknown(field) || dayAt(field) !== undefined) return [];
  return [`${shown(field)}: set it to the day by which the secret must be rotated, as YYYY-MM-DD`];
}
