import assert from "node:assert/strict";
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { codesIn, ENGINE_CODES, withCode } from "../../infra/domain/engine-codes.ts";
import {
  hasLostProvider,
  hasMovedOn,
  isClosing,
  isLocked,
  lockOwners,
  protectedIn,
  readingTrouble,
} from "../../infra/stack/cli-text.ts";
import { parseEngineEvents } from "../../infra/stack/engine-events.ts";
import { fileBackend } from "../../sandbox/commands/environment.ts";
import { createProject, type Project } from "../engine/project.ts";

const KEPT = "urn:pulumi:dev::tiny::pulumi:pulumi:Stash::kept";
const PROVIDER = "urn:pulumi:dev::tiny::pulumi:providers:pulumi::default";
const PROVIDER_ID = "0b1c2d3e-0000-4000-8000-000000000001";

/** A state with a resource that is protected; the engine's own provider has it, so that no plugin is needed. */
const WITH_PROTECTED = {
  version: 3,
  deployment: {
    manifest: { time: "2026-11-27T10:00:00Z", magic: "", version: "" },
    resources: [
      { urn: "urn:pulumi:dev::tiny::pulumi:pulumi:Stack::tiny-dev", custom: false, type: "pulumi:pulumi:Stack" },
      { urn: PROVIDER, custom: true, id: PROVIDER_ID, type: "pulumi:providers:pulumi" },
      {
        urn: KEPT,
        custom: true,
        id: "1",
        type: "pulumi:pulumi:Stash",
        inputs: { input: 1 },
        outputs: { input: 1, output: 1 },
        protect: true,
        provider: `${PROVIDER}::${PROVIDER_ID}`,
      },
    ],
  },
};

