import { resourcePolicy } from "./reading/policies.ts";
import { BUCKET, KMS_KEY, REPLICATION_GROUP, SECRET_ENTRY } from "./reading/types.ts";

const LOST_WITH: Readonly<Record<string, string>> = {
  [KMS_KEY]: "everything that it encrypts",
  [REPLICATION_GROUP]: "every session",
  [BUCKET]: "the records and the backups",
  [SECRET_ENTRY]: "every generation of the secret",
};

/** What can't be made again must not go by a slip of the program. */
export const protectedState = resourcePolicy({
  name: "protected-state",
  description: "Resources that hold state are protected from deletion.",
  severity: "high",
  remediationSteps:
    "Set `protect: true` in the resource's options. To remove one on purpose: `pulumi state unprotect URN` first.",
  concerns: (type) => type in LOST_WITH,
  problems: ({ type, protect }) =>
    protect ? [] : [`options.protect is false: set it to true, ${LOST_WITH[type]} would be lost with this resource`],
});
