import type { Call } from "./calls/call.ts";
import { textOf } from "./calls/call.ts";

/** What moto 5.2.5 doesn't do: its server breaks in it or answers as if nothing were there. The models and our rules still look at it. */
const LACKING: readonly { operation: RegExp; of?: (call: Call) => boolean; why: string }[] = [
  { operation: /CacheParameter/, why: "has no parameter groups" },
  { operation: /UserGroup/, why: "has no user groups" },
  { operation: /^ModifyUser$/, why: "can't change a user" },
  { operation: /^DeleteCacheSubnetGroup$/, why: "can't delete a subnet group" },
  { operation: /^DescribeCacheClusters$/, why: "gives a replication group no clusters" },
  { operation: /^PutCompositeAlarm$/, why: "has no composite alarms" },
  { operation: /^ModifyReplicationGroup$/, why: "can't change a replication group" },
  {
    operation: /^(ListTagsForResource|AddTagsToResource|RemoveTagsFromResource)$/,
    of: ({ service, params }) =>
      service === "elasticache" && /:(parametergroup|usergroup):/.test(textOf(params, "ResourceName")),
    why: "has no tags of parameter groups and user groups",
  },
];

/** What moto can't do of a call; null where it can. */
export function lackOf(call: Call): string | null {
  return LACKING.find(({ operation, of }) => operation.test(call.operation) && (of?.(call) ?? true))?.why ?? null;
}
