import { CONTAINER, configMap, type Fixture, having, route, secret } from "./fixture.ts";
import { OF_THE_PROGRAM } from "./program-shapes.ts";
import {
  aws,
  base64,
  command,
  data,
  ecs,
  env,
  OWNED,
  object,
  patched,
  podSpec,
  release,
  type Shape,
  template,
  workload,
} from "./shape-parts.ts";

export type { Shape } from "./shape-parts.ts";

const STORES: readonly { what: string; made: (store: string) => Fixture[] }[] = [
  { what: "a DeploymentPatch", made: (store) => [patched("kubernetes:apps/v1:DeploymentPatch", env(store))] },
  { what: "a StatefulSetPatch", made: (store) => [patched("kubernetes:apps/v1:StatefulSetPatch", env(store))] },
  {
    what: "a CronJobPatch",
    made: (store) => [
      patched("kubernetes:batch/v1:CronJobPatch", env(store), (spec) => ({
        jobTemplate: { spec: { template: { spec } } },
      })),
    ],
  },
  {
    what: "a ConfigMapPatch",
    made: (store) => [object("kubernetes:core/v1:ConfigMapPatch", { data: { SESSION_STORE: store } })],
  },
  ...[
    "kubernetes:extensions/v1beta1:Deployment",
    "kubernetes:apps/v1beta1:Deployment",
    "kubernetes:apps/v1beta2:StatefulSet",
    "kubernetes:core/v1:ReplicationController",
    "kubernetes:argoproj.io/v1alpha1:Rollout",
    "kubernetes:apps.kruise.io/v1alpha1:CloneSet",
    "kubernetes:serving.knative.dev/v1:Service",
    "kubernetes:apps.openshift.io/v1:DeploymentConfig",
  ].map((type) => ({ what: type, made: (store: string) => [workload(type, store)] })),
  {
    what: "a PodTemplate",
    made: (store) => [object("kubernetes:core/v1:PodTemplate", { template: template(store) })],
  },
  {
    what: "a DeploymentList",
    made: (store) => [
      { type: "kubernetes:apps/v1:DeploymentList", name: "app", props: { items: [workload("", store).props] } },
    ],
  },
  {
    what: "a ConfigMapList",
    made: (store) => [
      {
        type: "kubernetes:core/v1:ConfigMapList",
        name: "app",
        props: { items: [{ metadata: OWNED, data: { SESSION_STORE: store } }] },
      },
    ],
  },
  {
    what: "a List of several kinds",
    made: (store) => [
      {
        type: "kubernetes:core/v1:List",
        name: "app",
        props: { items: [{ apiVersion: "apps/v1", kind: "Deployment", ...workload("", store).props }] },
      },
    ],
  },
  {
    what: "a RolloutPatch",
    made: (store) => [patched("kubernetes:argoproj.io/v1alpha1:RolloutPatch", env(store))],
  },
  {
    what: "an operator's resource with a pod deep inside",
    made: (store) => [
      object("kubernetes:example.com/v1:Shop", { spec: { parts: [{ name: "web", pod: podSpec(store) }] } }),
    ],
  },
  {
    what: "an operator's map of variables",
    made: (store) => [object("kubernetes:example.com/v1:Shop", { spec: { web: { env: { SESSION_STORE: store } } } })],
  },
  {
    what: "a policy that changes pods as they come in",
    made: (store) => [
      object("kubernetes:kyverno.io/v1:ClusterPolicy", {
        spec: {
          rules: [
            {
              name: "store",
              mutate: { patchStrategicMerge: { spec: { containers: [{ "(name)": "*", ...env(store) }] } } },
            },
          ],
        },
      }),
    ],
  },
  { what: "a Helm release's list", made: (store) => [release(env(store))] },
  { what: "a Helm release's map", made: (store) => [release({ env: { SESSION_STORE: store } })] },
  {
    what: "a Helm release's value for a chart below it",
    made: (store) => [release({ web: { main: { extraEnv: [{ name: "SESSION_STORE", value: store }] } } })],
  },
  {
    what: "a Helm release's YAML text",
    made: (store) => [release({ extraEnvVars: `- name: SESSION_STORE\n  value: ${store}\n` })],
  },
  {
    what: "a Helm chart's JSON text",
    made: (store) => [
      {
        type: "kubernetes:helm.sh/v4:Chart",
        name: "app",
        props: { chart: "app", values: { configuration: JSON.stringify({ env: { SESSION_STORE: store } }) } },
      },
    ],
  },
  { what: "binaryData", made: (store) => [data({ binaryData: { SESSION_STORE: base64(store) } })] },
  {
    what: "binaryData that is an .env file",
    made: (store) => [data({ binaryData: { ".env": base64(`A=1\nSESSION_STORE=${store}\n`) } })],
  },
  {
    what: "an .env file",
    made: (store) => [data({ data: { ".env": `# SESSION_STORE=none\nSESSION_STORE="${store}"\n` } })],
  },
  { what: "a YAML file", made: (store) => [data({ data: { "app.yaml": `web:\n  SESSION_STORE: ${store}\n` } })] },
  {
    what: "a JSON file",
    made: (store) => [data({ data: { "app.json": `{"SESSION\\u005fSTORE":"${store}"}` } })],
  },
  {
    what: "a Secret",
    made: (store) => [object("kubernetes:core/v1:Secret", { stringData: { SESSION_STORE: store } })],
  },
  {
    what: "a Secret in base64",
    made: (store) => [object("kubernetes:core/v1:Secret", { data: { SESSION_STORE: base64(store) } })],
  },
  {
    what: "a command of env",
    made: (store) => [command({ command: ["env", `SESSION_STORE=${store}`, "node", "main.ts"] })],
  },
  {
    what: "a shell's line",
    made: (store) => [command({ command: ["sh", "-c", `SESSION_STORE=${store} node main.ts`] })],
  },
  {
    what: "a shell's export",
    made: (store) => [command({ args: [`set -e; export SESSION_STORE='${store}'; exec node main.ts`] })],
  },
  {
    what: "a line of a program",
    made: (store) => [
      command({ command: ["node", "-e", `process.env.SESSION_STORE = "${store}"; import("./main.ts")`] }),
    ],
  },
  {
    what: "an ECS task's environment",
    made: (store) => [ecs({ environment: [{ name: "SESSION_STORE", value: store }] })],
  },
  { what: "an ECS task's command", made: (store) => [ecs({ command: ["sh", "-c", `SESSION_STORE=${store} node .`] })] },
  {
    what: "an App Runner service",
    made: (store) => [
      aws("aws:apprunner/service:Service", {
        sourceConfiguration: {
          imageRepository: { imageConfiguration: { runtimeEnvironmentVariables: { SESSION_STORE: store } } },
        },
      }),
    ],
  },
  {
    what: "a Batch job",
    made: (store) => [
      aws("aws:batch/jobDefinition:JobDefinition", {
        containerProperties: JSON.stringify({ environment: [{ name: "SESSION_STORE", value: store }] }),
      }),
    ],
  },
  {
    what: "a Lambda function",
    made: (store) => [aws("aws:lambda/function:Function", { environment: { variables: { SESSION_STORE: store } } })],
  },
  {
    what: "a parameter of Systems Manager",
    made: (store) => [aws("aws:ssm/parameter:Parameter", { name: "/app/SESSION_STORE", type: "String", value: store })],
  },
  {
    what: "a machine's user data",
    made: (store) => [
      aws("aws:ec2/launchTemplate:LaunchTemplate", {
        userData: base64(`#!/bin/sh\nexport SESSION_STORE=${store}\nnode /srv/main.ts\n`),
      }),
    ],
  },
  {
    what: "an entry of Secrets Manager",
    made: (store) => [
      {
        type: "aws:secretsmanager/secretVersion:SecretVersion",
        name: "app",
        props: { secretString: JSON.stringify({ SESSION_STORE: store }) },
      },
    ],
  },
  {
    what: "a command on the machine that deploys",
    made: (store) => [
      {
        type: "command:local:Command",
        name: "app",
        props: { create: `kubectl set env deployment/app SESSION_STORE=${store}` },
      },
    ],
  },
  {
    what: "a container of Docker",
    made: (store) => [
      { type: "docker:index/container:Container", name: "app", props: { envs: [`SESSION_STORE=${store}`] } },
    ],
  },
];

