import assert from "node:assert/strict";
import { noSecretsInOutputs } from "../../policies/no-secrets-in-outputs.ts";
import { compliant, having, stack } from "./fixture.ts";
import { judgeStack, UNKNOWN_INPUT } from "./judging.ts";

const MEND = "remove it from the outputs; whoever needs it reads the Secrets Manager entry";

describe("policy no-secrets-in-outputs", () => {
  it("passes a compliant stack", async () => {
    assert.deepEqual(await judgeStack(noSecretsInOutputs, compliant), []);
  });

  it("refuses an output that sounds like a secret, and never tells its value", async () => {
    assert.deepEqual(await judgeStack(noSecretsInOutputs, [having(stack, ["afmKey"], "hunter2")]), [
      `production-runbooks-production: output afmKey sounds like a secret: ${MEND}`,
    ]);
  });

  it("refuses a credential, however deep", async () => {
    const broken = having(stack, ["releaseState", "releases", 0, "configuration", "CACHE"], "rediss://u:hunter2@host");
    assert.deepEqual(await judgeStack(noSecretsInOutputs, [broken]), [
      `production-runbooks-production: output releaseState.releases[0].configuration.CACHE has a URL with a password in it: ${MEND}`,
    ]);
  });

  it("judges what a preview knows, and only that", async () => {
    const partly = having(having(stack, ["releaseState"], UNKNOWN_INPUT), ["note"], "sb_secret_0123456789");
    assert.deepEqual(await judgeStack(noSecretsInOutputs, [partly]), [
      `production-runbooks-production: output note has a Supabase secret key: ${MEND}`,
    ]);
  });
});
