import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Refusal } from "../../infra/errors.ts";
import { openStack } from "../../infra/stack/stack.ts";

describe("reading a stack whose checkpoint is being written", () => {
  const { PATH = "" } = process.env;
  let room: string;

  /** A CLI that says this until it has been called so many times, then answers with the file. */
  async function cli(said: string, times: number): Promise<void> {
    const counter = join(room, "calls");
    const script = `#!/bin/sh
echo call >> ${counter}
if [ "$(wc -l < ${counter})" -gt ${times} ]; then echo '{"deployment":{}}'; exit 0; fi
echo 'error: ${said}' >&2
exit 255
`;
    await writeFile(join(room, "pulumi"), script, { mode: 0o755 });
  }
  const calls = async () => (await readFile(join(room, "calls"), "utf8")).split("\n").length - 1;

  beforeEach(async () => {
    room = await mkdtemp(join(tmpdir(), "torn-"));
    process.env.PATH = `${room}${delimiter}${PATH}`;
  });
  afterEach(async () => {
    process.env.PATH = PATH;
    await rm(room, { recursive: true, force: true });
  });

  it("reads it again", async () => {
    await cli("failed to load checkpoint: unexpected end of JSON input", 2);
    assert.equal(await openStack({ cwd: room, name: "staging" }).exported(), '{"deployment":{}}\n');
    assert.equal(await calls(), 3);
  });

  it("gives up in the end, and says why", async () => {
    await cli("failed to load checkpoint: unexpected end of JSON input", 100);
    await assert.rejects(
      openStack({ cwd: room, name: "staging" }).exported(),
      (error) =>
        error instanceof Refusal && /staging can't be read: failed to load checkpoint.*\.attrs/.test(error.message),
    );
    assert.equal(await calls(), 5);
  });

  it("asks once where something else is wrong", async () => {
    await cli("passphrase must be set", 100);
    await assert.rejects(openStack({ cwd: room, name: "staging" }).exported(), /passphrase must be set/);
    assert.equal(await calls(), 1);
  });
});
