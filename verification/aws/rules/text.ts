import { isObject, type Json } from "../../../sandbox/cloud/wire.ts";
import type { Call } from "../calls/call.ts";
import type { Breach, Rule } from "./rule.ts";

/** Characters of a text that are shown. */
const LONGEST = 80;

/** Every text under a name, anywhere in a value, with its path. */
function textsUnder(name: RegExp, value: Json, path: string): { path: string; text: string }[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => textsUnder(name, one, `${path}[${index}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = `${path}.${key}`;
    if (typeof inner === "string") return name.test(key) ? [{ path: at, text: inner }] : [];
    return Array.isArray(inner) || isObject(inner) ? textsUnder(name, inner, at) : [];
  });
}

/** Texts of some calls that have to match a pattern. */
function pattern(parts: {
  name: string;
  source: string;
  of: (call: Call) => boolean;
  member: RegExp;
  within?: string;
  allowed: RegExp;
  said: string;
}): Rule {
  return {
    name: parts.name,
    source: parts.source,
    breaches: (call) => {
      if (!parts.of(call)) return [];
      const where = parts.within === undefined ? call.params : (call.params[parts.within] ?? {});
      return textsUnder(parts.member, where, parts.within ?? call.operation)
        .filter(({ text }) => !parts.allowed.test(text))
        .map(
          ({ path, text }) =>
            `${path}: "${text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text}" ${parts.said}`,
        );
    },
  };
}

const TAGS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const tagged =
  (service: string) =>
  ({ service: of, params }: Call) =>
    of === service && (params.Tags !== undefined || params.tags !== undefined);

const TEXT_RULES: readonly Rule[] = [
  pattern({
    name: "security-group-rule-description",
    source: "EC2 API reference, IpRange and UserIdGroupPair; terraform-provider-aws validSecurityGroupRuleDescription",
    of: ({ operation }) => operation.startsWith("AuthorizeSecurityGroup"),
    member: /^Description$/,
    allowed: /^[A-Za-z0-9 ._\-:/()#,@[\]+=;{}!$*]{0,255}$/,
    said: "holds more than letters, digits, blanks and ._-:/()#,@[]+=;{}!$*, or is longer than 255",
  }),
  pattern({
    name: "security-group-name",
    source: "EC2 API reference, CreateSecurityGroup: GroupName and GroupDescription in a VPC",
    of: ({ operation }) => operation === "CreateSecurityGroup",
    member: /^(GroupName|Description)$/,
    allowed: /^(?!sg-)[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/,
    said: "holds more than letters, digits, blanks and ._-:/()#,@[]+=&;{}!$*, begins with sg-, or is longer than 255",
  }),
  pattern({
    name: "replication-group-id",
    source: "ElastiCache API reference, CreateReplicationGroup; terraform-provider-aws replicationGroupIDValidator",
    of: ({ operation }) => operation === "CreateReplicationGroup",
    member: /^ReplicationGroupId$/,
    allowed: /^(?!.*--)(?!.*-$)[a-z][a-z0-9-]{0,39}$/,
    said: "isn't 1 to 40 lower-case letters, digits and hyphens, a letter first, no two hyphens together, none at the end",
  }),
  pattern({
    name: "user-id",
    source: "ElastiCache API reference, CreateUser and CreateUserGroup; the model's pattern with the length of 40",
    of: ({ operation }) => operation === "CreateUser" || operation === "CreateUserGroup",
    member: /^(UserId|UserGroupId)$/,
    allowed: /^(?!.*--)(?!.*-$)[a-zA-Z][a-zA-Z0-9-]{0,39}$/,
    said: "isn't 1 to 40 letters, digits and hyphens, a letter first, no two hyphens together, none at the end",
  }),
  pattern({
    name: "cache-group-name",
    source: "ElastiCache API reference, CreateCacheSubnetGroup and CreateCacheParameterGroup: at most 255",
    of: ({ operation }) => operation === "CreateCacheSubnetGroup" || operation === "CreateCacheParameterGroup",
    member: /^Cache(SubnetGroup|ParameterGroup)Name$/,
    allowed: /^(?!.*--)(?!.*-$)[a-z][a-z0-9-]{0,254}$/,
    said: "isn't 1 to 255 lower-case letters, digits and hyphens, a letter first, no two hyphens together, none at the end",
  }),
  ...["elasticache", "logs"].map((service) =>
    pattern({
      name: `${service}-tags`,
      source: "the tag patterns of CloudWatch Logs' model, and ElastiCache's user guide (tagging resources)",
      of: tagged(service),
      member: /./,
      within: service === "logs" ? "tags" : "Tags",
      allowed: TAGS,
      said: "holds more than letters, digits, blanks and _.:/=+-@",
    }),
  ),
  pattern({
    name: "topic-name",
    source: "SNS API reference, CreateTopic",
    of: ({ operation }) => operation === "CreateTopic",
    member: /^Name$/,
    allowed: /^[A-Za-z0-9_-]{1,256}$/,
    said: "isn't 1 to 256 letters, digits, - and _",
  }),
  pattern({
    name: "topic-display-name",
    source: "SNS API reference, SetTopicAttributes: DisplayName has at most 100 characters",
    of: ({ operation, params }) => operation === "SetTopicAttributes" && params.AttributeName === "DisplayName",
    member: /^AttributeValue$/,
    allowed: /^[^\r\n]{0,100}$/,
    said: "has more than 100 characters, or a line break",
  }),
  pattern({
    name: "bucket-name",
    source: "S3 user guide, bucket naming rules",
    of: ({ operation }) => operation === "CreateBucket",
    member: /^Bucket$/,
    allowed: /^(?!xn--|sthree-|amzn-s3-demo-)(?!.*\.\.)(?!.*(-s3alias|--ol-s3)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    said: "isn't 3 to 63 lower-case letters, digits, dots and hyphens, a letter or a digit first and last",
  }),
  pattern({
    name: "dashboard-name",
    source: "CloudWatch API reference, PutDashboard",
    of: ({ operation }) => operation === "PutDashboard",
    member: /^DashboardName$/,
    allowed: /^[A-Za-z0-9_-]{1,255}$/,
    said: "isn't 1 to 255 letters, digits, - and _",
  }),
  pattern({
    name: "composite-alarm-rule",
    source: "CloudWatch API reference, PutCompositeAlarm: at most 100 alarms in a rule; moto has no such alarms",
    of: ({ operation }) => operation === "PutCompositeAlarm",
    member: /^AlarmRule$/,
    allowed: /^(?!(?:.*?ALARM\(){101})ALARM\("[^"]+"\)(?: (?:OR|AND) ALARM\("[^"]+"\))*$/,
    said: 'isn\'t ALARM("NAME"), joined by OR or AND, of at most 100 alarms',
  }),
  pattern({
    name: "secret-name",
    source: "Secrets Manager API reference, CreateSecret: a name mustn't end with a hyphen and six characters",
    of: ({ operation }) => operation === "CreateSecret",
    member: /^Name$/,
    allowed: /^(?!.*-[A-Za-z0-9]{6}$)[A-Za-z0-9/_+=.@-]{1,512}$/,
    said: "isn't 1 to 512 letters, digits and /_+=.@-, or ends like an ARN",
  }),
];

/** What our rules have against the texts of a call. */
export function textBreaches(call: Call): Breach[] {
  return TEXT_RULES.flatMap((rule) => rule.breaches(call).map((why) => ({ rule: rule.name, why })));
}

/** Every rule with its source, for those who ask where it is from. */
export const SOURCES: readonly { name: string; source: string }[] = TEXT_RULES.map(({ name, source }) => ({
  name,
  source,
}));
