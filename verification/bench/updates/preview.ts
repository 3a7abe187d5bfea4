import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { engine } from "./engine.ts";
import { inTurns } from "./measure.ts";
import { printTable, type Write } from "./table.ts";

const ROOT = join(import.meta.dirname, "../../..");
const KEY = "awskms://alias/production-runbooks-staging?region=eu-west-1&awssdk=v2";
const TARGET = 1.5;

/** A program without a resource, and one that doesn't even load the SDK. */
const PROGRAMS = {
  empty: 'import { getStack } from "@pulumi/pulumi";\n\nexport const stack = getStack();\n',
  bare: "export {};\n",
};

/** A project of one program, on the sandbox's backend with the sandbox's key, previewed once it is up to date. */
async function makeProject(room: string, name: keyof typeof PROGRAMS): Promise<string> {
  const folder = join(room, name);
  await mkdir(folder);
  const runtime = { name: "nodejs", options: { typescript: false } };
  await writeFile(join(folder, "Pulumi.yaml"), stringify({ name: `bench-${name}`, runtime, main: "index.ts" }));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(folder, "index.ts"), PROGRAMS[name]);
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await engine(["stack", "init", "bench", "--secrets-provider", KEY], {}, folder);
  await engine(["up", "--yes", "--skip-preview", "--stack", "bench"], {}, folder);
  return folder;
}

/** A no-op preview of production against one of an empty program, on the same engine and backend. */
export async function benchPreview(rounds: number, write: Write): Promise<void> {
  const room = await mkdtemp(join(tmpdir(), "runbook-bench-"));
  try {
    const empty = await makeProject(room, "empty");
    const bare = await makeProject(room, "bare");
    const preview = (stack: string, cwd?: string) => () =>
      engine(["preview", "--stack", stack, "--expect-no-changes"], {}, cwd);
    const seconds = await inTurns(
      rounds,
      { production: preview("production"), empty: preview("bench", empty), bare: preview("bench", bare) },
      (name, took) => write(`  preview, ${name}: ${took.toFixed(2)} s`),
    );
    const { production = [], empty: against = [], bare: least = [] } = seconds;
    printTable(write, "A preview that finds nothing to do", [
      { what: "an empty program (imports @pulumi/pulumi)", seconds: against, against: null, target: null },
      { what: "production, 70 resources and more", seconds: production, against, target: TARGET },
      { what: "a program of `export {}`", seconds: least, against, target: null },
    ]);
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}
