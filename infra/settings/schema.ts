import { z } from "zod";
import { changeRulesSchema } from "../admission/settings.ts";
import { duration, formatDuration } from "../domain/durations.ts";
import { manifestSchema } from "../domain/manifest.ts";
import { RETENTIONS } from "../domain/retention.ts";
import { WITHOUT_USERS } from "../domain/without-users.ts";
import { applicationName, engineVersion, maintenanceWindow, recordsUrl, tagText } from "./aws-names.ts";
import { boardSchema } from "./board.ts";
import { incidentSchema } from "./incident.ts";
import { dnsLabel } from "./kubernetes-names.ts";
import { metricsSchema } from "./metrics.ts";
import { ownMetricsSchema } from "./own-metrics.ts";
import { positiveDuration, textOf, urlPath } from "./parts.ts";
import { rising } from "./rising.ts";
import { rotationSchema } from "./rotation.ts";

const HOUR = 3_600_000;

const awsId = (prefix: string) =>
  textOf(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `write an id such as "${prefix}-0123456789abcdef0"`);
const hostname = textOf(
  /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/,
  `write a host name such as "staging.app.example.com"`,
);
const cidr = z.union([z.cidrv4(), z.cidrv6()], { error: `write a range such as "10.0.0.0/20"` });
const httpsUrl = z.url({ protocol: /^https$/, error: `write an address that begins with "https://"` });
const cpu = textOf(/^(\d+m|\d+(\.\d+)?)$/, `write CPUs or thousandths of one, such as "250m" or "1"`);
const memory = textOf(/^\d+(Ki|Mi|Gi)$/, `write a size such as "256Mi" or "1Gi"`);

const environment = z
  .record(
    textOf(/^[A-Za-z_][A-Za-z0-9_]*$/, "is no name for an environment variable: use letters, digits and '_'"),
    z.string(),
  )
  .superRefine((literals, context) => {
    for (const name of ["RELEASE_ID", "PORT"].filter((name) => name in literals)) {
      context.addIssue({ code: "custom", path: [name], message: `the program sets ${name} itself: remove it` });
    }
  });

const replicas = z.strictObject({ min: z.int().min(2), max: z.int().min(2) }).superRefine(({ min, max }, context) => {
  if (min <= max) return;
  context.addIssue({
    code: "custom",
    path: ["max"],
    message: `is below replicas.min (${min}): raise max or lower min`,
  });
});

const application = z.strictObject({
  name: applicationName,
  replicas,
  cpu,
  memory,
  logLevel: z.enum(["debug", "info", "warn", "error"]),
  environment,
  healthPath: urlPath,
  readyPath: urlPath,
  /** Where a pod reports its credentials by fingerprint and its session keys' use, in Prometheus' text format. */
  metricsPath: urlPath.default("/metrics"),
  readyWithin: positiveDuration,
  /** How long a pod that is to end goes on serving before its SIGTERM: until every gateway knows that it ends. 0s: not at all. */
  preStop: duration.prefault("5s"),
  /** How long a pod has to end after its SIGTERM. */
  terminationGrace: positiveDuration,
  drain: positiveDuration,
  /** How long a migration may wait for a lock, and make every query behind it wait, before it gives the queue free. */
  lockTimeout: positiveDuration.prefault("3s"),
});

const sessionStore = z
  .strictObject({
    nodeType: textOf(/^cache\.[a-z0-9]+\.[a-z0-9]+$/, `write a node type such as "cache.t4g.small"`),
    engineVersion,
    replicas: z.int().min(0).max(5),
    multiAz: z.boolean(),
    maintenanceWindow: maintenanceWindow.optional(),
  })
  .refine(({ multiAz, replicas }) => !multiAz || replicas >= 1, {
    path: ["replicas"],
    error: "multiAz needs a replica to fail over to: set replicas to 1 or more",
  });

const canarySteps = z
  .array(z.int().min(1).max(100))
  .min(1)
  .superRefine((steps, context) => {
    rising(steps, String, context);
    const last = steps.at(-1);
    if (last !== 100 && last !== undefined) {
      const path = [steps.length - 1];
      context.addIssue({
        code: "custom",
        path,
        message: "the last step must be 100: add it, or no release ever has all traffic",
      });
    }
  });

