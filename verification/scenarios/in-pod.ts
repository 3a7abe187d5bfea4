import assert from "node:assert/strict";
import { openKubernetes } from "../../infra/clients/kubernetes.ts";
import { namespaceOf } from "./jobs-pods.ts";
import type { Scenario } from "./scenario.ts";

/** Reads a line and prints it behind the release that it runs in. */
const PRINTS =
  "require('node:readline').createInterface({ input: process.stdin }).once('line', (line) => { console.log(process.env.STAGE, line); process.exit(); })";

/** A runner that can't reach the session store asks from a pod. */
export const inPod: Scenario = {
  name: "in-pod",
  title: "a command runs in a pod, gets its line, and its failures are told",
  stages: ["staging"],
  on: ["stand-ins", "real parts"],
  async play() {
    const namespace = namespaceOf("staging");
    const kubernetes = await openKubernetes({ context: null });
    const [pod] = (await kubernetes.pods(namespace, {})).filter(({ ready }) => ready);
    assert.ok(pod);
    const run = (command: readonly string[], name = pod.name) =>
      kubernetes
        .exec({ namespace, pod: name, container: "app", command, line: "a line", within: 20_000 })
        .catch((error: unknown) => String(error).replaceAll(pod.name, "POD"));
    const printed = await run(["node", "-e", PRINTS]);
    assert.equal(printed, "staging a line\n");
    const failed = await run(["node", "-e", "process.exit(3)"]);
    assert.match(failed, /exit status 3|exit code 3/);
    const gone = await run(["node", "-e", ""], "gone");
    assert.match(gone, /can't be run in pod .*\/gone/);
    const unknown = await run(["no-such-command"]);
    assert.match(unknown, /can't be run in pod .*\/POD/);
    return { printed };
  },
};
