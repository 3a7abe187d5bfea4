import { type Ended, runCommand } from "../../demo/commands.ts";

/** The Pulumi CLI as a person calls it. */
export async function engine(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Ended> {
  const ended = await runCommand("pulumi", [...args, "--non-interactive"], { env, output: "kept", cwd });
  if (ended.code !== 0) {
    throw new Error(`pulumi ${args.join(" ")} left with ${ended.code}:\n${ended.stdout.trim()}`);
  }
  return ended;
}
