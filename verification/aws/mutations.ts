import type { Json } from "../../sandbox/cloud/wire.ts";
import type { Operation } from "./recorder/journal.ts";

/** A change of what was recorded that AWS would refuse, so that a run can prove that it sees such things. */
export interface Mutation {
  name: string;
  /** what the refusal is told to be */
  found: RegExp;
  mutated(operations: readonly Operation[]): Operation[];
}

function ofType(type: string, kind: Operation["kind"], change: (operation: Operation) => Operation) {
  return (operations: readonly Operation[]): Operation[] =>
    operations.map((operation) =>
      operation.type.endsWith(`:${type}`) && operation.kind === kind ? change(operation) : operation,
    );
}

const withInputs = (operation: Operation, inputs: Record<string, Json>): Operation => ({
  ...operation,
  inputs: { ...operation.inputs, ...inputs },
});

const RULE = { protocol: "tcp", fromPort: 6379, toPort: 6379, securityGroups: ["sg-0a51a9e57a9100021"] };

/** Each of the kinds that the first look at AWS' rules has found in the program. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: "an apostrophe in a rule's description",
    found: /rule security-group-rule-description/,
    mutated: ofType("SecurityGroup", "create", (operation) =>
      withInputs(operation, { ingress: [{ ...RULE, description: "from the cluster's nodes" }] }),
    ),
  },
  {
    name: "a replication group's id of 41 characters",
    found: /rule replication-group-id/,
    mutated: ofType("ReplicationGroup", "create", (operation) =>
      withInputs(operation, { replicationGroupId: "a".repeat(41) }),
    ),
  },
  {
    name: "a secret's name of 513 characters",
    found: /model: CreateSecret.Name: 513 is more than 512/,
    mutated: ofType("Secret", "create", (operation) => withInputs(operation, { name: "a".repeat(513) })),
  },
  {
    name: "a label taken off a version that hasn't got it",
    found: /rule staging-labels: AWSPREVIOUS/,
    mutated: ofType("SecretVersion", "create", (operation) =>
      withInputs(operation, { versionStages: ["g1", "AWSCURRENT", "AWSPREVIOUS"] }),
    ),
  },
  {
    name: "an apostrophe in an owner's tag",
    found: /rule elasticache-tags/,
    mutated: ofType("User", "create", (operation) =>
      withInputs(operation, { tags: { "runbooks:on-call": "O'Brien" } }),
    ),
  },
];
