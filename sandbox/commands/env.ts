import { EXIT } from "../../infra/errors.ts";
import { sandboxEnvironment } from "./environment.ts";
import { mustBeUp, type Print, pathsOf, type SandboxOptions } from "./sandbox.ts";

/** A value for a shell, whatever is in it. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** `runbook sandbox env`: prints shell exports. @throws Refusal (exit 2) where the sandbox isn't up */
export async function env(options: SandboxOptions, print: Print): Promise<number> {
  const variables = sandboxEnvironment(pathsOf(options), mustBeUp(options));
  for (const [name, value] of Object.entries(variables)) print(`export ${name}=${quoted(value)}`);
  return EXIT.done;
}