const OTHERS: readonly Shape[] = [
  {
    what: "a variable that is taken away",
    made: (line) => [command({ command: ["sh", "-c", line] })],
    wrong: "unset SESSION_STORE; node main.ts",
    right: "SESSION_STORE=redis node main.ts",
    policy: "redis-sessions",
    mend: /set SESSION_STORE to "redis"/,
  },
  {
    what: "REDIS_URL in an ECS task's environment",
    made: (part) => [
      ecs({
        [part]: [
          part === "secrets"
            ? { name: "REDIS_URL", valueFrom: "arn:aws:secretsmanager:eu-west-1:1:secret:x" }
            : { name: "REDIS_URL", value: "rediss://u:hunter2@host" },
        ],
      }),
    ],
    wrong: "environment",
    right: "secrets",
    policy: "redis-sessions",
    mend: /has REDIS_URL in clear: take REDIS_URL from a Secret/,
  },
  {
    what: "REDIS_URL without TLS in an .env file of a Secret",
    made: (scheme) => [
      {
        ...secret,
        name: "app",
        props: { metadata: OWNED, stringData: { ".env": `REDIS_URL=${scheme}://u:hunter2@host` } },
      },
    ],
    wrong: "redis",
    right: "rediss",
    policy: "redis-sessions",
    mend: /is a URL with redis:\/\/: use rediss:\/\//,
  },
  {
    what: "Redis without TLS under another name in a YAML file",
    made: (scheme) => [
      {
        ...configMap,
        name: "app",
        props: { metadata: OWNED, data: { "a.yaml": `cache:\n  url: ${scheme}://host\n` } },
      },
    ],
    wrong: "redis",
    right: "rediss",
    policy: "redis-sessions",
    mend: /use rediss:\/\//,
  },
  {
    what: "a tag in a Rollout",
    made: (image) => [
      having(workload("kubernetes:argoproj.io/v1alpha1:Rollout", "redis"), [...CONTAINER, "image"], image),
    ],
    wrong: "app:latest",
    right: `app@sha256:${"b".repeat(64)}`,
    policy: "digests",
    mend: /pin it by digest/,
  },
  {
    what: "a liveness path in a patch",
    made: (path) => [
      patched("kubernetes:apps/v1:DeploymentPatch", { ...env("redis"), livenessProbe: { httpGet: { path } } }),
    ],
    wrong: "/",
    right: "/api/health",
    policy: "probes",
    mend: /ask for liveness on/,
  },
  {
    what: "root in a patch",
    made: (name) => [
      patched("kubernetes:apps/v1:DeploymentPatch", {
        ...env("redis"),
        securityContext: { runAsNonRoot: name === "app" },
      }),
    ],
    wrong: "root",
    right: "app",
    policy: "pod-hardening",
    mend: /runAsNonRoot is false: set it to true/,
  },
  {
    what: "one pod by a patch",
    made: (replicas) => [object("kubernetes:apps/v1:DeploymentPatch", { spec: { replicas: Number(replicas) } })],
    wrong: "1",
    right: "2",
    policy: "availability",
    mend: /set it to 2 at least/,
  },
  {
    what: "weights in an older version of the route",
    made: (weight) => [
      having(
        { ...route, type: "kubernetes:gateway.networking.k8s.io/v1beta1:HTTPRoute" },
        ["spec", "rules", 2, "backendRefs", 1, "weight"],
        Number(weight),
      ),
    ],
    wrong: "60",
    right: "5",
    policy: "weights",
    mend: /sum to 155: make it 100/,
  },
  {
    what: "a secret in an .env file",
    made: (name) => [
      {
        ...configMap,
        name: "app",
        props: { metadata: OWNED, data: { SESSION_STORE: "redis", ".env": `A=1\n${name}=hunter2\n` } },
      },
    ],
    wrong: "AFM_KEY",
    right: "AFM_MODE",
    policy: "no-secrets-in-clear",
    mend: /\(AFM_KEY\) has AFM_KEY in clear: put it into a Secret/,
  },
  {
    what: "a secret in a Helm release's environment",
    made: (name) => [release({ env: { SESSION_STORE: "redis", [name]: "hunter2" } })],
    wrong: "SESSION_SECRET",
    right: "LOG_LEVEL",
    policy: "no-secrets-in-clear",
    mend: /has SESSION_SECRET in clear: put it into a Secret/,
  },
];

export const SHAPES: readonly Shape[] = [
  ...STORES.map(({ what, made }) => ({
    what: `sessions in memory through ${what}`,
    made,
    wrong: "memory",
    right: "redis",
    policy: "redis-sessions",
    mend: /set SESSION_STORE to "redis"/,
  })),
  ...OTHERS,
  ...OF_THE_PROGRAM,
];

/** What a shape's resource is called where all of them stand in one program. */
export function shapeName(index: number, { name }: Fixture): string {
  return `${name}-of-shape-${index}`;
}
