import {
  CONTAINER,
  compliant,
  configMap,
  deployment,
  type Fixture,
  having,
  kmsKey,
  lacking,
  route,
  secret,
  secretEntry,
} from "./fixture.ts";

const ENV = [...CONTAINER, "env", 0] as const;
const SHARED = ["spec", "rules", 2, "backendRefs"] as const;
const KEY = "sb_secret_of_a_real_project_1234";

/** A program with one resource replaced by a broken one. */
export const withBroken = (broken: Fixture, program: readonly Fixture[] = compliant): Fixture[] =>
  program.map((fixture) => (fixture.type === broken.type && fixture.name === broken.name ? broken : fixture));

/** A resource without anything that is this project's own. */
export function withoutMarks(fixture: Fixture): Fixture {
  const plain = lacking(lacking(fixture, ["metadata", "annotations", "runbooks.dev/change"]), [
    "metadata",
    "annotations",
    "runbooks.dev/on-call",
  ]);
  return lacking(plain, ["tags"]);
}

/** A program that is compliant but for one resource, the policy that refuses it, and what that says to do. */
export interface Hostile {
  what: string;
  broken: Fixture;
  policy: string;
  mend: RegExp;
}

export const HOSTILE: readonly Hostile[] = [
  {
    what: "sessions in memory through env",
    broken: having(deployment, ENV, { name: "SESSION_STORE", value: "memory" }),
    policy: "redis-sessions",
    mend: /set SESSION_STORE to "redis"/,
  },
  {
    what: "sessions in memory through a ConfigMap",
    broken: having(configMap, ["data", "SESSION_STORE"], "memory"),
    policy: "redis-sessions",
    mend: /set SESSION_STORE to "redis"/,
  },
  {
    what: "sessions in memory through the workload's default",
    broken: lacking(configMap, ["data", "SESSION_STORE"]),
    policy: "session-wiring",
    mend: /don't have SESSION_STORE: set it to "redis" in env or in a ConfigMap/,
  },
  {
    what: "redis://",
    broken: having(secret, ["stringData", "REDIS_URL"], "redis://u:hunter2@host"),
    policy: "redis-sessions",
    mend: /use rediss:\/\//,
  },
  {
    what: "a secret in an annotation",
    broken: having(deployment, ["metadata", "annotations", "note"], KEY),
    policy: "no-secrets-in-clear",
    mend: /put it into a Secret and refer to it/,
  },
  {
    what: "a secret in a base64 env value",
    broken: having(deployment, ENV, { name: "BLOB", value: Buffer.from(KEY).toString("base64") }),
    policy: "no-secrets-in-clear",
    mend: /in base64 in clear: put it into a Secret/,
  },
  {
    what: "a secret in a command line",
    broken: having(deployment, [...CONTAINER, "command"], ["node", "main.ts", "--api-key=hunter2"]),
    policy: "no-secrets-in-clear",
    mend: /put it into a Secret and refer to it/,
  },
  {
    what: "a secret in a command line as a word of its own",
    broken: having(deployment, [...CONTAINER, "args"], ["--api-key", "hunter2"]),
    policy: "no-secrets-in-clear",
    mend: /put it into a Secret and refer to it/,
  },
  {
    what: "a secret in a shell's line",
    broken: having(deployment, [...CONTAINER, "args"], ["-c", "AFM_KEY=hunter2 node main.ts"]),
    policy: "no-secrets-in-clear",
    mend: /put it into a Secret and refer to it/,
  },
  {
    what: "weights of 60 and 60",
    broken: having(having(route, [...SHARED, 0, "weight"], 60), [...SHARED, 1, "weight"], 60),
    policy: "weights",
    mend: /sum to 120: make it 100/,
  },
  {
    what: "a tag",
    broken: having(deployment, [...CONTAINER, "image"], "registry.example.com/app:v2"),
    policy: "digests",
    mend: /pin it by digest/,
  },
  {
    what: "latest",
    broken: having(deployment, [...CONTAINER, "image"], "app:latest"),
    policy: "digests",
    mend: /pin it by digest/,
  },
  {
    what: "no probe",
    broken: lacking(deployment, [...CONTAINER, "readinessProbe"]),
    policy: "probes",
    mend: /ask for readiness with httpGet on/,
  },
  {
    what: "a secret without an age limit",
    broken: lacking(secretEntry, ["tags", "runbooks:rotate-by"]),
    policy: "rotation-tag",
    mend: /set it to the day by which the secret must be rotated/,
  },
  {
    what: "a resource with state that nothing protects",
    broken: { ...kmsKey, protect: false },
    policy: "protected-state",
    mend: /set it to true/,
  },
];

/** A program that keeps no sessions anywhere. */
export const UNRELATED: readonly Fixture[] = [
  {
    type: "kubernetes:apps/v1:Deployment",
    name: "docs",
    props: {
      metadata: { name: "docs" },
      spec: { template: { spec: { containers: [{ name: "nginx", image: "nginx:latest" }] } } },
    },
  },
  { type: "kubernetes:core/v1:ConfigMap", name: "docs", props: { data: { "nginx.conf": "server {}" } } },
  { type: "aws:s3/bucket:Bucket", name: "site", props: { bucket: "site" } },
  { type: "aws:secretsmanager/secret:Secret", name: "token", props: { name: "token" } },
];
