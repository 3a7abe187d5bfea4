import { z } from "zod";
import { EXIT } from "../../infra/errors.ts";
import { STAGES } from "../cloud/accounts.ts";
import { readReady } from "../cloud/state.ts";
import { ask, type Print, pathsOf, type SandboxOptions } from "./sandbox.ts";

const storeSchema = z.looseObject({ state: z.string(), port: z.int().nullable() });
const podSchema = z.looseObject({
  name: z.string(),
  release: z.string().nullable(),
  phase: z.string(),
  ready: z.boolean(),
  pid: z.int().nullable(),
  port: z.int().nullable(),
});
const stackSchema = z.looseObject({
  gateway: z.string(),
  pods: z.array(podSchema),
  stores: z.record(z.string(), storeSchema),
});
const statusSchema = z.looseObject({
  stacks: z.object({ staging: stackSchema, production: stackSchema }),
  images: z.array(z.object({ reference: z.string(), folder: z.string() })),
  services: z.record(z.string(), z.string()),
  inbox: z.array(z.looseObject({ at: z.string(), channel: z.string(), headline: z.string() })),
});

type Stack = z.infer<typeof stackSchema>;

export interface StatusOptions extends SandboxOptions {
  format: "json" | "text";
}

function stackLines(name: string, { gateway, pods, stores }: Stack): string[] {
  return [
    `${name}  ${gateway}`,
    ...pods.map(
      ({ name: pod, phase, ready, pid, port }) =>
        `  ${pod}  ${ready ? "ready" : phase.toLowerCase()}  pid ${pid ?? "-"}  port ${port ?? "-"}`,
    ),
    ...Object.entries(stores).map(([store, { state, port }]) => `  ${store}  ${state}  port ${port ?? "-"}`),
  ];
}

/** `runbook sandbox status`: each stack's gateway, pods and stores, and the images; never a secret. */
export async function status(options: StatusOptions, print: Print): Promise<number> {
  const ready = readReady(pathsOf(options));
  if (ready === null) {
    print(options.format === "json" ? JSON.stringify({ up: false }) : "the sandbox isn't up");
    return EXIT.done;
  }
  const found = await ask(ready, { method: "GET", path: "/status" }, statusSchema);
  if (options.format === "json") {
    print(JSON.stringify({ up: true, ...found }));
    return EXIT.done;
  }
  for (const stage of STAGES) for (const line of stackLines(stage, found.stacks[stage])) print(line);
  print("images");
  for (const { reference, folder } of found.images) print(`  ${reference}  ${folder}`);
  print("inbox");
  for (const { at, channel, headline } of found.inbox) print(`  ${at}  ${channel}  ${headline}`);
  return EXIT.done;
}
