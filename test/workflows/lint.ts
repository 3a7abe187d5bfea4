/** `npm run lint:workflows`: actionlint, from Go's modules, on the workflows. */
import { spawnSync } from "node:child_process";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { onPath } from "../../tools/paths.mjs";

const ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";
scriptCommand("lint:workflows", "Check the workflows with actionlint (Go 1.24 or newer).").parse();
const go = onPath("go")[0];
if (go === undefined) {
  process.stderr.write(
    "error: there is no Go on PATH: install Go 1.24 or newer, which builds actionlint from its modules\n",
  );
  process.exitCode = 2;
} else {
  process.exitCode = spawnSync(go, ["run", ACTIONLINT, "-color"], { stdio: "inherit" }).status ?? 1;
}
