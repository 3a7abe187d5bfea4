import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { announced, sayNote } from "./announce.mjs";
import { isExecutable, onPath, pulumiVersionsFolder, ROOT } from "./paths.mjs";
import { missing, reasonOf } from "./problem.mjs";
import { learnVersionsOnPath, locatePulumi } from "./pulumi.mjs";
import { run } from "./run.mjs";
import { WANTED } from "./versions.mjs";

const { install: VERSION, minimum: MINIMUM } = WANTED.pulumi;
const BUILD = join(ROOT, "sandbox", "engine", "build");
const DOWNLOAD_MS = { answer: 5_000, whole: 240_000 };

/**
 * Name of the official archive for a platform, or undefined where there is none.
 * @param {string} platform
 * @param {string} arch
 */
export function archiveName(platform, arch) {
  const built = (platform === "linux" || platform === "darwin") && (arch === "x64" || arch === "arm64");
  return built ? `pulumi-v${VERSION}-${platform}-${arch}.tar.gz` : undefined;
}

/** @param {string} folder where the archive's executables go */
async function download(folder) {
  const name = archiveName(process.platform, process.arch);
  if (name === undefined) throw new Error(`there is no archive for ${process.platform} ${process.arch}`);
  const slow = new AbortController();
  const timer = setTimeout(() => slow.abort(new Error("it took too long")), DOWNLOAD_MS.answer);
  const response = await fetch(`https://get.pulumi.com/releases/sdk/${name}`, { signal: slow.signal }).finally(() =>
    clearTimeout(timer),
  );
  if (!response.ok) throw new Error(`the answer was ${response.status}`);
  const rest = setTimeout(() => slow.abort(new Error("it took too long")), DOWNLOAD_MS.whole);
  const archive = await response.arrayBuffer().finally(() => clearTimeout(rest));
  writeFileSync(join(folder, name), new Uint8Array(archive));
  await run("tar", ["-xzf", join(folder, name), "-C", folder, "--strip-components=1"]);
  rmSync(join(folder, name));
}

/** @param {string} folder where the executable goes */
async function build(folder) {
  const go = onPath("go")[0] ?? "/usr/local/go/bin/go";
  if (!isExecutable(go)) throw new Error("there is no Go on PATH");
  const version = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${VERSION}`;
  const flags = ["-mod=readonly", "-modcacherw", "-trimpath", "-ldflags", `-s -w ${version}`];
  // A larger heap spares the compiler most of its collections: a third of the time on two cores.
  const env = { GOGC: "400", CGO_ENABLED: "0", GOWORK: "off" };
  await run(go, ["build", ...flags, "-o", join(folder, "pulumi"), "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"], {
    cwd: BUILD,
    env,
  });
}

/**
 * Fills a folder beside the final one and moves its files over, the CLI last: whoever sees it sees all of it.
 * @param {(folder: string) => Promise<void>} fill
 */
async function installed(fill) {
  const bin = join(pulumiVersionsFolder(), VERSION, "bin");
  const fresh = join(pulumiVersionsFolder(), `.${VERSION}.new`);
  try {
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
    await fill(fresh);
    mkdirSync(bin, { recursive: true });
    const files = readdirSync(fresh).filter((name) => name !== "pulumi");
    for (const name of [...files, "pulumi"]) renameSync(join(fresh, name), join(bin, name));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * Gets a Pulumi CLI that is new enough: the present one, else the official download, else a build of the same version.
 * @throws Missing
 */
export async function installPulumi() {
  await learnVersionsOnPath();
  if (locatePulumi() !== undefined) return;
  const why = `no CLI of ${MINIMUM} or newer is on PATH or in ${pulumiVersionsFolder()}`;
  /** @type {string[]} */
  const tried = [];
  try {
    return await announced({ what: `the Pulumi CLI ${VERSION}`, why, about: "1 min" }, () => installed(download));
  } catch (error) {
    tried.push(`download: ${reasonOf(error)}`);
    sayNote(`  the download failed (${reasonOf(error)})`);
  }
  const building = {
    what: `the Pulumi CLI ${VERSION} from its source`,
    why: "it can't be downloaded here",
    about: "5 min on 2 cores",
  };
  try {
    await announced(building, () => installed(build));
  } catch (error) {
    tried.push(`build: ${reasonOf(error)}`);
    const remedy = "Install it from https://www.pulumi.com/docs/install/, or Go 1.26 or newer, which can build it.";
    throw missing(`The Pulumi CLI ${MINIMUM} or newer`, tried, remedy);
  }
}
