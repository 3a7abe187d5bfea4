import { at, type Field, isMissing, isUnknown, items, numberAt, shown, textAt } from "./reading/inputs.ts";
import { resourcePolicy } from "./reading/policies.ts";
import { BUCKET_ENCRYPTION, KMS_KEY, LOG_GROUP, SECRET_ENTRY } from "./reading/types.ts";

const MINIMUM_WINDOW_DAYS = 7;
const OUR_KEY = "set it to the ARN of the stack's KMS key";

const RULES: Readonly<Record<string, (props: Field) => string[]>> = {
  [SECRET_ENTRY]: (props) => [...keyless(at(props, "kmsKeyId")), ...shortWindow(at(props, "recoveryWindowInDays"))],
  [LOG_GROUP]: (props) => keyless(at(props, "kmsKeyId")),
  [KMS_KEY]: (props) => unrotated(at(props, "enableKeyRotation")),
  [BUCKET_ENCRYPTION]: (props) => otherThanKms(at(props, "rules")),
};

/** With our own key, who may decrypt is our decision, and every use of it is logged. */
export const encryptedEntries = resourcePolicy({
  name: "encrypted-entries",
  description:
    "Secrets, logs and records are encrypted with our own rotated key, and a deleted secret can be recovered.",
  severity: "high",
  remediationSteps:
    "Set kmsKeyId on secrets and log groups, aws:kms with kmsMasterKeyId on buckets, enableKeyRotation on the key, and a recoveryWindowInDays of 7 to 30.",
  concerns: (type) => type in RULES,
  problems: ({ type, props }) => RULES[type]?.(props) ?? [],
});

function keyless(key: Field): string[] {
  return isUnknown(key) || (textAt(key) ?? "") !== "" ? [] : [`${shown(key)}: ${OUR_KEY}`];
}

// Unset, AWS keeps a deleted secret for 30 days.
function shortWindow(window: Field): string[] {
  const days = numberAt(window);
  if (days === undefined || days >= MINIMUM_WINDOW_DAYS) return [];
  return [`${shown(window)}: set it to ${MINIMUM_WINDOW_DAYS} at least, a deleted secret must be recoverable`];
}

function unrotated(rotation: Field): string[] {
  return isUnknown(rotation) || rotation.value === true ? [] : [`${shown(rotation)}: set it to true`];
}

function otherThanKms(rules: Field): string[] {
  if (isUnknown(rules)) return [];
  if (isMissing(rules) || items(rules).length === 0)
    return [`${shown(rules)}: add a rule with aws:kms and the stack's KMS key`];
  return items(rules).flatMap((rule) => {
    const algorithm = at(rule, "applyServerSideEncryptionByDefault", "sseAlgorithm");
    const kms = isUnknown(algorithm) || textAt(algorithm)?.startsWith("aws:kms") === true;
    return kms
      ? keyless(at(rule, "applyServerSideEncryptionByDefault", "kmsMasterKeyId"))
      : [`${shown(algorithm)}: set it to "aws:kms", with kmsMasterKeyId`];
  });
}
