import { z } from "zod";
import { badInput, EXIT } from "../../infra/errors.ts";
import { ask, mustBeUp, type Print, type SandboxOptions } from "./sandbox.ts";

export interface FaultOptions extends SandboxOptions {
  /** What to break: see faultSchema. */
  fault: string;
  /** a state such as down or up, a key's name, or milliseconds */
  what: string;
  stack?: string | undefined;
}

/** Faults of one secret. */
const NAMING: ReadonlySet<string> = new Set(["key-accepted", "key-revoked", "revoke-ignored", "unmanaged-version"]);

function requestOf({ fault, what, stack }: FaultOptions): Record<string, unknown> {
  if (fault === "latency") {
    if (stack !== undefined) throw badInput("latency is of the whole gateway: leave --stack out");
    return { fault, milliseconds: Number(what) };
  }
  return {
    fault,
    ...(NAMING.has(fault)
      ? { name: what }
      : fault === "supabase-latency"
        ? { milliseconds: Number(what) }
        : { state: what }),
    ...(stack === undefined ? {} : { stack }),
  };
}

/** `runbook sandbox fault`: breaks or mends something and says what. @throws Refusal (exit 2) for a fault that there isn't */
export async function fault(options: FaultOptions, print: Print): Promise<number> {
  const request = { method: "POST", path: "/fault", body: requestOf(options) } as const;
  const { told } = await ask(mustBeUp(options), request, z.object({ told: z.array(z.string()) }));
  for (const line of told) print(line);
  return EXIT.done;
}
