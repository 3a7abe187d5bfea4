import { z } from "zod";
import { arn } from "../accounts.ts";
import { inputsOf, tags, text } from "./inputs.ts";
import { defineType } from "./resource.ts";

/** What this stand-in lets a parameter group set: what Redis itself can change while it runs. */
const PARAMETERS = new Set([
  "maxmemory-policy",
  "maxmemory-samples",
  "notify-keyspace-events",
  "timeout",
  "tcp-keepalive",
  "slowlog-log-slower-than",
  "slowlog-max-len",
  "lazyfree-lazy-eviction",
  "lazyfree-lazy-expire",
  "activedefrag",
  "client-output-buffer-limit",
]);

const name = text.regex(
  /^[a-z][a-z0-9.-]{0,254}$/,
  "begins with a small letter and holds small letters, digits, '.' and '-' alone",
);

/** Parameter groups; their values reach the stores that name them when those are made or changed. */
export function parameterGroupType() {
  return defineType({
    type: "aws:elasticache/parameterGroup:ParameterGroup",
    inputs: inputsOf(
      { family: text.regex(/^(redis|valkey)\d+(\.\d+|\.x)?$/, "isn't a Redis or Valkey family such as redis7") },
      {
        description: text,
        name,
        parameters: z.array(
          z.strictObject({
            name: text.refine((parameter) => PARAMETERS.has(parameter), {
              error: `isn't one of the parameters that the sandbox takes: ${[...PARAMETERS].join(", ")}`,
            }),
            value: text,
          }),
        ),
        tags,
      },
    ),
    autoName: "name",
    replaces: ["name", "family", "description"],
    defaults: { description: "Managed by Pulumi", parameters: [] },
    unique: {
      key: (inputs) => inputs.name ?? "",
      taken: (taken) => `CacheParameterGroupAlreadyExists: Cache parameter group ${taken} already exists`,
    },
    id: (inputs) => inputs.name ?? "",
    outputs: (_inputs, id) => ({ arn: arn("elasticache", `parametergroup:${id}`) }),
  });
}

/** Subnet groups, kept as notes. */
export function subnetGroupType() {
  return defineType({
    type: "aws:elasticache/subnetGroup:SubnetGroup",
    inputs: inputsOf(
      { subnetIds: z.array(text.regex(/^subnet-[0-9a-f]+$/, "isn't a subnet's id (subnet-...)")).min(1) },
      { description: text, name, tags },
    ),
    autoName: "name",
    replaces: ["name"],
    defaults: { description: "Managed by Pulumi" },
    unique: {
      key: (inputs) => inputs.name ?? "",
      taken: (taken) => `CacheSubnetGroupAlreadyExists: Cache subnet group ${taken} already exists`,
    },
    id: (inputs) => inputs.name ?? "",
    outputs: (_inputs, id) => ({ arn: arn("elasticache", `subnetgroup:${id}`), vpcId: "vpc-0123456789abcdef0" }),
  });
}
