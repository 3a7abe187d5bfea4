import type { Json } from "../../sandbox/cloud/wire.ts";
import type { Operation } from "./recorder/journal.ts";

/** A change of what was recorded that AWS would refuse, so that a run can prove that it sees such things. */
export interface Mutation {
  /** its name on the command line */
  id: string;
  name: string;
  /** what the refusal is told to be */
  found: RegExp;
  mutated<Of extends Operation>(operations: readonly Of[]): Of[];
}

/** Other inputs for what is created of a type. */
function created(type: string, inputs: Record<string, Json>): Mutation["mutated"] {
  return (operations) =>
    operations.map((operation) =>
      operation.type.endsWith(`:${type}`) && operation.kind === "create"
        ? { ...operation, inputs: { ...operation.inputs, ...inputs } }
        : operation,
    );
}

const RULE = { protocol: "tcp", fromPort: 6379, toPort: 6379, securityGroups: ["sg-0a51a9e57a9100021"] };

/** Each of the kinds that the first look at AWS' rules has found in the program. */
export const MUTATIONS: readonly Mutation[] = [
  {
    id: "apostrophe",
    name: "an apostrophe in a rule's description",
    found: /rule security-group-rule-description/,
    mutated: created("SecurityGroup", { ingress: [{ ...RULE, description: "from the cluster's nodes" }] }),
  },
  {
    id: "long-group-id",
    name: "a replication group's id of 41 characters",
    found: /rule replication-group-id/,
    mutated: created("ReplicationGroup", { replicationGroupId: "a".repeat(41) }),
  },
  {
    id: "long-secret-name",
    name: "a secret's name of 513 characters",
    found: /model: CreateSecret.Name: 513 is more than 512/,
    mutated: created("Secret", { name: "a".repeat(513) }),
  },
  {
    id: "wrong-label",
    name: "a label taken off a version that hasn't got it",
    found: /rule staging-labels: AWSPREVIOUS/,
    mutated: created("SecretVersion", { versionStages: ["g1", "AWSCURRENT", "AWSPREVIOUS"] }),
  },
  {
    id: "owner-tag",
    name: "an apostrophe in an owner's tag",
    found: /rule elasticache-tags/,
    mutated: created("User", { tags: { "runbooks:on-call": "O'Brien" } }),
  },
];
