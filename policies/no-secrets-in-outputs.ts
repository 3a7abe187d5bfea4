import { credentialsBelow, soundsSecret } from "./reading/credentials.ts";
import { entries, textAt } from "./reading/inputs.ts";
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
  const named = entries(props).filter(([name, value]) => soundsSecret(name) && textAt(value) !== undefined);
  const told = new Set(named.map(([name]) => name));
  return [
    ...named.map(([name]) => `output ${name} sounds like a secret: ${REMEDY}`),
    ...credentialsBelow(props, (path) => told.has(path)).map(
      ({ path, what }) => `output ${path} has ${what}: ${REMEDY}`,
    ),
  ];
}
