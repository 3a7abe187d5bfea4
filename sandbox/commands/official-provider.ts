import { execFile } from "node:child_process";
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { badInput } from "../../infra/errors.ts";
import { onPath } from "../../tools/paths.mjs";
import { ROOT } from "./sandbox.ts";

const NAME = "pulumi-resource-kubernetes";

/** The version that the program's SDK asks the engine for. */
function wantedVersion(): string {
  const file = join(ROOT, "node_modules/@pulumi/kubernetes/package.json");
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, "utf8"))).version;
}

/** The provider that the machine has: on PATH, or among the plugins that the user's own Pulumi CLI keeps. */
function present(version: string): string | undefined {
  const plugins = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");
  const kept = existsSync(plugins)
    ? readdirSync(plugins).filter((name) => /^resource-kubernetes-v[\d.]+$/.test(name))
    : [];
  const folder = kept.find((name) => name.endsWith(`-v${version}`));
  return onPath(NAME)[0] ?? (folder === undefined ? undefined : join(plugins, folder, NAME));
}

/**
 * Puts the official Kubernetes provider where the sandbox's engine looks for it: the one that the machine has, else a download.
 * @throws Refusal (exit 2) where it can't be had
 */
export async function ensureOfficialProvider(pulumiHome: string, env: NodeJS.ProcessEnv): Promise<void> {
  const version = wantedVersion();
  const folder = join(pulumiHome, "plugins", `resource-kubernetes-v${version}`);
  const found = present(version);
  if (found !== undefined) {
    mkdirSync(folder, { recursive: true });
    try {
      linkSync(found, join(folder, NAME));
    } catch {
      // Another file system.
      copyFileSync(found, join(folder, NAME));
    }
    return;
  }
  const install = ["plugin", "install", "resource", "kubernetes", version];
  await promisify(execFile)("pulumi", install, { env: { ...env, PULUMI_HOME: pulumiHome } }).catch((error: unknown) => {
    const why = z.object({ stderr: z.string() }).safeParse(error).data?.stderr.trim() ?? String(error);
    throw badInput(
      `the official Kubernetes provider ${version} can't be had: ${why}: run \`pulumi ${install.join(" ")}\` where it can be downloaded, or put ${NAME} on PATH`,
    );
  });
}
