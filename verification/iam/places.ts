import type { Json } from "../../sandbox/cloud/wire.ts";

/** Where an action may be used: resources, and under which condition. */
export interface Place {
  resources: readonly string[];
  condition?: Record<string, Record<string, Json>>;
}

/** The names of what the program makes, with placeholders such as `<account>` where a stack's own names go. */
export interface Names {
  stack: string;
  secrets: readonly string[];
  bucket: string;
  logGroup: string;
}

const arn = (service: string, resource: string): string => `arn:<partition>:${service}:<region>:<account>:${resource}`;

const OURS = { StringLike: { "aws:ResourceTag/runbooks:change": "*" } };
const ASKED_FOR = { StringLike: { "aws:RequestTag/runbooks:change": "*" } };
const OUR_TAGS = { "ForAllValues:StringLike": { "aws:TagKeys": "runbooks:*" }, Null: { "aws:TagKeys": "false" } };
const EVERYWHERE: Place = { resources: ["*"] };

const secretArns = ({ secrets }: Names): string[] =>
  secrets.map((name) => arn("secretsmanager", `secret:${name}-??????`));

function cacheArns({ stack }: Names): string[] {
  const own = [
    "replicationgroup:%",
    "cluster:%-*",
    "snapshot:%-*",
    "user:%-*",
    "usergroup:%",
    "subnetgroup:%",
    "parametergroup:%-*",
  ];
  return own.map((resource) => arn("elasticache", resource.replace("%", stack)));
}

const keys = arn("kms", "key/*");
const groups = arn("ec2", "security-group/*");

/** Which place each action has; the first that fits. Service Authorization Reference, resource types and condition keys of each service. */
const PLACES: readonly [of: RegExp, place: (names: Names) => readonly Place[]][] = [
  [
    /^sts:GetCallerIdentity$|^kms:ListAliases$|^(ec2|elasticache|cloudwatch):Describe|^logs:DescribeLogGroups$|^sns:(GetSubscriptionAttributes|Unsubscribe)$/,
    () => [EVERYWHERE],
  ],
  [
    /^iam:CreateServiceLinkedRole$/,
    () => [
      {
        resources: ["arn:<partition>:iam::<account>:role/aws-service-role/elasticache.amazonaws.com/*"],
        condition: { StringEquals: { "iam:AWSServiceName": "elasticache.amazonaws.com" } },
      },
    ],
  ],
  [/^kms:CreateKey$/, () => [{ resources: ["*"], condition: ASKED_FOR }]],
  [/^kms:(Tag|Untag)Resource$/, () => [{ resources: [keys], condition: OUR_TAGS }]],
  [
    /^kms:(Create|Update|Delete)Alias$/,
    ({ stack }) => [{ resources: [arn("kms", `alias/${stack}`)] }, { resources: [keys], condition: OURS }],
  ],
  [
    /^kms:CreateGrant$/,
    () => [
      {
        resources: [keys],
        condition: {
          ...OURS,
          StringEquals: { "kms:ViaService": "elasticache.<region>.amazonaws.com" },
          Bool: { "kms:GrantIsForAWSResource": "true" },
        },
      },
    ],
  ],
  [
    /^kms:(GenerateDataKey|Decrypt)$/,
    (names) => [
      {
        resources: [keys],
        condition: {
          ...OURS,
          StringEquals: { "kms:ViaService": "secretsmanager.<region>.amazonaws.com" },
          "ForAnyValue:StringLike": { "kms:EncryptionContext:SecretARN": secretArns(names) },
        },
      },
    ],
  ],
  [/^kms:/, () => [{ resources: [keys], condition: OURS }]],
  [/^secretsmanager:/, (names) => [{ resources: secretArns(names) }]],
  [/^elasticache:/, (names) => [{ resources: cacheArns(names) }]],
  [
    /^ec2:CreateSecurityGroup$/,
    () => [{ resources: [arn("ec2", "vpc/*")] }, { resources: [groups], condition: ASKED_FOR }],
  ],
  [/^ec2:(Create|Delete)Tags$/, () => [{ resources: [groups], condition: OUR_TAGS }]],
  // What ElastiCache does to the network on the caller's behalf has no names that could be known before.
  [/^ec2:(Create|Delete)NetworkInterface$/, () => [{ resources: [arn("ec2", "*")] }]],
  [/^ec2:/, () => [{ resources: [groups], condition: OURS }]],
  [/^s3:/, ({ bucket }) => [{ resources: [`arn:<partition>:s3:::${bucket}`] }]],
  [/^sns:/, ({ stack }) => [{ resources: [arn("sns", stack)] }]],
  [
    /^logs:/,
    ({ logGroup }) => [{ resources: [arn("logs", `log-group:${logGroup}`), arn("logs", `log-group:${logGroup}:*`)] }],
  ],
  [
    /^cloudwatch:(Put|Get|Delete)Dashboards?$/,
    ({ stack }) => [{ resources: [`arn:<partition>:cloudwatch::<account>:dashboard/${stack}`] }],
  ],
  [/^cloudwatch:/, ({ stack }) => [{ resources: [arn("cloudwatch", `alarm:${stack}-*`)] }]],
];

/** Where an action may be used. @throws Error for an action of a service that nobody has thought of */
export function placesOf(action: string, names: Names): readonly Place[] {
  const found = PLACES.find(([of]) => of.test(action));
  if (found === undefined)
    throw new Error(`verification/iam/places.ts knows no place for ${action}: say which resources`);
  return found[1](names);
}
