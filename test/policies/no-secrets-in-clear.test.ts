import assert from "node:assert/strict";
import { noSecretsInClear } from "../../policies/no-secrets-in-clear.ts";
import { alarm, CONTAINER, compliant, configMap, deployment, having, secret, secretEntry, stack } from "./fixture.ts";
import { judge, UNKNOWN_INPUT } from "./judging.ts";

const ENV = [...CONTAINER, "env"] as const;
const MEND = "in clear: put it into a Secret and refer to it; if it is real, rotate it";

const CREDENTIALS = [
  { what: "a Supabase secret key", value: "sb_secret_0123456789abcdef" },
  { what: "a URL with a password in it", value: "postgresql://app:hunter2@db.example.com:5432/postgres" },
  { what: "a private key", value: "-----BEGIN EC PRIVATE KEY-----\nMHc=" },
  { what: "an AWS access key id", value: "AKIAIOSFODNN7EXAMPLE" },
  { what: "a JSON web token", value: "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZSJ9.c2lnbmF0dXJlLWhlcmU" },
  { what: "a Slack webhook", value: "https://hooks.slack.com/services/T000/B000/XXXX" },
];

describe("policy no-secrets-in-clear", () => {
  it("passes every compliant resource", async () => {
    for (const fixture of compliant.filter((one) => one !== stack)) {
      assert.deepEqual(await judge(noSecretsInClear, fixture), [], fixture.type);
    }
  });

  for (const { what, value } of CREDENTIALS) {
    it(`finds ${what} wherever it stands, and never tells it`, async () => {
      assert.deepEqual(await judge(noSecretsInClear, having(deployment, [...ENV, 0, "value"], value)), [
        `spec.template.spec.containers[0].env[0].value has ${what} ${MEND}`,
      ]);
      assert.deepEqual(await judge(noSecretsInClear, having(configMap, ["data", "NOTE"], `see ${value}`)), [
        `data.NOTE has ${what} ${MEND}`,
      ]);
      assert.deepEqual(await judge(noSecretsInClear, having(alarm, ["alarmDescription"], value)), [
        `alarmDescription has ${what} ${MEND}`,
      ]);
      assert.deepEqual(await judge(noSecretsInClear, having(secret, ["metadata", "annotations", "note"], value)), [
        `metadata.annotations.note has ${what} ${MEND}`,
      ]);
      const encoded = Buffer.from(value).toString("base64");
      assert.deepEqual(await judge(noSecretsInClear, having(deployment, [...ENV, 0, "value"], encoded)), [
        `spec.template.spec.containers[0].env[0].value has ${what} in base64 ${MEND}`,
      ]);
    });
  }

  for (const name of [
    "SUPABASE_KEY",
    "SESSION_SECRET",
    "AFM_KEY",
    "REDIS_URL",
    "DATABASE_URL",
    "DB_PASSWORD_OLD",
    "API_TOKEN",
    "apiKey",
  ]) {
    it(`finds ${name} by its name, and never tells its value`, async () => {
      assert.deepEqual(await judge(noSecretsInClear, having(deployment, [...ENV, 0], { name, value: "hunter2" })), [
        `spec.template.spec.containers[0].env[0].value has ${name} ${MEND}`,
      ]);
      assert.deepEqual(await judge(noSecretsInClear, having(configMap, ["data", name], "hunter2")), [
        `data.${name} has ${name} ${MEND}`,
      ]);
      assert.deepEqual(await judge(noSecretsInClear, having(secretEntry, ["tags", name], "hunter2")), [
        `tags.${name} has ${name} ${MEND}`,
      ]);
    });
  }

  it("finds a named secret in pod annotations, labels and options of a command line", async () => {
    const pod = ["spec", "template", "metadata"] as const;
    const broken = having(
      having(
        having(deployment, [...pod, "annotations", "session-secret"], "hunter2"),
        [...pod, "labels", "token"],
        "hunter2",
      ),
      [...CONTAINER, "args"],
      ["--db-password=hunter2", "--token=$(API_TOKEN)", "--token-file=/run/token", "serve"],
    );
    assert.deepEqual(await judge(noSecretsInClear, broken), [
      `spec.template.spec.containers[0].args[0] has db-password ${MEND}`,
      `spec.template.metadata.annotations["session-secret"] has session-secret ${MEND}`,
      `spec.template.metadata.labels.token has token ${MEND}`,
    ]);
  });

  it("passes names that only speak of a secret, tags that name one, and what the configuration calls harmless", async () => {
    for (const name of ["LOG_LEVEL", "TOKEN_TTL_SECONDS", "AFM_KEY_FILE", "secretArns", "KEYBOARD", "MONKEY"]) {
      assert.deepEqual(await judge(noSecretsInClear, having(configMap, ["data", name], "plain")), [], name);
    }
    assert.deepEqual(await judge(noSecretsInClear, having(secretEntry, ["tags", "runbooks:secret"], "AFM_KEY")), []);
    assert.deepEqual(await judge(noSecretsInClear, having(secretEntry, ["tags", "AFM_KEY"], "g3")), []);
    const config = { harmlessNames: ["PARTITION_KEY"] };
    assert.deepEqual(await judge(noSecretsInClear, having(configMap, ["data", "PARTITION_KEY"], "id"), { config }), []);
  });

  it("tells a value that its name gives away once", async () => {
    const broken = having(configMap, ["data", "DATABASE_URL"], "postgresql://app:hunter2@db:5432/postgres");
    assert.deepEqual(await judge(noSecretsInClear, broken), [`data.DATABASE_URL has DATABASE_URL ${MEND}`]);
  });

  it("judges what a preview knows: a name is enough", async () => {
    assert.deepEqual(await judge(noSecretsInClear, having(configMap, ["data", "AFM_KEY"], UNKNOWN_INPUT)), [
      `data.AFM_KEY has AFM_KEY ${MEND}`,
    ]);
    const partly = having(
      having(configMap, ["data", "LOG_LEVEL"], UNKNOWN_INPUT),
      ["data", "NOTE"],
      "sb_secret_0123456789",
    );
    assert.deepEqual(await judge(noSecretsInClear, partly), [`data.NOTE has a Supabase secret key ${MEND}`]);
    assert.deepEqual(await judge(noSecretsInClear, having(configMap, ["data"], UNKNOWN_INPUT)), []);
  });
});
