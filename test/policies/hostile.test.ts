import assert from "node:assert/strict";
import { pack } from "../../policies/pack.ts";
import { compliant, replicationGroup } from "./fixture.ts";
import { HOSTILE, UNRELATED, withBroken, withoutMarks } from "./hostile.ts";
import { judgeProgram } from "./judging.ts";

describe("the pack on hostile programs", () => {
  it("says nothing on the compliant one", async () => {
    assert.deepEqual(await judgeProgram(pack.policies, compliant), []);
  });

  for (const { what, broken, policy, mend } of HOSTILE) {
    it(`refuses ${what}, says how to mend it, and tells no secret`, async () => {
      const messages = await judgeProgram(pack.policies, withBroken(broken));
      const own = messages.filter((message) => message.startsWith(`${policy}: `));
      assert.ok(
        own.some((message) => mend.test(message)),
        JSON.stringify(messages),
      );
      assert.doesNotMatch(messages.join("\n"), /hunter2|sb_secret_of_a_real/);
    });

    it(`refuses ${what} in another team's program, which has none of this project's marks`, async () => {
      const foreign = withBroken(broken).map(withoutMarks);
      const messages = await judgeProgram(pack.policies, foreign);
      assert.ok(
        messages.some((message) => message.startsWith(`${policy}: `) && mend.test(message)),
        JSON.stringify(messages),
      );
    });
  }
});

describe("the pack on a program that has nothing to do with sessions", () => {
  it("is silent", async () => {
    assert.deepEqual(await judgeProgram(pack.policies, UNRELATED), []);
  });

  it("is silent beside a Redis that no workload is near", async () => {
    const cache = { ...replicationGroup, props: { transitEncryptionEnabled: false } };
    assert.deepEqual(await judgeProgram(pack.policies, [cache]), []);
  });

  it("speaks where it is told to speak of everything", async () => {
    const messages = await judgeProgram(pack.policies, UNRELATED, { scope: "everything" });
    const who = new Set(messages.map((message) => message.split(":")[0]));
    for (const policy of ["digests", "probes", "ownership", "encrypted-entries"]) assert.ok(who.has(policy), policy);
  });

  it("doesn't carry what it kept over to the next program", async () => {
    await judgeProgram(pack.policies, [...UNRELATED]);
    assert.deepEqual(await judgeProgram(pack.policies, compliant), []);
  });
});
