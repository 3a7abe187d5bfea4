import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { processStart } from "../../infra/clients/process-start.mjs";
import { below } from "../../infra/clients/process-tree.ts";
import { stateHash } from "../../infra/domain/releases.ts";
import { EXIT, Refusal } from "../../infra/errors.ts";
import { readOutputs } from "../../infra/stack/reading.ts";
import { openStack } from "../../infra/stack/stack.ts";
import { firstState } from "../../verification/mocks/release-state.ts";

/** How long the CLI may take here, in milliseconds: it has time to start what it starts. */
const WITHIN = 2_000;

describe("a Pulumi CLI that doesn't end", function () {
  this.timeout(60_000);
  const { PATH = "" } = process.env;
  let room: string;

  /** A CLI that waits for ever with a plugin, and is deaf to an interrupt where `first` says so. */
  async function cli(first: string): Promise<void> {
    const script = `#!/bin/sh
${first}
sleep 1000 &
echo "$$ $!" > ${room}/pids
echo 'error: resource.ts can not be reached' >&2
wait
wait
`;
    await writeFile(join(room, "pulumi"), script, { mode: 0o755 });
  }
  const left = async () => {
    const pids = (await readFile(join(room, "pids"), "utf8")).trim().split(" ").map(Number);
    assert.equal(pids.length, 2);
    return pids.filter((pid) => processStart(pid) !== null);
  };

  beforeEach(async () => {
    room = await mkdtemp(join(tmpdir(), "overdue-"));
    process.env.PATH = `${room}${delimiter}${PATH}`;
  });
  afterEach(async () => {
    process.env.PATH = PATH;
    await rm(room, { recursive: true, force: true });
  });

  for (const [how, first] of [
    ["leaves when it is interrupted", ""],
    ["doesn't leave when it is interrupted", "trap '' INT"],
  ] as const) {
    it(`is ended with what it has begun, and the refusal names the command, where it ${how}`, async () => {
      await cli(first);
      await assert.rejects(readOutputs({ cwd: room, name: "staging" }, WITHIN), (error) => {
        assert.ok(error instanceof Refusal);
        assert.equal(error.exit, EXIT.refused);
        assert.match(
          error.message,
          /^stack staging can't be read: `pulumi stack output --stack staging` hadn't ended after 2s and was stopped: run it yourself/,
        );
        return true;
      });
      assert.deepEqual(await left(), []);
    });
  }

  it("fails its preview, so that whoever waits for it goes on", async () => {
    await cli("");
    const state = firstState();
    const stack = openStack({ cwd: room, name: "staging", previewWithin: WITHIN });
    const outcome = await stack.preview({ from: stateHash(state), to: state });
    assert.ok(outcome.kind === "failed");
    assert.match(outcome.problems.join(), /^`pulumi preview --stack staging` hadn't ended after 2s and was stopped/);
    assert.deepEqual(await left(), []);
  });
});

describe("what a process has begun", () => {
  it("is found at any depth, and nothing of others", () => {
    const all = [
      { pid: 2, parent: 1 },
      { pid: 3, parent: 2 },
      { pid: 4, parent: 3 },
      { pid: 5, parent: 1 },
    ];
    assert.deepEqual(below(all, 2), [3, 4]);
    assert.deepEqual(below(all, 5), []);
  });
});
