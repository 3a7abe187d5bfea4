import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity.js";
import { getPartition } from "@pulumi/aws/getPartition.js";
import { getRegion } from "@pulumi/aws/getRegion.js";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { ciRoles, identityProvider } from "./roles.ts";
import { keyAlias, stackKey } from "./stack-key.ts";
import { stateBucket } from "./state-bucket.ts";

const config = new pulumi.Config();
const application = config.get("application") ?? "app";
const stages = z.array(z.string()).parse(config.getObject("stages") ?? ["staging", "production"]);
const repository = config.get("repository") ?? "";
const [{ accountId }, { partition }, { region }] = await Promise.all([
  getCallerIdentity(),
  getPartition(),
  getRegion(),
]);

/** A document of `docs/iam`, as `npm run iam` writes it. */
const documentOf = (name: string): string => readFileSync(join(import.meta.dirname, "../docs/iam", name), "utf8");

const bucket = stateBucket(`production-runbooks-state-${accountId}-${region}`);
const keys = Object.fromEntries(
  stages.map((stage) => [stage, config.get("stackKeys") === "there" ? keyAlias(stage) : stackKey(stage)]),
);
const provider = repository === "" || config.get("identityProvider") === "there" ? null : identityProvider("github");
const roles =
  repository === ""
    ? {}
    : Object.fromEntries(
        stages.map((stage) => [
          stage,
          ciRoles(
            {
              application,
              stage,
              repository,
              partition,
              region,
              account: accountId,
              backend: `production-runbooks-state-${accountId}-${region}`,
              records: `${application}-${stage}-records-${accountId}`,
              "stack-key": `production-runbooks-${stage}`,
              cluster: config.get("cluster") ?? "",
              "notify-topic": "none",
            },
            documentOf,
            provider === null ? [] : [provider],
          ),
        ]),
      );

/** What `pulumi login` takes. */
export const login = pulumi.interpolate`s3://${bucket.id}?region=${region}&awssdk=v2`;
/** What `runbook init --records` takes. */
export const records = `s3://${application}-{stage}-records-${accountId}`;
/** What `runbook init --kms-key` takes, by stage. */
export const kmsKeys = keys;
/** The variable AWS_ROLE of each of the repository's environments. */
export const environments = roles;
