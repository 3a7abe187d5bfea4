import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { pack } from "../../policies/pack.ts";
import { compliant, type Fixture, having, pathsOf } from "./fixture.ts";
import { judge, judgeStack, UNKNOWN_INPUT } from "./judging.ts";

const FILES = new URL("../../policies/", import.meta.url);

/** Those that only tell: what is overdue must not stop its own rotation, and what can't be read is no fault yet. */
const ADVISORY = new Set(["rotation-age", "sessions-unread"]);

describe("the policy pack", () => {
  it("lists every policy file, once, by the file's name", () => {
    const files = readdirSync(FILES)
      .filter((name) => name.endsWith(".ts") && !["index.ts", "pack.ts"].includes(name))
      .map((name) => name.replace(/\.ts$/, ""));
    assert.deepEqual(pack.policies.map(({ name }) => name).sort(), files.sort());
  });

  it("says of every policy what it wants, how grave it is, and how to mend it", () => {
    for (const { name, description, severity, remediationSteps, enforcementLevel } of pack.policies) {
      assert.match(name, /^[a-z]+(-[a-z]+)*$/);
      assert.match(description, /^[A-Z].*\.$/, name);
      assert.ok(["low", "medium", "high", "critical"].includes(severity ?? ""), name);
      assert.match(remediationSteps ?? "", /^[A-Z].*\S$/s, name);
      assert.equal(enforcementLevel, ADVISORY.has(name) ? "advisory" : "mandatory", name);
    }
  });

  it("stands in the page on policies, each with what it wants", () => {
    const page = readFileSync(new URL("../../docs/policies.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)].map(([, name, wants]) => [name, wants]);
    assert.deepEqual(
      rows,
      pack.policies.map(({ name, description }) => [name, description]),
    );
  });

  it("is silent on a compliant stack", async () => {
    for (const fixture of compliant) await assertSilentOn(fixture);
    await assertSilentOnStack(compliant);
  });

  it("is silent, and whole, when a preview doesn't know any one thing of a compliant stack", async () => {
    for (const [index, fixture] of compliant.entries()) {
      for (const path of pathsOf(fixture)) {
        const unknown = having(fixture, path, UNKNOWN_INPUT);
        await assertSilentOn(unknown);
        await assertSilentOnStack(compliant.with(index, unknown));
      }
    }
  }).timeout(60_000);
});

async function assertSilentOn(fixture: Fixture): Promise<void> {
  for (const policy of pack.policies) {
    if (policy.validateResource === undefined) continue;
    const messages = await judge(policy, fixture);
    assert.ok(messages === "not applicable" || messages.length === 0, `${policy.name} on ${fixture.name}: ${messages}`);
  }
}

async function assertSilentOnStack(fixtures: readonly Fixture[]): Promise<void> {
  for (const policy of pack.policies) {
    if (policy.validateResource === undefined) assert.deepEqual(await judgeStack(policy, fixtures), [], policy.name);
  }
}
