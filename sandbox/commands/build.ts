import { resolve } from "node:path";
import { z } from "zod";
import { EXIT } from "../../infra/errors.ts";
import { ask, mustBeUp, type Print, type SandboxOptions } from "./sandbox.ts";

export interface BuildOptions extends SandboxOptions {
  folder: string;
  name: string;
}

/** `runbook sandbox build`: makes an image of a folder and prints its reference. @throws Refusal (exit 2) for a bad folder or name */
export async function build(options: BuildOptions, print: Print): Promise<number> {
  const body = { folder: resolve(options.folder), name: options.name };
  const built = await ask(
    mustBeUp(options),
    { method: "POST", path: "/images", body },
    z.object({ reference: z.string() }),
  );
  print(built.reference);
  return EXIT.done;
}