const canary = z.strictObject({
  steps: canarySteps,
  stepFor: positiveDuration,
  checks: z.array(positiveDuration).superRefine((checks, context) => rising(checks, formatDuration, context)),
  /** What it is compared with: the stable release as it stands, or a second copy of it that starts with the canary and gets the same weight. */
  baseline: z.enum(["none", "fresh"]).default("none"),
});

const alpha = textOf(/^0?\.\d+$/, `write a share between 0 and 0.5 in quotes, such as "0.05"`)
  .transform(Number)
  .refine((share) => share > 0 && share <= 0.5, `write a share between 0 and 0.5 in quotes, such as "0.05"`);

/** How requests' durations are judged: the comparison with the stable release needs no figure, the limits are the team's own. */
const latency = z.strictObject({
  /** How long after its first request a release may be slow. */
  warmUp: duration.prefault("10s"),
  /** Bounds of the histogram below aren't compared. */
  from: duration.prefault("50ms"),
  /** What half, 95 % and 99 % of the requests must not exceed. */
  p50: positiveDuration.optional(),
  p95: positiveDuration.optional(),
  p99: positiveDuration.optional(),
});

const gates = z
  .strictObject({
    interval: positiveDuration,
    timeout: positiveDuration,
    minimumRequests: z.int().min(1),
    /** `alpha` is the chance of a false abort, all gates together. */
    errorRate: z.strictObject({ alpha, hardLimitPercent: z.int().min(1).max(100) }),
    latency: latency.prefault({}),
    /** What judges a release without users: its stage says, unless this does. */
    withoutUsers: z.enum(WITHOUT_USERS).optional(),
    /** How often containers of the judged release may be started again, and its pods lose their readiness, within a step. */
    pods: z.strictObject({ restarts: z.int().min(0).default(1), unready: z.int().min(0).default(3) }).prefault({}),
    /** What the team itself measures of a release. */
    metrics: ownMetricsSchema,
  })
  .refine(({ interval, timeout }) => interval < timeout, {
    path: ["timeout"],
    error: "must be longer than gates.interval, or a gate never gets a second look",
  });

const requests = z.strictObject({
  namespace: textOf(/^[^:*$]{1,255}$/, "write a metric namespace of CloudWatch's").default(
    "ContainerInsights/Prometheus",
  ),
  metric: textOf(/^[^:*$]{1,255}$/, "write a metric's name").optional(),
  dimensions: z
    .record(z.string().min(1).max(255), z.string().min(1).max(1024))
    .refine((all) => Object.keys(all).length <= 30, "write at most 30 dimensions: CloudWatch takes no more")
    .optional(),
});

