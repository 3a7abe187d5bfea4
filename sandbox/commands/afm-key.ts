import { z } from "zod";
import { EXIT } from "../../infra/errors.ts";
import { ask, mustBeUp, type Print, type SandboxOptions } from "./sandbox.ts";

export interface AfmKeyOptions extends SandboxOptions {
  stack: string;
}

/** `runbook sandbox afm-key`: makes a key in AFM's console and prints it. @throws Refusal (exit 2) for an unknown stack */
export async function afmKey({ stack, ...options }: AfmKeyOptions, print: Print): Promise<number> {
  const request = { method: "POST", path: "/afm-keys", body: { stack } } as const;
  const { key } = await ask(mustBeUp(options), request, z.object({ key: z.string() }));
  print(key);
  return EXIT.done;
}
