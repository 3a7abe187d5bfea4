import { chmodSync, cpSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { announced, sayWaiting } from "../../tools/announce.mjs";
import { withLock } from "../../tools/lock.mjs";
import { isExecutable, onPath } from "../../tools/paths.mjs";
import { missing, reasonOf } from "../../tools/problem.mjs";
import { run } from "../../tools/run.mjs";

/** Where what takes long to build is kept for every checkout of this user. */
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "production-runbooks", "real");

/** A program that is built from Go's modules. */
export interface GoProgram {
  name: string;
  version: string;
  /** the import path of its main package, or `.` */
  main: string;
  /** the folder to build in, whose go.mod and go.sum pin everything; `fresh` may be made for it, and is removed afterwards */
  module(go: string, fresh: string): string | Promise<string>;
  /** flags for the linker, such as a version to stamp */
  linkerFlags: string;
  why: string;
  /** about how long it takes on two cores */
  about: string;
}

/** A larger heap spares the compiler most of its collections. */
export const GO_ENVIRONMENT = { GOGC: "400", CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=mod -modcacherw" };

/**
 * The path of Go's command.
 * @throws Missing where there is none
 */
export function goOnPath(): string {
  const go = onPath("go")[0] ?? "/usr/local/go/bin/go";
  if (isExecutable(go)) return go;
  throw missing("Go 1.26 or newer", ["there is no `go` on PATH"], "Install it from https://go.dev/dl/.");
}

const moduleSchema = z.object({ Dir: z.string() });

/** The folder of a module such as `example.com/one@v1.2.3` in Go's cache, downloaded where it isn't there. It is read-only. */
export async function moduleFolder(go: string, module: string, cwd = import.meta.dirname): Promise<string> {
  const found = await run(go, ["mod", "download", "-json", module], { cwd, env: GO_ENVIRONMENT });
  return moduleSchema.parse(JSON.parse(found)).Dir;
}

/** Copies a folder of Go's cache so that it can be changed. */
export function copyWritable(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  writable(to);
}

function writable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) writable(join(folder, entry.name));
  }
}

async function build(program: GoProgram, go: string, path: string): Promise<void> {
  const fresh = `${dirname(path)}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  try {
    const cwd = await program.module(go, join(fresh, "module"));
    const flags = ["-trimpath", "-ldflags", `-s -w ${program.linkerFlags}`.trim()];
    const built = join(fresh, program.name);
    await run(go, ["build", ...flags, "-o", built, program.main], { cwd, env: GO_ENVIRONMENT });
    mkdirSync(dirname(path), { recursive: true });
    renameSync(built, path);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

const placeOf = ({ name, version }: GoProgram): string => join(CACHE, `${name}-${version}`, name);

/** Whether it has been built for this user already. */
export const isBuilt = (program: GoProgram): boolean => isExecutable(placeOf(program));

/**
 * Builds a program from Go's modules, once for this user, and says where it lies.
 * @throws Missing with the compiler's words where it can't be built
 */
export async function goProgram(program: GoProgram): Promise<string> {
  const path = placeOf(program);
  if (isExecutable(path)) return path;
  const go = goOnPath();
  await withLock(
    `${dirname(path)}.lock`,
    (owner: number) => sayWaiting(program.name, owner),
    async () => {
      if (isExecutable(path)) return;
      const what = `${program.name} ${program.version} from its source`;
      const about = `${program.about} on 2 cores, once`;
      await announced({ what, why: program.why, about }, () => build(program, go, path)).catch((error: unknown) => {
        throw missing(
          what,
          [`build: ${reasonOf(error)}`],
          "Its modules come from Go's module proxy (GOPROXY); run the command again once that can be reached.",
        );
      });
    },
  );
  return path;
}
