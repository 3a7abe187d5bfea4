import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { locateToolchain, toolchainEnvironment } from "../../tools/toolchain.mjs";

const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** A Pulumi project in a folder of its own, with its own backend, for the real engine. */
export interface Project {
  folder: string;
  /** Writes a file of the project, making its folders. */
  write(path: string, text: string): void;
  /** Runs the CLI to its end. */
  pulumi(...args: string[]): Promise<{ code: number; output: string }>;
  /** Starts the CLI and doesn't wait. */
  start(...args: string[]): ChildProcess;
  remove(): void;
}

/**
 * A project whose program is `infra/index.ts`, as it is in this repository, and whose stack `dev` exists.
 * @param variables more variables for the CLI, as they are when it is called
 */
export async function createProject(program: string, variables: NodeJS.ProcessEnv = {}): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), "language-host-"));
  const env = {
    ...toolchainEnvironment(locateToolchain()),
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_CONFIG_PASSPHRASE: "only for this test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const project: Project = {
    folder,
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    pulumi: (...args) =>
      new Promise((resolve) => {
        execFile(
          "pulumi",
          [...args, "--non-interactive", "--color", "never"],
          { cwd: folder, env: { ...env, ...variables } },
          (error, stdout, stderr) => {
            const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
            resolve({ code, output: stdout + stderr });
          },
        );
      }),
    start: (...args) =>
      spawn("pulumi", [...args, "--non-interactive"], { cwd: folder, env: { ...env, ...variables }, stdio: "ignore" }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  symlinkSync(MODULES, join(folder, "node_modules"));
  project.write("package.json", '{ "name": "tiny", "version": "0.0.1", "type": "module" }');
  project.write(
    "Pulumi.yaml",
    "name: tiny\nmain: infra/index.ts\nruntime: { name: nodejs, options: { typescript: false } }\n",
  );
  project.write("infra/index.ts", program);
  await project.pulumi("stack", "init", "dev");
  return project;
}
