import { join, resolve } from "node:path";
import { z } from "zod";
import { badInput } from "../../infra/errors.ts";
import { pathsIn, type Ready, readReady, type SandboxPaths } from "../cloud/state.ts";

/** The repository's root. */
export const ROOT = join(import.meta.dirname, "../..");

/** Writes one line for people, or one of the answer. */
export type Print = (line: string) => void;

/** Which sandbox a command is about; tests have their own. */
export interface SandboxOptions {
  paths?: SandboxPaths;
}

/** Names another folder of the repository for a sandbox, so that several can be up side by side. */
export const FOLDER_VARIABLE = "RUNBOOKS_SANDBOX";

/** The paths of the sandbox that a command is about. */
export function pathsOf({ paths }: SandboxOptions): SandboxPaths {
  return paths ?? pathsIn(resolve(ROOT, process.env[FOLDER_VARIABLE] ?? ".sandbox"));
}

/** The running sandbox. @throws Refusal (exit 2) where there is none */
export function mustBeUp(options: SandboxOptions): Ready {
  const ready = readReady(pathsOf(options));
  if (ready === null) throw badInput("the sandbox isn't up: start it with `runbook sandbox up`");
  return ready;
}

const problemsSchema = z.object({ problems: z.array(z.string()) });

/**
 * Asks the daemon's control API and parses its answer.
 * @throws Refusal (exit 2) with the daemon's reasons where it refuses
 */
export async function ask<T>(
  { control }: Ready,
  operation: { method: "GET" | "POST"; path: string; body?: unknown },
  schema: z.ZodType<T>,
): Promise<T> {
  const response = await fetch(new URL(operation.path, control.url), {
    method: operation.method,
    headers: { authorization: `Bearer ${control.token}`, "content-type": "application/json" },
    ...(operation.body === undefined ? {} : { body: JSON.stringify(operation.body) }),
  });
  const text = await response.text();
  const answer: unknown = text === "" ? null : JSON.parse(text);
  if (response.ok) return schema.parse(answer);
  const refused = problemsSchema.safeParse(answer);
  throw badInput(...(refused.success ? refused.data.problems : [`the sandbox answered ${response.status}`]));
}
