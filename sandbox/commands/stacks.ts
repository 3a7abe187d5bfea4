import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STAGES, type Stage } from "../cloud/accounts.ts";

interface Project {
  folder: string;
  env: NodeJS.ProcessEnv;
}

function initialise({ folder, env }: Project, stage: Stage): Promise<void> {
  const provider = `awskms://alias/production-runbooks-${stage}?region=eu-west-1&awssdk=v2`;
  const args = ["stack", "init", stage, "--no-select", "--non-interactive", "--secrets-provider", provider];
  return new Promise((resolve, reject) => {
    const child = spawn("pulumi", args, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString("utf8");
    });
    child.once("error", (error) => reject(new Error(`pulumi can't be run: ${error.message}`)));
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`pulumi stack init ${stage} left with ${code}: ${errors.trim()}`));
    });
  });
}

/**
 * Makes the stacks in an empty backend. The committed stack files hold the secrets provider's data already, and the engine
 * writes it anew: it does so to copies, so that nobody who reads the files meanwhile finds them changed.
 */
export async function initialiseStacks(project: Project): Promise<void> {
  if (!existsSync(join(project.folder, "Pulumi.yaml"))) return;
  const room = await mkdtemp(join(tmpdir(), "sandbox-stacks-"));
  try {
    for (const name of ["Pulumi.yaml", ...STAGES.map((stage) => `Pulumi.${stage}.yaml`)]) {
      const file = join(project.folder, name);
      if (existsSync(file)) await copyFile(file, join(room, name));
    }
    await Promise.all(STAGES.map((stage) => initialise({ ...project, folder: room }, stage)));
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}
