import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { stateHash } from "../../infra/domain/releases.ts";
import { type Existing, type Outcome, openStack } from "../../infra/stack/stack.ts";
import { firstState } from "../../verification/mocks/release-state.ts";

const ADOPTS = "PULUMI_K8S_UPSERT_EXISTING_OBJECTS";
const FORCES = "PULUMI_K8S_ENABLE_PATCH_FORCE";

describe("an update that finds what is there already", () => {
  const { PATH = "" } = process.env;
  let room: string;

  beforeEach(async () => {
    room = await mkdtemp(join(tmpdir(), "existing-"));
    process.env.PATH = `${room}${delimiter}${PATH}`;
    // A user who always adopts: it isn't theirs to say.
    process.env[ADOPTS] = "true";
    process.env[FORCES] = "true";
  });
  afterEach(async () => {
    process.env.PATH = PATH;
    delete process.env[ADOPTS];
    delete process.env[FORCES];
    await rm(room, { recursive: true, force: true });
  });

  /** Makes an update with a CLI that notes how it is set up, says something and leaves with a code. */
  async function update(existing: Existing, said: string, code: number): Promise<{ outcome: Outcome; noted: string }> {
    const script = `#!/bin/sh
echo "adopts=$${ADOPTS} forces=$${FORCES}" > ${room}/noted
echo '${said}' >&2
exit ${code}
`;
    await writeFile(join(room, "pulumi"), script, { mode: 0o755 });
    const state = firstState();
    const stack = openStack({ cwd: room, name: "staging" });
    const how = { policies: "judged", begun: async () => undefined, existing } as const;
    const outcome = await stack.update({ from: stateHash(state), to: state }, how);
    return { outcome, noted: (await readFile(join(room, "noted"), "utf8")).trim() };
  }

  it("adopts nothing but what it is told to, whatever the environment says", async () => {
    assert.equal((await update("refused", "", 0)).noted, "adopts= forces=");
    assert.equal((await update("adopted", "", 0)).noted, "adopts=true forces=");
    assert.equal((await update("adopted by force", "", 0)).noted, "adopts=true forces=true");
  });

  it("is an interrupted one where a provider's process has ended, and may be begun again", async () => {
    const gone = "rpc error: code = Unavailable desc = error reading from server: EOF";
    assert.equal((await update("refused", gone, 255)).outcome.kind, "interrupted");
    assert.equal((await update("refused", 'services "app-r1" already exists', 255)).outcome.kind, "failed");
  });
});
