import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { temporaryFolder } from "../../infra/clients/temporary-folder.ts";
import { Refusal } from "../../infra/errors.ts";
import { squawk } from "../../infra/migrations/squawk.ts";
import { recordPages } from "../../infra/reports/pages.ts";
import { pulumiWithEvents } from "../../infra/stack/cli.ts";
import { encryptFor } from "../../infra/stack/issued.ts";
import { memoryStore } from "../runner/world.ts";

describe("a temporary folder", () => {
  const { TMPDIR } = process.env;
  let room: string;
  beforeEach(() => {
    room = mkdtempSync(join(tmpdir(), "temporary-"));
  });
  afterEach(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    rmSync(room, { recursive: true, force: true });
  });

  it("lies in TMPDIR, whatever characters that has, for this user alone", async () => {
    process.env.TMPDIR = mkdtempSync(join(room, "a $HOME `b` ü-"));
    const folder = await temporaryFolder("own-");
    assert.equal(dirname(folder), process.env.TMPDIR);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  const NEEDED: Record<string, () => Promise<unknown>> = {
    "the lint": () => squawk([{ sql: "select 1;", inTransaction: true }]),
    "a page": () => recordPages(memoryStore(), null),
    "a value that is handed over": () => encryptFor({ cwd: ".", name: "staging" }, "value"),
    "a call of the Pulumi CLI": () => pulumiWithEvents(".", ["preview"], { desired: null, begun: null }),
  };
  for (const [what, work] of Object.entries(NEEDED)) {
    it(`is named where TMPDIR isn't there and ${what} needs one: exit 2 and no stack trace`, async () => {
      process.env.TMPDIR = join(room, "gone");
      await assert.rejects(work(), (error) => {
        assert.ok(error instanceof Refusal && error.exit === 2, String(error));
        assert.match(error.message, /^TMPDIR: no folder can be made in .*gone \(ENOENT\): name one that exists/);
        return true;
      });
      assert.equal(existsSync(join(room, "gone")), false);
    });
  }
});
