import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { Refusal } from "../../infra/errors.ts";
import {
  type Answers,
  accountOf,
  recordsIn,
  STAGES,
  secretsProvider,
  stackFile,
} from "../../infra/onboarding/stack-file.ts";

const template = (stage: string): string =>
  readFileSync(new URL(`../../Pulumi.${stage}.yaml`, import.meta.url), "utf8");
const answers: Answers = {
  domain: "shop.example.org",
  app: "shop",
  onCall: "ada",
  vpc: "vpc-0123456789abcdef0",
  subnets: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
  securityGroups: ["sg-0123456789abcdef0"],
  region: "eu-central-1",
  cluster: "prod",
  gateway: "gateways/public",
  kmsKey: null,
  supabaseUrl: null,
  afmUrl: null,
  alarmEmail: null,
  records: "s3://shop-records-{stage}",
  release: null,
};
const config = (text: string) => parse(text).config;

describe("a stack file for your own names", () => {
  it("names a key by its alias or its ARN as the engine can read it", () => {
    const arn = "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/5a4db0c5-7a91-4c1e-9a53-5f7a6c1e0001";
    // With two slashes the engine takes the ARN for a host: "invalid port".
    assert.equal(secretsProvider(arn, "us-gov-west-1"), `awskms:///${arn}?region=us-gov-west-1&awssdk=v2`);
    assert.equal(new URL(secretsProvider(arn, "us-gov-west-1")).pathname, `/${arn}`);
    for (const alias of ["alias/shop", "shop"])
      assert.equal(secretsProvider(alias, "eu-west-1"), "awskms://alias/shop?region=eu-west-1&awssdk=v2");
  });

  for (const stage of STAGES) {
    it(`has the answers in their places, and all else of ${stage} as it was`, () => {
      const [before, after] = [config(template(stage)), config(stackFile(template(stage), stage, answers))];
      const at = (key: string) => after[`production-runbooks:${key}`];
      assert.equal(at("gateway").hostname, stage === "production" ? "shop.example.org" : "staging.shop.example.org");
      assert.deepEqual(at("cluster"), { context: "prod", namespace: `shop-${stage}` });
      assert.equal(at("application").name, "shop");
      assert.equal(at("records"), `s3://shop-records-${stage}`);
      assert.equal(after["aws:region"], "eu-central-1");
      for (const key of ["canary", "gates", "metrics", "release", "supabaseKey", "soak"]) {
        assert.deepEqual(at(key), before[`production-runbooks:${key}`], key);
      }
    });
  }

  it("with another key has none of the secrets that the old one encrypted", () => {
    const file = parse(stackFile(template("production"), "production", { ...answers, kmsKey: "alias/shop" }));
    assert.equal(file.secretsprovider, "awskms://alias/shop?region=eu-central-1&awssdk=v2");
    assert.equal("encryptedkey" in file, false);
    assert.doesNotMatch(JSON.stringify(file), /secure/);
  });

  it("keeps records in a bucket that has the account in its name: S3's names are the whole world's", () => {
    const key = "arn:aws-us-gov:kms:us-gov-west-1:210987654321:key/5a4db0c5-7a91-4c1e-9a53-5f7a6c1e0001";
    const records = recordsIn("shop", accountOf(key));
    const file = stackFile(template("staging"), "staging", { ...answers, records, kmsKey: key });
    assert.equal(config(file)["production-runbooks:records"], "s3://shop-staging-records-210987654321");
    assert.equal(parse(file).secretsprovider, `awskms:///${key}?region=eu-central-1&awssdk=v2`);
    assert.equal(recordsIn("shop", accountOf("alias/runbooks")), null);
  });

  it("is refused with every problem, in the program's own words", () => {
    const wrong = { ...answers, domain: "Shop", vpc: "vpc-1", subnets: ["subnet-0123456789abcdef0"] };
    assert.throws(
      () => stackFile(template("staging"), "staging", wrong),
      (error) =>
        error instanceof Refusal &&
        ["gateway.hostname", "network.vpcId", "network.subnetIds"].every((path) =>
          error.problems.some((problem) => problem.startsWith(`production-runbooks:${path} `)),
        ),
    );
  });
});