const jsonPath = textOf(
  /^([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)?$/,
  `write a field's path such as "log_processed", or "" for none`,
);

const logs = z.strictObject({
  group: textOf(
    /^[a-zA-Z0-9_/.#-]{1,512}$/,
    `write a log group's name such as "/aws/containerinsights/CLUSTER/application"`,
  ).optional(),
  /** A filter pattern has 1,024 characters, and this stands in it up to 16 times. */
  fields: jsonPath
    .max(16, "write at most 16 characters: a filter pattern has 1,024, and this is in it 16 times")
    .default("log_processed"),
  namespaceField: jsonPath.max(40).default("kubernetes.namespace_name"),
});

const severity = z.enum(["critical", "error", "warning", "info"]);

const notify = z.strictObject({
  /** How long a change may wait for a channel at most, all tries together. */
  within: positiveDuration.prefault("10s"),
  /** Any receiver of JSON, such as a status page, with the secret `webhookToken` where there is one. */
  webhook: z.strictObject({ url: httpsUrl }).optional(),
  /** Slack's incoming webhook, whose address is the secret `slackWebhook`. */
  slack: z.strictObject({}).optional(),
  /** Where tickets are opened, with the secret `githubToken`. */
  github: z
    .strictObject({
      repository: textOf(/^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/, `write "OWNER/REPOSITORY"`),
      labels: z.array(z.string().min(1)).default([]),
      api: httpsUrl.optional(),
    })
    .optional(),
  /** Who is paged, with the secret `pagerdutyKey`; `url` for another region's Events API. */
  pagerduty: z.strictObject({ severity, url: httpsUrl.optional() }).optional(),
  /** A topic, with the credentials of the AWS environment. */
  sns: z
    .strictObject({
      topicArn: textOf(
        /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+(\.fifo)?$/,
        `write a topic's ARN such as "arn:aws:sns:eu-west-1:123456789012:changes"`,
      ),
    })
    .optional(),
});

const services = z.strictObject({
  supabaseUrl: httpsUrl,
  afmUrl: httpsUrl,
  /** Supabase's Management API, which makes and deletes the project's keys with the secret `supabaseToken`. */
  supabaseManagementUrl: httpsUrl.default("https://api.supabase.com"),
  /** How AFM's keys are made: by the operator, or through an adapter of the team's, with the secret `afmAdapterToken`. */
  afmKeys: z
    .strictObject({
      /** Whether AFM takes two keys at once; without it a rotation has a gap, and its plan says so. */
      overlap: z.boolean(),
      adapter: z
        .strictObject({ url: httpsUrl, mint: z.boolean(), revoke: z.boolean(), introspect: z.boolean() })
        .refine(({ revoke, introspect }) => introspect || !revoke, {
          path: ["introspect"],
          error: "revoke: true needs introspect: true: the key to withdraw is found in the adapter's list",
        })
        .optional(),
    })
    .default({ overlap: false }),
});

/** What a stack file sets, less the secrets: the one place where the keys and their rules stand. Durations become milliseconds. */
export const settingsSchema = z.strictObject({
  /** Names the stack's stage; a release passes `staging` before `production` takes it. */
  stage: z.enum(["staging", "production"]),
  /** Who answers for changes that name nobody else. A change alters the tags of shared resources. */
  onCall: tagText,
  /** Where the session store lives. A change replaces it. */
  network: z.strictObject({
    vpcId: awsId("vpc"),
    subnetIds: z.array(awsId("subnet")).min(2),
    clientSecurityGroupIds: z.array(awsId("sg")).min(1),
  }),
  /** The cluster, which exists already. `context` picks one of the kubeconfig; a change of `namespace` replaces everything in it. */
  cluster: z.strictObject({
    context: z.string().min(1).optional(),
    namespace: dnsLabel,
    /** what it is called on EKS, where its context doesn't say so: the log group and the metrics are named after it */
    name: textOf(/^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/, "write the cluster's name on EKS").optional(),
    /** Where the API server's calls to pods come from, by which rotations and incidents read them, where network policies are enforced. */
    apiServer: z
      .strictObject({ cidrs: z.array(cidr).default([]), namespaces: z.array(dnsLabel).default([]) })
      .optional(),
  }),
  /** The Gateway that the HTTPRoute attaches to, which exists already. */
  gateway: z.strictObject({ name: dnsLabel, namespace: dnsLabel, hostname }),
  /** The workload. Name, replicas, log level and environment go into the next release; the rest rolls the running ones. */
  application,
  services,
  /** The Redis replication group. A change of `engineVersion` or `nodeType` restarts its nodes. */
  sessionStore,
  /** The user whom the journeys log in as; its password is the secret `syntheticPassword`. */
  syntheticUser: z.string().min(1),
  /** How long staging watches a release before it has passed. */
  soak: duration,
  /** The shares of traffic, how long each lasts, and the checks after the last one. */
  canary,
  /** How often and how long gates look, and the error rate's test. */
  gates,
  /** Where requests are counted by release and status code. */
  metrics: metricsSchema,
  /** The release of the stack's first update; afterwards the release state decides. */
  release: manifestSchema,
  /** Where change records and backups are kept. */
  records: recordsUrl,
  alarms: z.strictObject({
    email: z.email(`write an address such as "oncall@example.com"`).optional(),
    /** The metric of the gateway's requests in CloudWatch, for the alarm that an incident at the gateway teaches. */
    requests: requests.prefault({}),
  }),
  /** Where in CloudWatch Logs the pods' lines are, as the cluster's log forwarder writes them. The group is there before the stack. */
  logs: logs.prefault({}),
  /**
   * How long keys, secrets and records outlive the stack: `short` is for a trial of which nothing shall be left, and only staging takes it.
   */
  retention: z.enum(RETENTIONS).default("long"),
  /** Who is told when traffic goes back, and where the ticket is opened. */
  notify: notify.optional(),
  /** How database incidents are answered, and by which figures they are classed. */
  incident: incidentSchema.prefault({}),
  /** How secrets are rotated, and how old they may get. */
  rotation: rotationSchema.prefault({}),
  /** When changes may begin, and who must approve them. */
  changes: changeRulesSchema.optional(),
  /** Who runs changes: the command that opens them, or `runbook serve` in the cluster, to which commands hand them over. */
  runner: z.enum(["command", "cluster"]).default("command"),
  /** How people are known on the board of `runbook serve`. */
  board: boardSchema.prefault({}),
  /**
   * How strictly the policies are taken: `mandatory` refuses, `advisory` tells; unset, staging is told and production refused.
   * `config` is a policy-pack configuration of your own, as `pulumi --policy-pack-config` takes it, in place of both.
   */
  policies: z
    .strictObject({ level: z.enum(["mandatory", "advisory"]).optional(), config: z.string().min(1).optional() })
    .optional(),
  /** Divides every deadline; refused by the runner outside the sandbox. */
  timeScale: z.int().min(1).optional(),
});

const MALFORMED_URL =
  "is a malformed URL: in the user's name and the password write @ as %40, # as %23, / as %2F, ? as %3F and % as %25";

/** Whether a URL reads as it was meant: an unescaped # or / in a password ends its host early. */
function isWholeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname, hash, pathname, search } = new URL(text);
  return hostname !== "" && hash === "" && !`${pathname}${search}`.includes("@");
}

