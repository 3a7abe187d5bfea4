import { isDeepStrictEqual } from "node:util";
import { at, type Field, isMissing, isUnknown, items, numberAt, shown, textAt } from "./reading/inputs.ts";
import { isKind, objectsOf } from "./reading/kubernetes.ts";
import { numberListSetting, resourcePolicy, textSetting } from "./reading/policies.ts";
import { GATEWAY, RELEASE_HEADER } from "./reading/types.ts";

/** How the header's value begins that asks for no release: its rule shares out as users' does, and its answers say who gave them. */
const BY_WEIGHT = "by-weight.";

/** Weights are shares of 100 so that a person can read them, and a release is tested by its header before it has any. */
export const weights = resourcePolicy({
  name: "weights",
  description: "A route's weights sum to 100, and each release can be reached by its header.",
  severity: "critical",
  remediationSteps: `Give every backendRef of the rule without a header match an integer weight, 100 in all, and every release a rule that matches ${RELEASE_HEADER}.`,
  configSchema: {
    properties: {
      header: { type: "string", default: RELEASE_HEADER },
      steps: { type: "array", items: { type: "integer", minimum: 1, maximum: 100 }, default: [] },
    },
  },
  concerns: (type) => isKind(type, GATEWAY, "HTTPRoute"),
  problems: ({ type, props }, settings) =>
    objectsOf(type, props).flatMap((route) => {
      const rules = at(route.props, "spec", "rules");
      // Rules are one list to server-side apply: a patch that sets them sets them all.
      return route.patch && isMissing(rules) ? [] : wrongRules(rules, settings);
    }),
});

function wrongRules(rules: Field, settings: Field): string[] {
  const header = textSetting(settings, "header", RELEASE_HEADER);
  if (isUnknown(rules) || items(rules).some((rule) => isUnknown(at(rule, "matches")))) return [];
  const open = items(rules).filter((rule) => headersOf(rule).length === 0);
  const [shared] = open;
  if (shared === undefined)
    return [`${rules.path} has no rule without a header match: add one that splits the traffic`];
  if (open.length > 1)
    return [`${rules.path} has ${open.length} rules without a header match: keep one, the others never get traffic`];
  const backends = at(shared, "backendRefs");
  return [
    ...wrongShares(backends),
    ...besideSteps(items(backends), numberListSetting(settings, "steps")),
    ...unreachable(items(rules), items(backends), header),
    ...sharedOtherwise(items(rules), backends, header),
  ];
}

function wrongShares(backends: Field): string[] {
  if (isUnknown(backends)) return [];
  const shares = items(backends).map((backend) => at(backend, "weight"));
  const wrong = shares.flatMap(wrongShare);
  if (wrong.length > 0) return wrong;
  const sum = shares.reduce((total, share) => total + (numberAt(share) ?? 0), 0);
  const mayBeMore = shares.some(isUnknown);
  if (sum === 100 || (mayBeMore && sum < 100)) return [];
  return [`${backends.path} have weights that sum to ${sum}: make it 100`];
}

function wrongShare(share: Field): string[] {
  if (isUnknown(share)) return [];
  const weight = numberAt(share);
  if (weight !== undefined && Number.isInteger(weight) && weight >= 0 && weight <= 100) return [];
  return [`${shown(share)}: give it an integer from 0 to 100`];
}

/** With the steps of a canary set, a release has none of the traffic, a step of it, or what a step leaves. */
function besideSteps(backends: readonly Field[], steps: readonly number[]): string[] {
  if (steps.length === 0) return [];
  // A canary with a copy of the stable release beside it, of the same weight.
  const besideCopy = steps.map((step) => Math.max(0, 100 - 2 * step));
  const allowed = new Set([0, 100, ...steps, ...steps.map((step) => 100 - step), ...besideCopy]);
  return backends.flatMap((backend) => {
    const share = at(backend, "weight");
    const weight = numberAt(share);
    if (weight === undefined || allowed.has(weight)) return [];
    return [`${shown(share)}, which is not a step of the canary: use ${steps.join(", ")}`];
  });
}

function unreachable(rules: readonly Field[], backends: readonly Field[], header: string): string[] {
  const ways = rules.filter(
    (rule) => headersOf(rule).some((match) => matchesOn(match, header)) && !isByWeight(rule, header),
  );
  return backends.flatMap((backend) => {
    const name = at(backend, "name");
    if (isUnknown(name) || ways.some((rule) => leadsTo(rule, textAt(name)))) return [];
    return [
      `${shown(name)}, which no rule with a match on ${header} leads to: add one, so that it can be tested at weight 0`,
    ];
  });
}

/** What is measured on the rule whose answers are named is taken for users' requests: both have to share out alike. */
function sharedOtherwise(rules: readonly Field[], backends: Field, header: string): string[] {
  if (isUnknown(backends)) return [];
  const asked = sharesOf(backends);
  return rules.flatMap((rule) => {
    const own = at(rule, "backendRefs");
    if (!isByWeight(rule, header) || isUnknown(own) || isDeepStrictEqual(sharesOf(own), asked)) return [];
    return [`${own.path} split traffic differently from ${backends.path}: give both the same backends and weights`];
  });
}

const sharesOf = (backends: Field) => items(backends).map((one) => [at(one, "name").value, at(one, "weight").value]);

function isByWeight(rule: Field, header: string): boolean {
  return headersOf(rule).some(
    (match) => matchesOn(match, header) && textAt(at(match, "value"))?.startsWith(BY_WEIGHT) === true,
  );
}

function headersOf(rule: Field): Field[] {
  return items(at(rule, "matches")).flatMap((match) => {
    const headers = at(match, "headers");
    return isUnknown(headers) ? [headers] : items(headers);
  });
}

function matchesOn(match: Field, header: string): boolean {
  const name = at(match, "name");
  return isUnknown(name) || (textAt(name)?.toLowerCase() === header.toLowerCase() && !isMissing(at(match, "value")));
}

function leadsTo(rule: Field, service: string | undefined): boolean {
  const backends = at(rule, "backendRefs");
  if (isUnknown(backends)) return true;
  return items(backends).some((backend) => {
    const name = at(backend, "name");
    return isUnknown(name) || textAt(name) === service;
  });
}
