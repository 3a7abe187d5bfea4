import assert from "node:assert/strict";
import { nextSteps } from "../../infra/onboarding/next-steps.ts";
import type { Answers } from "../../infra/onboarding/stack-file.ts";

const answers: Answers = {
  domain: "app.example.com",
  app: "app",
  onCall: "ada",
  vpc: "vpc-1",
  subnets: [],
  securityGroups: [],
  region: "eu-west-1",
  cluster: null,
  gateway: null,
  kmsKey: null,
  supabaseUrl: null,
  afmUrl: "https://afm.example.com",
  alarmEmail: null,
  records: null,
  release: null,
};

describe("what comes after init", () => {
  it("is the sandbox where its key was kept, and what else was kept is named", () => {
    const text = nextSteps(answers, ["staging", "production"]);
    assert.match(text, /in the sandbox only[\s\S]*runbook sandbox up[\s\S]*doctor --stack staging production/);
    assert.match(text, /Kept unchanged: .*--supabase-url.*--records/);
    assert.doesNotMatch(text, /--afm-url|pulumi stack init/);
  });

  it("is the account where a key was named: without the flag the CLI would take a passphrase", () => {
    const text = nextSteps({ ...answers, kmsKey: "runbooks" }, ["production"]);
    const provider = "awskms://alias/runbooks?region=eu-west-1&awssdk=v2";
    assert.ok(text.includes(`pulumi stack init production --secrets-provider "${provider}"`), text);
    assert.match(text, /config set --secret databaseUrl --stack production/);
    assert.doesNotMatch(text, /sandbox|staging/);
  });
});