const secretText = z.string({ error: "must be a text" }).min(1, "is empty");
/** A secret that a stack may do without; Pulumi.yaml's default for it is an empty text. */
const spareSecret = z
  .string({ error: "must be a text" })
  .optional()
  .transform((text) => (text === "" ? undefined : text));

/** The runner's own: tokens for the channels of `notify`, where they are used, and for those who issue keys. */
const runnersSecrets = {
  slackWebhook: spareSecret,
  pagerdutyKey: spareSecret,
  githubToken: spareSecret,
  webhookToken: spareSecret,
  /** What a rotation of SUPABASE_KEY needs: a personal access token of Supabase's Management API. */
  supabaseToken: spareSecret,
  /** What a rotation of AFM_KEY through an adapter needs. */
  afmAdapterToken: spareSecret,
};
export const SPARE_SECRETS: readonly string[] = Object.keys(runnersSecrets);

/** The stack's secrets. Their values stand in no message. */
export const secretsSchema = z.strictObject({
  supabaseKey: secretText,
  afmKey: secretText,
  databaseUrl: secretText
    .regex(/^postgres(ql)?:\/\/\S+$/, { error: `must begin with "postgresql://"`, abort: true })
    .refine(isWholeUrl, MALFORMED_URL),
  syntheticPassword: secretText,
  ...runnersSecrets,
});

/** The secrets without which no stack can be updated. */
export const NEEDED_SECRETS: readonly string[] = Object.keys(secretsSchema.shape).filter(
  (key) => !SPARE_SECRETS.includes(key),
);

const stagingSoak = z.object({
  stage: z.literal("staging"),
  soak: duration.refine((milliseconds) => milliseconds >= 24 * HOUR && milliseconds <= 48 * HOUR, {
    error: "on staging a release soaks for 24h to 48h: write a duration in between",
  }),
});

/** The rule that needs two keys: kept apart so that it is checked whatever else is wrong. */
export function checkStagingSoak(raw: unknown): z.ZodError | null {
  const { stage, soak } = z.object({ stage: z.unknown(), soak: z.unknown() }).parse(raw);
  if (stage !== "staging" || !duration.safeParse(soak).success) return null;
  return stagingSoak.safeParse({ stage, soak }).error ?? null;
}

const trial = z.object({
  stage: z.literal("staging", {
    error: "retention: short is for a trial on staging: production keeps its records, so leave retention out there",
  }),
});

/** The other rule that needs two keys: a production whose records and secrets go at once is none. */
export function checkTrial(raw: unknown): z.ZodError | null {
  const { stage, retention } = z
    .object({ stage: z.unknown().optional(), retention: z.unknown().optional() })
    .parse(raw);
  return retention === "short" ? (trial.safeParse({ stage }).error ?? null) : null;
}

export type Settings = z.infer<typeof settingsSchema>;
export type StackSecrets = z.infer<typeof secretsSchema>;