/** Tells the runner something by each way that the program has. */
const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
await pulumi.log.warn(${JSON.stringify(withCode("somebody's", { code: "unmanaged-version", of: "AFM_KEY" }))});
throw new pulumi.RunError(${JSON.stringify(withCode("it has gone on", { code: "stack-moved-on", of: null }))});
`;

describe("what the real Pulumi CLI says", function () {
  this.timeout(120_000);
  let project: Project;
  const fileOf = (pattern: string) => globSync(join(project.folder, ".pulumi", pattern))[0] ?? assert.fail(pattern);

  before(async () => {
    // The event log is among the "debug commands".
    project = await createProject(PROGRAM, { PULUMI_DEBUG_COMMANDS: "true" });
  });
  after(() => project.remove());

  it("of a stack that isn't there", async () => {
    const { code, output } = await project.pulumi("stack", "output", "--json", "--stack", "nope");
    assert.notEqual(code, 0);
    assert.equal(readingTrouble(output), "no stack");
  });

  it("outside of a project, whichever command is asked", async () => {
    const file = join(project.folder, "Pulumi.yaml");
    const text = readFileSync(file);
    rmSync(file);
    try {
      for (const args of [
        ["stack", "output", "--json", "--stack", "dev"],
        ["config", "--json", "--stack", "dev"],
        ["stack", "export", "--stack", "dev"],
      ]) {
        const { code, output } = await project.pulumi(...args);
        assert.notEqual(code, 0, output);
        assert.equal(readingTrouble(output), "no project", `${args.join(" ")}: ${output}`);
      }
    } finally {
      writeFileSync(file, text);
    }
  });

  it("where nobody is logged in", async () => {
    const away = await createProject("", { PULUMI_BACKEND_URL: undefined, PULUMI_ACCESS_TOKEN: undefined });
    try {
      const { output } = await away.pulumi("stack", "output", "--stack", "dev");
      assert.equal(readingTrouble(output), "no login", output);
    } finally {
      away.remove();
    }
  });

  it("of a checkpoint that another update is writing", async () => {
    const file = fileOf("stacks/tiny/dev.json");
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, 40));
    try {
      const { output } = await project.pulumi("stack", "export", "--stack", "dev");
      assert.equal(readingTrouble(output), "torn", output);
    } finally {
      writeFileSync(file, whole);
    }
  });

  it("of a checkpoint whose attributes a killed engine has cut off; the sandbox's backend writes none", async () => {
    const room = mkdtempSync(join(tmpdir(), "backend-"));
    const skips = await createProject("", { PULUMI_BACKEND_URL: fileBackend(room) });
    try {
      const names = readdirSync(room, { recursive: true, encoding: "utf8" });
      assert.ok(names.some((name) => name.endsWith("dev.json")));
      assert.deepEqual(
        names.filter((name) => name.endsWith(".attrs")),
        [],
      );
    } finally {
      skips.remove();
      rmSync(room, { recursive: true });
    }
    const file = fileOf("stacks/tiny/dev.json.attrs");
    const whole = readFileSync(file);
    writeFileSync(file, "");
    try {
      const { code, output } = await project.pulumi("stack", "export", "--stack", "dev");
      assert.notEqual(code, 0, output);
      assert.equal(readingTrouble(output), "torn", output);
    } finally {
      writeFileSync(file, whole);
    }
  });

  it("of a stack that another update has, and whose", async () => {
    const lock = join(project.folder, ".pulumi/locks/organization/tiny/dev/0b1c2d3e-0000-4000-8000-000000000000.json");
    mkdirSync(dirname(lock), { recursive: true });
    const owner = { pid: 4242, username: "ada", hostname: "elsewhere", timestamp: "2026-11-27T10:00:00Z" };
    writeFileSync(lock, JSON.stringify(owner));
    try {
      const { code, output } = await project.pulumi("destroy", "--yes", "--skip-preview", "--stack", "dev");
      assert.notEqual(code, 0);
      assert.ok(isLocked(output), output);
      assert.deepEqual(lockOwners(output), [{ host: "elsewhere", pid: 4242 }]);
      assert.ok(!hasLostProvider(output) && !hasMovedOn(output));
    } finally {
      rmSync(lock);
    }
  });

  it("of a resource that is protected, in its events too", async () => {
    project.write("state.json", JSON.stringify(WITH_PROTECTED));
    await project.pulumi("stack", "import", "--file", "state.json", "--stack", "dev");
    const log = join(project.folder, "events");
    const args = ["destroy", "--yes", "--skip-preview", "--stack", "dev", "--event-log", log];
    const { code } = await project.pulumi(...args);
    assert.notEqual(code, 0);
    const { errors } = parseEngineEvents(readFileSync(log, "utf8"));
    assert.deepEqual(
      errors.flatMap((error) => protectedIn(error) ?? []),
      [{ urn: KEPT }],
    );
    assert.equal(errors.filter(isClosing).length, 1);
    await project.pulumi("state", "unprotect", KEPT, "--yes", "--stack", "dev");
  });

  it("of what the program tells: a code gets through as it was written", async () => {
    const log = join(project.folder, "told");
    const { code } = await project.pulumi("preview", "--stack", "dev", "--event-log", log);
    assert.notEqual(code, 0);
    const { errors, warnings } = parseEngineEvents(readFileSync(log, "utf8"));
    assert.deepEqual(codesIn(warnings.join("\n")), [{ code: "unmanaged-version", of: "AFM_KEY" }]);
    assert.ok(hasMovedOn(errors.join("\n")), errors.join("\n"));
  });
});

describe("a code at the end of a message", () => {
  it("is found whatever the words before it are, and nowhere else", () => {
    for (const code of ENGINE_CODES) {
      for (const secret of [null, "REDIS_URL"]) {
        const coded = { code, of: secret };
        const text = `error: ${withCode("any words [stack-moved-on] within", coded)}\n`;
        assert.deepEqual(codesIn(text), [coded]);
      }
    }
    assert.deepEqual(codesIn("the stack was changed outside this change: was made by somebody else"), []);
  });
});
