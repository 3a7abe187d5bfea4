import type { z } from "zod";
import type { Json, Props } from "../handler.ts";
import type { Images } from "../images.ts";
import { hasUnknown, UNKNOWN } from "../wire.ts";
import type { Kind } from "./kinds.ts";
import { at, propsList } from "./props.ts";
import { SCHEMAS } from "./schemas/index.ts";

export interface CheckFailure {
  property: string;
  reason: string;
}

/** What is wrong with an object's inputs. What isn't known yet, in a preview, is right until it is known. */
export function checkObject(kind: Kind, inputs: Props): CheckFailure[] {
  const schema = SCHEMAS.get(kind);
  if (schema === undefined)
    return [{ property: "kind", reason: `${kind} can't be declared: the sandbox makes it itself` }];
  const parsed = schema.safeParse(inputs);
  if (parsed.success) return [];
  return parsed.error.issues.filter((issue) => !isUnknown(inputs, issue)).flatMap(failuresOf);
}

const IMAGES = "spec.template.spec.containers";

/** Images of a workload that the sandbox hasn't built: a pod would wait for them in vain, so the preview says it. */
export function checkImages(inputs: Props, images: Pick<Images, "has">): CheckFailure[] {
  return propsList(at(inputs, IMAGES)).flatMap(({ image }, index) => {
    if (typeof image !== "string" || image === UNKNOWN || images.has(image)) return [];
    const property = `${IMAGES}[${index}].image`;
    const name = image.split("@")[0];
    return [{ property, reason: `image ${image} is not in the sandbox: runbook sandbox build DIR --name ${name}` }];
  });
}

function failuresOf(issue: z.core.$ZodIssue): CheckFailure[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      property: pathText([...issue.path, key]),
      reason: `${pathText([...issue.path, key])} is a field that the sandbox's cluster doesn't know: check its spelling`,
    }));
  }
  return [{ property: pathText(issue.path), reason: `${pathText(issue.path)}: ${issue.message}` }];
}

function isUnknown(inputs: Props, issue: z.core.$ZodIssue): boolean {
  let value: Json | undefined = inputs;
  for (const key of issue.path) {
    value = child(value, key);
    if (value === UNKNOWN) return true;
  }
  return issue.code === "custom" && hasUnknown(value);
}

function child(value: Json | undefined, key: PropertyKey): Json | undefined {
  if (Array.isArray(value)) return typeof key === "number" ? value[key] : undefined;
  if (value === null || typeof value !== "object") return undefined;
  return value[String(key)];
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}
