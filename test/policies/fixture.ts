/** A resource as the engine shows it to a policy. */
export interface Fixture {
  readonly type: string;
  readonly name: string;
  readonly props: Record<string, unknown>;
  readonly protect?: boolean;
  /** The names of the resources that a property comes from. */
  readonly uses?: Record<string, string>;
}

type Path = readonly (string | number)[];

const ABSENT = Symbol("absent");

/** The fixture with another value at a path; what leads there is made where it is missing. */
export function having(fixture: Fixture, path: Path, value: unknown): Fixture {
  return { ...fixture, props: record(changed(fixture.props, path, value)) };
}

/** The fixture without what is at a path. */
export function lacking(fixture: Fixture, path: Path): Fixture {
  return having(fixture, path, ABSENT);
}

/** The path of everything that stands in the fixture's properties. */
export function pathsOf(fixture: Fixture): Path[] {
  return pathsBelow(fixture.props, []);
}

function pathsBelow(node: unknown, path: Path): Path[] {
  const inside: (readonly [string | number, unknown])[] = Array.isArray(node)
    ? [...node.entries()]
    : Object.entries(record(node));
  return inside.flatMap(([key, value]) => [[...path, key], ...pathsBelow(value, [...path, key])]);
}

function changed(node: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (typeof key === "number") {
    const list: unknown[] = Array.isArray(node) ? [...node] : [];
    list[key] = changed(list[key], rest, value);
    return list.filter((element) => element !== ABSENT);
  }
  const before = record(node);
  const after = { ...before, [key]: changed(before[key], rest, value) };
  return Object.fromEntries(Object.entries(after).filter(([, entry]) => entry !== ABSENT));
}

function record(node: unknown): Record<string, unknown> {
  return typeof node === "object" && node !== null ? Object.fromEntries(Object.entries(node)) : {};
}

const LABELS = { "app.kubernetes.io/name": "app", "runbooks.dev/release": "r1" };

function metadata(name: string) {
  return {
    name,
    namespace: "app-production",
    labels: LABELS,
    annotations: { "runbooks.dev/change": "CHG-2026-11-22-001", "runbooks.dev/on-call": "team-a" },
  };
}

const TAGS = { "runbooks:change": "bootstrap", "runbooks:on-call": "team-a" };
const KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1";

/** A release's Deployment as every policy wants it. */
export const deployment: Fixture = {
  type: "kubernetes:apps/v1:Deployment",
  name: "app-r1",
  props: {
    metadata: metadata("app-r1"),
    spec: {
      replicas: 2,
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS, annotations: {} },
        spec: {
          securityContext: { runAsNonRoot: true },
          containers: [
            {
              name: "app",
              image: `registry.example.com/app@sha256:${"a".repeat(64)}`,
              envFrom: [{ configMapRef: { name: "app-r1" } }],
              env: [
                { name: "RELEASE_ID", value: "r1" },
                { name: "REDIS_URL", valueFrom: { secretKeyRef: { name: "app-r1", key: "REDIS_URL" } } },
              ],
              readinessProbe: { httpGet: { path: "/api/health/ready", port: "http" } },
              livenessProbe: { httpGet: { path: "/api/health", port: "http" } },
              resources: { requests: { cpu: "250m", memory: "256Mi" }, limits: { memory: "256Mi" } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
              },
            },
          ],
        },
      },
    },
  },
};

/** Where the Deployment's one container stands. */
export const CONTAINER = ["spec", "template", "spec", "containers", 0] as const;

export const migrationJob: Fixture = {
  type: "kubernetes:batch/v1:Job",
  name: "app-migrate-r1",
  props: { metadata: metadata("app-migrate-r1"), spec: { template: { spec: podOf(deployment) } } },
};

function podOf({ props }: Fixture): unknown {
  return record(record(record(props.spec).template).spec);
}

export const configMap: Fixture = {
  type: "kubernetes:core/v1:ConfigMap",
  name: "app-r1",
  props: {
    metadata: metadata("app-r1"),
    immutable: true,
    data: { SESSION_STORE: "redis", LOG_LEVEL: "info", SUPABASE_URL: "https://production-project.supabase.co" },
  },
};

