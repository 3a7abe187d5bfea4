import { z } from "zod";
import type { CheckFailure } from "../handler.ts";
import { hasUnknown, isObject, type Json, type Props } from "../wire.ts";

export const text = z.string();
export const count = z.int();
export const flag = z.boolean();
export const texts = z.array(text);

/**
 * A resource's tags: CloudWatch Logs' TagValue and ElastiCache's and EC2's documentation take these characters alone (botocore, logs:
 * TagKey and TagValue), and no key may begin with `aws:`; the lengths are those of every service's Tag.
 */
export const tags = z
  .record(
    text
      .min(1)
      .max(128, "has at most 128 characters")
      .regex(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u, "isn't a tag's key"),
    text
      .max(256, "has at most 256 characters")
      .regex(
        /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
        "holds characters that no tag may have: letters, digits, spaces and _.:/=+-@ alone",
      ),
  )
  .refine((all) => Object.keys(all).length <= 50, { error: "has at most 50 tags" });

/** What a resource is for, as EC2 takes it (terraform-provider-aws, ec2: validSecurityGroupRuleDescription; EC2's documentation). */
export const ec2Description = text
  .max(255, "has at most 255 characters")
  .regex(/^[A-Za-z0-9 ._:/()#,@[\]+=;{}!$*-]*$/, "holds letters, digits, spaces and ._-:/()#,@[]+=;{}!$* alone");

/** An ARN of a service, any where none is named. */
export const arnOf = (service = "[a-z0-9-]+") =>
  text.regex(new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]*:\\d*:.+$`), {
    error: `isn't the ARN of ${service.startsWith("[") ? "anything in AWS" : `something in ${service}`}`,
  });

/** A JSON document in a string, as policies and dashboards are. */
export const jsonText = text.refine(
  (value) => {
    try {
      return isObject(JSON.parse(value));
    } catch {
      return false;
    }
  },
  { error: "isn't a JSON document" },
);

/** The inputs of a regional resource: the required ones, the optional ones, and the region. */
export function inputsOf<R extends z.ZodRawShape, O extends z.ZodRawShape>(required: R, optional: O) {
  return z.strictObject({ ...required, ...z.strictObject({ ...optional, region: text }).partial().shape });
}

/** A relation between inputs that AWS refuses; it is judged once everything it speaks of is known. */
export interface Rule {
  of: readonly string[];
  property: string;
  broken(inputs: Props): boolean;
  reason: string;
}

function valueAt(inputs: Props, path: readonly PropertyKey[]): Json | undefined {
  let value: Json | undefined = inputs;
  for (const step of path) {
    if (Array.isArray(value) && typeof step === "number") value = value[step];
    else if (isObject(value) && typeof step === "string") value = value[step];
    else return value;
  }
  return value;
}

function failuresOf(type: string, issue: z.core.$ZodIssue): CheckFailure[] {
  const at = issue.path.map(String).join(".");
  if (issue.code !== "unrecognized_keys") return [{ property: at, reason: issue.message }];
  return issue.keys.map((key) => ({
    property: at === "" ? key : `${at}.${key}`,
    reason: `${type} has no property ${key}${at === "" ? "" : ` in ${at}`}`,
  }));
}

/** Everything that is wrong with a type's inputs; what isn't known yet is given the benefit of the doubt. */
export function judge(type: string, schema: z.ZodType, rules: readonly Rule[], inputs: Props): CheckFailure[] {
  const parsed = schema.safeParse(inputs);
  const issues = parsed.success ? [] : parsed.error.issues;
  const certain = issues.filter(
    (issue) => issue.code === "unrecognized_keys" || !hasUnknown(valueAt(inputs, issue.path)),
  );
  if (certain.length > 0) return certain.flatMap((issue) => failuresOf(type, issue));
  return rules
    .filter(({ of, broken }) => !of.some((property) => hasUnknown(inputs[property])) && broken(inputs))
    .map(({ property, reason }) => ({ property, reason }));
}
