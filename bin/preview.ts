/** `preview.ts STACK`: what plain `pulumi preview` says under the policies, for a pull request's comment. */
import { spawnSync } from "node:child_process";

const [stack] = process.argv.slice(2);
if (stack === undefined) {
  process.stderr.write("usage: preview.ts STACK\n");
  process.exitCode = 2;
} else {
  const args = ["preview", "--stack", stack, "--policy-pack", "policies", "--non-interactive", "--diff"];
  process.exitCode = spawnSync("pulumi", args, { stdio: "inherit" }).status ?? 1;
}
