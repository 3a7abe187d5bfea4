/**
 * `npm run test:real -- [SCENARIO...] [--parts P]... [--program FOLDER]`: plays the scenarios on real parts and on the stand-ins, in a
 * network namespace of its own, and prints how each went on which. Exit 0 only where all hold and nothing differs.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Argument, Option } from "commander";
import pc from "picocolors";
import { z } from "zod";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { SCENARIOS } from "../scenarios/index.ts";
import { PARTS, ROOT } from "../scenarios/world.ts";
import type { InsideOptions } from "./inside.ts";
import { inNamespace } from "./namespace.ts";
import { realParts } from "./parts.ts";

const EXIT_BROKEN = 70;

const command = scriptCommand(
  "test:real",
  "Play the scenarios on a real control plane, the official provider and a real Gateway, and on the stand-ins.",
)
  .addArgument(
    new Argument("[scenario...]", "which; all of them where none is named").choices(SCENARIOS.map(({ name }) => name)),
  )
  .addOption(new Option("--parts <parts...>", "on which parts").choices(PARTS).default([...PARTS]))
  .option("--program <folder>", "another checkout whose program, policies and command are tried", ROOT)
  .addHelpText(
    "after",
    `
The first run builds etcd, Kubernetes, Traefik and the official Pulumi provider from the Go module proxy, once for a user: Go 1.26
and some 40 minutes of CPU time. It needs root or user namespaces, util-linux and iproute2; 1 GB of memory.

Scenarios:
${SCENARIOS.map(({ name, title }) => `  ${name.padEnd(22)} ${title}`).join("\n")}`,
  )
  .parse();
const { parts, program } = z.object({ parts: z.array(z.enum(PARTS)), program: z.string() }).parse(command.opts());

async function main(): Promise<number> {
  const options: InsideOptions = {
    scenarios: command.args.length === 0 ? SCENARIOS.map(({ name }) => name) : command.args,
    parts,
    program: resolve(program),
    real: parts.includes("real parts") ? await realParts() : null,
  };
  const inside = [process.execPath, join(import.meta.dirname, "inside.ts"), JSON.stringify(options)];
  // Whatever is killed with the namespace has its files here.
  const room = await mkdtemp(join(tmpdir(), "test-real-"));
  return inNamespace(inside, { ...process.env, TMPDIR: room }).finally(() =>
    rm(room, { recursive: true, force: true }),
  );
}

process.exitCode = await main().catch((error: unknown) => {
  const expected = error instanceof Error && error.name === "Missing";
  process.stderr.write(pc.red(`${error instanceof Error ? error.message : String(error)}\n`));
  return expected ? 2 : EXIT_BROKEN;
});
