import type { LabelSelector } from "./schemas/common.ts";

type Requirement = NonNullable<LabelSelector["matchExpressions"]>[number];

/** Whether labels satisfy a selector; an empty selector matches everything. */
export function matchesSelector(selector: LabelSelector, labels: Record<string, string>): boolean {
  const requirements = selector.matchExpressions ?? [];
  return (
    matchesLabels(selector.matchLabels ?? {}, labels) && requirements.every((requirement) => holds(requirement, labels))
  );
}

function holds({ key, operator, values }: Requirement, labels: Record<string, string>): boolean {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && (values ?? []).includes(value);
    case "NotIn":
      return value === undefined || !(values ?? []).includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}

/** Whether labels have every wanted value. */
export function matchesLabels(wanted: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/**
 * Reads the API's labelSelector parameter, e.g. `app=web,tier in (a,b),!old`.
 * @throws Error naming the part that can't be read.
 */
export function parseLabelSelector(text: string): LabelSelector {
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  const expressions = parts.filter((part) => part !== "").map(parseRequirement);
  return { matchExpressions: expressions };
}

function parseRequirement(part: string): Requirement {
  const set = /^([^\s!=,()]+)\s+(in|notin)\s+\(([^()]*)\)$/.exec(part);
  if (set?.[1] !== undefined && set[3] !== undefined) {
    const values = set[3].split(",").map((value) => value.trim());
    return { key: set[1], operator: set[2] === "in" ? "In" : "NotIn", values };
  }
  const equality = /^([^\s!=,()]+)\s*(=|==|!=)\s*([^\s!=,()]*)$/.exec(part);
  if (equality?.[1] !== undefined && equality[3] !== undefined) {
    return { key: equality[1], operator: equality[2] === "!=" ? "NotIn" : "In", values: [equality[3]] };
  }
  const presence = /^(!?)([^\s!=,()]+)$/.exec(part);
  if (presence?.[2] !== undefined)
    return { key: presence[2], operator: presence[1] === "!" ? "DoesNotExist" : "Exists" };
  throw new Error(`unable to parse requirement: "${part}"`);
}
