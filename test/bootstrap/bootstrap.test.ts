import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { resolved } from "../../verification/mocks/world.ts";

const NAME = "production-runbooks-bootstrap";
/** IAM quotas: characters of a managed policy, blanks not counted. */
const LONGEST_POLICY = 6_144;

interface Place {
  partition: string;
  region: string;
}

const outputsSchema = z.object({
  login: z.custom<pulumi.Output<string>>(pulumi.Output.isInstance),
  records: z.string(),
  kmsKeys: z.record(z.string(), z.custom<pulumi.Output<string>>(pulumi.Output.isInstance)),
  environments: z.record(z.string(), z.custom<pulumi.Output<Record<string, string>>>(pulumi.Output.isInstance)),
});
const made = z.looseObject({
  name: z.string().optional(),
  policy: z.string().optional(),
  assumeRolePolicy: z.string().optional(),
});

let runs = 0;

/** Runs the program as the engine would, and answers what it makes. */
async function run({ partition, region }: Place, settings: Record<string, string>) {
  const registered: { type: string; name: string; inputs: z.infer<typeof made> }[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: async ({ type, name, inputs }) => {
        registered.push({ type, name, inputs: made.parse(inputs) });
        const id = made.extend({ bucket: z.string().optional() }).parse(inputs).bucket ?? `${name}-id`;
        return { id, state: { ...inputs, arn: `arn:${partition}:made:${region}:123456789012:${name}` } };
      },
      call: ({ token }) => {
        if (token.endsWith(":getCallerIdentity")) return { accountId: "123456789012" };
        return token.endsWith(":getPartition") ? { partition } : { region };
      },
    },
    NAME,
    "account",
    false,
    "organization",
  );
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${NAME}:${key}`, value])),
  );
  runs += 1;
  const outputs = outputsSchema.parse({
    ...(await import(new URL(`../../bootstrap/index.ts?run=${runs}`, import.meta.url).href)),
  });
  const login = await resolved(outputs.login);
  const environments = await resolved(pulumi.output(outputs.environments));
  const keys = await resolved(pulumi.output(outputs.kmsKeys));
  return { registered, login, environments, keys, records: outputs.records };
}

describe("bootstrap", () => {
  const ours = { application: "shop", repository: "example/shop", cluster: "shop" };

  it("makes a bucket for the state, a key for each stack and roles for each environment", async () => {
    const { registered, login, environments, keys, records } = await run(
      { partition: "aws", region: "eu-west-1" },
      ours,
    );
    assert.equal(login, "s3://production-runbooks-state-123456789012-eu-west-1?region=eu-west-1&awssdk=v2");
    assert.equal(records, "s3://shop-{stage}-records-123456789012");
    assert.deepEqual(keys, {
      staging: "alias/production-runbooks-staging",
      production: "alias/production-runbooks-production",
    });
    assert.deepEqual(Object.keys(environments.staging ?? {}), ["staging", "preview-staging"]);
    const [trust] = registered.filter(
      ({ type, name }) => type === "aws:iam/role:Role" && name === "shop-production-runner",
    );
    assert.match(trust?.inputs.assumeRolePolicy ?? "", /repo:example\/shop:environment:production/);
  });

  it("fills in every placeholder, with policies that IAM takes, in another partition too", async () => {
    const { registered } = await run({ partition: "aws-us-gov", region: "us-gov-west-1" }, ours);
    const documents = registered.flatMap(({ type, inputs }) =>
      /^aws:iam/.test(type) ? [inputs.policy ?? inputs.assumeRolePolicy ?? ""] : [],
    );
    assert.ok(documents.length > 10);
    for (const document of documents) {
      assert.doesNotMatch(document, /<[a-z-]+>|arn:aws:|eu-west-1/);
      assert.ok(document.replace(/\s/g, "").length <= LONGEST_POLICY);
    }
    assert.match(
      documents.join("\n"),
      /arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:shop\/staging\//,
    );
  });

  it("makes the stages that live in the account, and no role where no repository is named", async () => {
    const { registered, environments } = await run(
      { partition: "aws", region: "eu-west-1" },
      { stages: '["production"]' },
    );
    assert.deepEqual(environments, {});
    assert.ok(!registered.some(({ type, name }) => type.startsWith("aws:iam/") || /staging/.test(name)));
    const again = await run({ partition: "aws", region: "eu-west-1" }, { ...ours, identityProvider: "there" });
    assert.ok(!again.registered.some(({ type }) => type.endsWith(":OpenIdConnectProvider")));
  });
});
