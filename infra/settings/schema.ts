import { z } from "zod";
import { changeRulesSchema } from "../admission/settings.ts";
import { duration } from "../domain/durations.ts";
import { manifestSchema } from "../domain/manifest.ts";
import { RETENTIONS } from "../domain/retention.ts";
import { application } from "./application.ts";
import { engineVersion, maintenanceWindow, recordsUrl, tagText } from "./aws-names.ts";
import { boardSchema } from "./board.ts";
import { canary } from "./canary.ts";
import { gates } from "./gates.ts";
import { incidentSchema } from "./incident.ts";
import { createdNamespace, dnsLabel } from "./kubernetes-names.ts";
import { metricsSchema } from "./metrics.ts";
import { notify } from "./notify.ts";
import { port, textOf } from "./parts.ts";
import { rotationSchema } from "./rotation.ts";
import { services } from "./services.ts";

const HOUR = 3_600_000;

const awsId = (prefix: string) =>
  textOf(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `write an id such as "${prefix}-0123456789abcdef0"`);
const hostname = textOf(
  /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/,
  `write a host name such as "staging.app.example.com"`,
);
const cidr = z.union([z.cidrv4(), z.cidrv6()], { error: `write a range such as "10.0.0.0/20"` });

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
    namespace: createdNamespace,
    /** what it is called on EKS, where its context doesn't say so: the log group and the metrics are named after it */
    name: textOf(/^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/, "write the cluster's name on EKS").optional(),
    /** Where the API server's calls to pods come from, by which rotations and incidents read them, where network policies are enforced. */
    apiServer: z
      .strictObject({ cidrs: z.array(cidr).default([]), namespaces: z.array(dnsLabel).default([]) })
      .optional(),
    /** Addresses that answer DNS besides the pods of kube-system and NodeLocal DNSCache's usual one, where network policies are enforced. */
    dns: z.array(cidr).default([]),
    /** TCP ports that pods may call besides 443, 5432, 6543, 6379 and those of `services`' addresses. */
    egressPorts: z.array(port).default([]),
  }),
  /** The Gateway that the HTTPRoute attaches to, which exists already. Its pods may run in another namespace than it is in. */
  gateway: z.strictObject({ name: dnsLabel, namespace: dnsLabel, podsIn: dnsLabel.optional(), hostname }),
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

const stagingSoak = z.object({
  stage: z.literal("staging"),
  soak: duration.refine((milliseconds) => milliseconds >= 24 * HOUR && milliseconds <= 48 * HOUR, {
    error: "on staging a release soaks for 24h to 48h: write a duration in between",
  }),
});

/** The rule that needs two keys: kept apart so that it is checked whatever else is wrong. */
export function checkStagingSoak(raw: unknown): z.ZodError | null {
  const { stage, soak } = z.object({ stage: z.unknown().optional(), soak: z.unknown().optional() }).parse(raw);
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