export const secret: Fixture = {
  type: "kubernetes:core/v1:Secret",
  name: "app-r1",
  props: {
    metadata: metadata("app-r1"),
    stringData: { REDIS_URL: "rediss://releases-a:correct-horse@sessions.example.com:6379", AFM_KEY: "battery-staple" },
  },
};

export const disruptionBudget: Fixture = {
  type: "kubernetes:policy/v1:PodDisruptionBudget",
  name: "app-r1",
  props: { metadata: metadata("app-r1"), spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } } },
};

export const autoscaler: Fixture = {
  type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
  name: "app-r1",
  props: {
    metadata: metadata("app-r1"),
    spec: {
      minReplicas: 2,
      maxReplicas: 6,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app-r1" },
    },
  },
};

function headerRule(release: string) {
  return {
    matches: [{ headers: [{ type: "Exact", name: "x-runbooks-release", value: release }] }],
    backendRefs: [{ name: `app-${release}`, port: 80 }],
  };
}

/** Two releases in the middle of a canary; the last rule shares the traffic out. */
export const route: Fixture = {
  type: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
  name: "app",
  props: {
    metadata: metadata("app"),
    spec: {
      rules: [
        headerRule("r1"),
        headerRule("r2"),
        {
          backendRefs: [
            { name: "app-r1", port: 80, weight: 95 },
            { name: "app-r2", port: 80, weight: 5 },
          ],
        },
      ],
    },
  },
};

export const kmsKey: Fixture = {
  type: "aws:kms/key:Key",
  name: "production-runbooks",
  protect: true,
  props: { description: "Secrets, logs and records", enableKeyRotation: true, tags: TAGS },
};

export const replicationGroup: Fixture = {
  type: "aws:elasticache/replicationGroup:ReplicationGroup",
  name: "sessions",
  protect: true,
  props: {
    transitEncryptionEnabled: true,
    atRestEncryptionEnabled: true,
    multiAzEnabled: true,
    automaticFailoverEnabled: true,
    userGroupIds: ["sessions"],
    tags: TAGS,
  },
};

export const secretEntry: Fixture = {
  type: "aws:secretsmanager/secret:Secret",
  name: "AFM_KEY",
  protect: true,
  props: {
    name: "production/AFM_KEY",
    kmsKeyId: KEY_ARN,
    recoveryWindowInDays: 30,
    tags: { ...TAGS, "runbooks:rotate-by": "9999-12-31" },
  },
};

export const secretVersion: Fixture = {
  type: "aws:secretsmanager/secretVersion:SecretVersion",
  name: "REDIS_URL-g1",
  props: {
    secretId: "production/REDIS_URL",
    secretString: "rediss://releases-a:correct-horse@sessions.example.com:6379",
  },
};

export const logGroup: Fixture = {
  type: "aws:cloudwatch/logGroup:LogGroup",
  name: "app",
  props: { name: "/production/app", kmsKeyId: KEY_ARN, retentionInDays: 90, tags: TAGS },
};

export const bucket: Fixture = {
  type: "aws:s3/bucket:Bucket",
  name: "records",
  protect: true,
  props: { bucket: "production-records", tags: TAGS },
};

export const bucketEncryptionOf: Fixture = {
  type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  name: "records",
  uses: { bucket: "records" },
  props: {
    bucket: "production-records",
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: KEY_ARN } }],
  },
};

export const alarm: Fixture = {
  type: "aws:cloudwatch/metricAlarm:MetricAlarm",
  name: "redis-connections",
  props: { alarmDescription: "Redis refuses connections: run `runbook incident database`.", tags: TAGS },
};

export const stack: Fixture = {
  type: "pulumi:pulumi:Stack",
  name: "production-runbooks-production",
  props: { gateway: "https://app.example.com", releaseState: { secrets: { AFM_KEY: { current: "g1" } } } },
};

/** A stack that every policy is content with. */
export const compliant: readonly Fixture[] = [
  deployment,
  migrationJob,
  configMap,
  secret,
  disruptionBudget,
  autoscaler,
  route,
  kmsKey,
  replicationGroup,
  secretEntry,
  secretVersion,
  logGroup,
  bucket,
  bucketEncryptionOf,
  alarm,
  stack,
];
