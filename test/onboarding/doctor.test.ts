import assert from "node:assert/strict";
import { inTime, isAtLeast, judgeBackend, judgeSecretsProvider } from "../../infra/onboarding/doctor.ts";
import { holds } from "../../infra/runbooks/verify-release/check.ts";

describe("what the doctor says", () => {
  it("of versions goes by their numbers", () => {
    for (const version of ["v24.3.0", "24.10.0", "25.0.0"]) assert.ok(isAtLeast(version, "24.3.0"), version);
    for (const version of ["v20.20.2", "24.2.9", "nonsense", ""]) assert.ok(!isAtLeast(version, "24.3.0"), version);
  });

  it("of a backend is whether a team shares it", () => {
    assert.equal(judgeBackend("s3://state", false).holds, true);
    assert.equal(judgeBackend("https://app.pulumi.com/ada", false).holds, true);
    assert.match(judgeBackend("file:///home/ada", false).remedy ?? "", /pulumi login s3:/);
    assert.equal(judgeBackend("file:///sandbox", true).holds, true);
  });

  it("of what nobody answers is that it can't be looked at, and the lines of what answers as they are", async () => {
    const silent = inTime("records", new Promise(() => undefined), 5);
    assert.match((await silent)[0]?.evidence ?? "", /can't be looked at: no answer within 0\.005 s/);
    const line = holds("records", "can be written");
    assert.deepEqual(await inTime("records", Promise.resolve([line]), 60_000), [line]);
  });

  it("of a secrets provider is whether its use can be withdrawn", () => {
    assert.equal(judgeSecretsProvider("staging", "awskms://alias/a?region=eu-west-1").holds, true);
    assert.match(judgeSecretsProvider("staging", null).remedy ?? "", /change-secrets-provider --stack staging/);
  });
});
