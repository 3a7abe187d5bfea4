import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
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
 * Makes the stacks in an empty backend. The committed stack files hold the secrets provider's data already; whatever the
 * engine writes to them is taken back, so that they stay as they were to the byte.
 */
export async function initialiseStacks(project: Project): Promise<void> {
  if (!existsSync(join(project.folder, "Pulumi.yaml"))) return;
  const files = STAGES.map((stage) => join(project.folder, `Pulumi.${stage}.yaml`)).filter(existsSync);
  const before = files.map((file) => ({ file, content: readFileSync(file) }));
  try {
    await Promise.all(STAGES.map((stage) => initialise(project, stage)));
  } finally {
    for (const { file, content } of before) {
      if (!readFileSync(file).equals(content)) writeFileSync(file, content);
    }
  }
}
