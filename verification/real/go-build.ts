import { mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
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
  /** the folder whose go.mod and go.sum pin everything */
  module: string;
  /** flags for the linker, such as a version to stamp */
  linkerFlags: string;
  why: string;
  /** about how long it takes on two cores */
  about: string;
  /** makes the folder to build in out of `module`, where that isn't `module` itself */
  prepare?: (go: string, fresh: string) => Promise<string>;
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

async function build(program: GoProgram, go: string, path: string): Promise<void> {
  const fresh = `${dirname(path)}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  try {
    const cwd = (await program.prepare?.(go, join(fresh, "module"))) ?? program.module;
    const flags = ["-trimpath", "-ldflags", `-s -w ${program.linkerFlags}`.trim()];
    const built = join(fresh, program.name);
    await run(go, ["build", ...flags, "-o", built, program.main], { cwd, env: GO_ENVIRONMENT });
    mkdirSync(dirname(path), { recursive: true });
    renameSync(built, path);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * Builds a program from Go's modules, once for this user, and says where it lies.
 * @throws Missing with the compiler's words where it can't be built
 */
export async function goProgram(program: GoProgram): Promise<string> {
  const path = join(CACHE, `${program.name}-${program.version}`, program.name);
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
