import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { withMigration, withRelease } from "../../infra/domain/releases.ts";
import { noSecretsInOutputs } from "../../policies/no-secrets-in-outputs.ts";
import { committed, runProgram } from "../../verification/mocks/program.ts";
import { firstState, manifest, migration, nextRelease } from "../../verification/mocks/release-state.ts";
import { resolved } from "../../verification/mocks/world.ts";
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

  it("refuses what sounds like a secret below another output too, alone or in a list", async () => {
    const database = { host: "db.example.com", password: "hunter2", replicas: [{ apiTokens: ["hunter2", "hunter3"] }] };
    const told = await judgeStack(noSecretsInOutputs, [having(stack, ["database"], database)]);
    assert.deepEqual(
      told,
      ["database.password", "database.replicas[0].apiTokens[0]", "database.replicas[0].apiTokens[1]"].map(
        (path) => `production-runbooks-production: output ${path} sounds like a secret: ${MEND}`,
      ),
    );
  });

  it("passes what only says where a secret is or which one: an ARN, a generation", async () => {
    const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/production/AFM_KEY-AbCdEf";
    const harmless = { secretArns: { AFM_KEY: arn }, database: { secret: arn, pins: { AFM_KEY: "g12" } } };
    const props = { ...stack.props, ...harmless };
    assert.deepEqual(await judgeStack(noSecretsInOutputs, [{ ...stack, props }]), []);
  });

  it("leaves the names of a release's literals to no-secrets-in-clear, whose harmlessNames they may be", async () => {
    const literals = ["releaseState", "releases", 0, "configuration", "PUBLIC_KEY"];
    assert.deepEqual(await judgeStack(noSecretsInOutputs, [having(stack, literals, "for everybody")]), []);
  });

  it("passes what the program itself exports, with two releases and a migration", async () => {
    const current = firstState();
    const next = nextRelease(current, manifest("2", { migrations: [migration("0001_init"), migration("0002_more")] }));
    const releaseState = withRelease(withMigration(current, next), next);
    const { outputs } = await runProgram({
      settings: committed("production"),
      world: { lastOutputs: { releaseState } },
    });
    const props = { ...(await resolved(pulumi.output(outputs))) };
    assert.ok(props.secretArns, "the outputs have come");
    assert.deepEqual(await judgeStack(noSecretsInOutputs, [{ ...stack, props }]), []);
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
