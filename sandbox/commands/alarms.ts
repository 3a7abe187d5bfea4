import { z } from "zod";
import { EXIT } from "../../infra/errors.ts";
import { ask, mustBeUp, type Print, type SandboxOptions } from "./sandbox.ts";

export interface AlarmsOptions extends SandboxOptions {
  stack: string;
  format: "json" | "text";
}

export const alarmStates = z.object({
  alarms: z.array(z.object({ name: z.string(), state: z.string(), value: z.number().nullable() })),
});

/** `runbook sandbox alarms`: the state of every alarm that a stack has declared. @throws Refusal (exit 2) for a stack that there isn't */
export async function alarms({ stack, format, ...options }: AlarmsOptions, print: Print): Promise<number> {
  const request = { method: "POST", path: "/alarms", body: { stack } } as const;
  const answered = await ask(mustBeUp(options), request, alarmStates);
  if (format === "json") print(JSON.stringify(answered));
  else for (const { name, state, value } of answered.alarms) print(`${state.padEnd(17)}  ${name}  ${value ?? "-"}`);
  return EXIT.done;
}
