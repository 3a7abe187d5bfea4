import { credentialsBelow, soundsSecret } from "./reading/credentials.ts";
import { entries, type Field, items, textAt } from "./reading/inputs.ts";
import { type StackResource, stackPolicy } from "./reading/policies.ts";
import { STACK } from "./reading/types.ts";

const REMEDY = "remove it from the outputs; whoever needs it reads the Secrets Manager entry";

/** Outputs are read by other stacks, printed by the CLI and kept with every update. */
export const noSecretsInOutputs = stackPolicy({
  name: "no-secrets-in-outputs",
  description: "No output of the stack is a secret.",
  severity: "critical",
  remediationSteps: "Don't return secrets from the program; export the name or the ARN of their entry.",
  findings: (resources) =>
    resources
      .filter(({ type }) => type === STACK)
      .flatMap((stack) => problemsOf(stack).map((problem) => ({ urn: stack.urn, problem }))),
});

function problemsOf({ props }: StackResource): string[] {
  const named = new Set(namedBelow(props).map(({ path }) => path));
  return [
    ...[...named].map((path) => `output ${path} sounds like a secret: ${REMEDY}`),
    ...credentialsBelow(props, (path) => named.has(path)).map(
      ({ path, what }) => `output ${path} has ${what}: ${REMEDY}`,
    ),
  ];
}

/** A release's literals: the same names are judged in its ConfigMap, by no-secrets-in-clear and its `harmlessNames`. */
const LITERALS = /^releaseState\.(releases|migrations)\[\d+\]\.configuration$/;

/** Every text whose own name sounds like a secret, in a list of that name too. */
function namedBelow(field: Field): Field[] {
  if (LITERALS.test(field.path)) return [];
  const named = entries(field)
    .filter(([name]) => soundsSecret(name))
    .flatMap(([, value]) => [value, ...items(value)])
    .filter(holdsText);
  const inside = [...items(field), ...entries(field).map(([, value]) => value)];
  return [...named, ...inside.flatMap(namedBelow)];
}

/** An ARN says where a secret is, and `g3` which generation of it: neither is one. */
function holdsText(field: Field): boolean {
  const text = textAt(field);
  return text !== undefined && !/^(arn:[a-z-]+:\S+|g\d+)$/.test(text);
}
