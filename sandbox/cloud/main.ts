import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Control, serveControl } from "./control.ts";
import { lentSchema } from "./lent/place.ts";
import { openProcesses } from "./processes.ts";
import type { Report } from "./report.ts";
import { pathsIn, writeReady } from "./state.ts";
import { startWorld, type World } from "./world.ts";

const [root = ".sandbox", lent] = process.argv.slice(2);
const paths = pathsIn(root);
const processes = openProcesses(paths.processes);
const self = processes.recordSelf("the sandbox's daemon");

let world: World | null = null;
let control: Control | null = null;
let leaving = false;

const report = (message: Report): void => {
  if (message.kind === "progress") process.stdout.write(`${message.line}\n`);
  if (process.connected) process.send?.(message);
};

/** Ends everything that was started, however far the start had come, and then the daemon. */
const leave = async (exitCode: number): Promise<void> => {
  if (leaving) return;
  leaving = true;
  await control?.close();
  await world?.close().catch((error: unknown) => process.stderr.write(`${error}\n`));
  await processes.endAll();
  process.exit(exitCode);
};

const fail = (error: unknown): void => {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${error instanceof Error ? error.stack : reason}\n`);
  report({ kind: "failed", reason });
  void leave(1);
};

process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void leave(0));
// Whoever started the daemon waits until it is ready; where they have gone before, nobody wants it.
process.once("disconnect", () => {
  if (control === null) void leave(1);
});

const records = join(paths.records, new Date().toISOString().slice(0, 19).replaceAll(":", "-"));
for (const folder of [paths.logs, paths.stores, paths.images, paths.backend, paths.pulumiHome, records]) {
  mkdirSync(folder, { recursive: true });
}
try {
  world = await startWorld({
    paths,
    versions: join(import.meta.dirname, "../app/versions"),
    processes,
    lent: lent === undefined ? null : lentSchema.parse(JSON.parse(lent)),
    progress: (line) => report({ kind: "progress", line }),
  });
  control = await serveControl(world, () => void leave(0));
  writeReady(paths, {
    pid: self.pid,
    startTime: self.startTime,
    control: { url: control.url, token: control.token },
    providers: world.providers,
    kms: world.kms,
    logs: world.logs,
    registry: world.registry,
    services: world.services,
    caFile: world.caFile,
    inbox: world.inbox,
    proofs: world.proofs,
    records,
  });
  report({ kind: "ready" });
} catch (error) {
  fail(error);
}
