import assert from "node:assert/strict";
import { pack } from "../../policies/pack.ts";
import { compliant, type Fixture } from "./fixture.ts";
import { withoutMarks } from "./hostile.ts";
import { SHAPES } from "./hostile-shapes.ts";
import { judgeProgram } from "./judging.ts";

const ADVISORY = new Set(
  pack.policies.flatMap(({ name, enforcementLevel }) => (enforcementLevel === "advisory" ? [name] : [])),
);
const refusals = (messages: readonly string[]) =>
  messages.filter((message) => !ADVISORY.has(message.split(":")[0] ?? ""));

/** What makes another team's program one with sessions. */
const TOLD: Fixture = {
  type: "kubernetes:core/v1:ConfigMap",
  name: "told",
  props: { data: { SESSION_STORE: "redis" } },
};

describe("the pack on what stands where a policy may not look", () => {
  for (const { what, made, wrong, right, policy, mend } of SHAPES) {
    it(`refuses ${what}, in a team's own program too, and tells no secret`, async () => {
      for (const program of [
        [...compliant, ...made(wrong)],
        [...made(wrong).map(withoutMarks), TOLD],
      ]) {
        const messages = await judgeProgram(pack.policies, program);
        const own = messages.filter((message) => message.startsWith(`${policy}: `) && mend.test(message));
        assert.ok(own.length > 0, JSON.stringify(messages));
        assert.doesNotMatch(messages.join("\n"), /hunter2/);
      }
    });

    it(`passes the same without ${what}`, async () => {
      const messages = await judgeProgram(pack.policies, [...compliant, ...made(right)]);
      assert.deepEqual(refusals(messages), []);
    });
  }
});
