import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, watch, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { stateHash } from "../../infra/domain/releases.ts";
import { openStack } from "../../infra/stack/stack.ts";
import { firstState } from "../../verification/mocks/release-state.ts";

describe("a preview that nobody waits for any more", function () {
  this.timeout(30_000);
  const { PATH = "" } = process.env;
  let room: string;

  beforeEach(async () => {
    room = await mkdtemp(join(tmpdir(), "ended-preview-"));
    // A CLI that previews for ever: it says who it is, and what it was handed over.
    const script = `#!/bin/sh
echo "$$ $RUNBOOKS_DESIRED_STATE" > ${room}/draft && mv ${room}/draft ${room}/begun
exec sleep 1000
`;
    await writeFile(join(room, "pulumi"), script, { mode: 0o755 });
    process.env.PATH = `${room}${delimiter}${PATH}`;
  });
  afterEach(async () => {
    process.env.PATH = PATH;
    await rm(room, { recursive: true, force: true });
  });

  const preview = (signal: AbortSignal) => {
    const state = firstState();
    return openStack({ cwd: room, name: "staging" }).preview({ from: stateHash(state), to: state }, null, signal);
  };

  const isThere = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it("ends, and leaves neither its process nor what was handed over", async () => {
    const over = new AbortController();
    const changes = watch(room);
    const outcome = preview(over.signal);
    for await (const { filename } of changes) if (filename === "begun") break;
    const [pid = "", desired = ""] = (await readFile(join(room, "begun"), "utf8")).trim().split(" ");
    assert.deepEqual([isThere(Number(pid)), existsSync(desired)], [true, true]);
    over.abort();
    assert.deepEqual(await outcome, { kind: "interrupted", problems: ["the Pulumi CLI was ended by SIGTERM"] });
    assert.deepEqual([isThere(Number(pid)), existsSync(dirname(desired))], [false, false]);
  });

  it("ends at once where it was given up before it began", async () => {
    assert.equal((await preview(AbortSignal.abort())).kind, "interrupted");
  });
});
