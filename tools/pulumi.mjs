import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isExecutable, onPath, pulumiVersionsFolder, TOOLS } from "./paths.mjs";
import { run } from "./run.mjs";
import { isAtLeast, newestAtLeast, WANTED } from "./versions.mjs";

/** What `pulumi version` said of executables on PATH: asking again would cost every start 0.3 s. */
const KNOWN_VERSIONS = join(TOOLS, "pulumi-versions.json");

/** @returns {Record<string, string>} */
function knownVersions() {
  try {
    return JSON.parse(readFileSync(KNOWN_VERSIONS, "utf8"));
  } catch {
    return {};
  }
}

/** @param {string} executable */
function fingerprint(executable) {
  const { size, mtimeMs } = statSync(executable);
  return `${executable}:${size}:${mtimeMs}`;
}

/** The newest CLI in the version folder of Pulumi's own Automation API. */
function inVersionsFolder() {
  const folder = pulumiVersionsFolder();
  /** @type {string[]} */
  let versions = [];
  try {
    versions = readdirSync(folder).filter((version) => isExecutable(join(folder, version, "bin", "pulumi")));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    return undefined;
  }
  const newest = newestAtLeast(versions, WANTED.pulumi.minimum);
  return newest === undefined ? undefined : join(folder, newest, "bin", "pulumi");
}

/**
 * A Pulumi CLI that is new enough, as far as can be said without running one.
 * @returns {string | undefined} path of the executable
 */
export function locatePulumi() {
  const known = knownVersions();
  const suited = onPath("pulumi").find((pulumi) => isAtLeast(known[fingerprint(pulumi)] ?? "", WANTED.pulumi.minimum));
  return suited ?? inVersionsFolder();
}

/** Asks every CLI on PATH whose version isn't known yet, once. */
export async function learnVersionsOnPath() {
  const known = knownVersions();
  const unknown = onPath("pulumi").filter((pulumi) => known[fingerprint(pulumi)] === undefined);
  if (unknown.length === 0) return;
  for (const pulumi of unknown) {
    const version = await run(pulumi, ["version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } }).catch(() => "none");
    known[fingerprint(pulumi)] = version.trim();
  }
  mkdirSync(TOOLS, { recursive: true });
  writeFileSync(`${KNOWN_VERSIONS}.${process.pid}`, JSON.stringify(known, null, 2));
  renameSync(`${KNOWN_VERSIONS}.${process.pid}`, KNOWN_VERSIONS);
}
