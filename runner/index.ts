import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity.js";
import { getPartition } from "@pulumi/aws/getPartition.js";
import { getRegion } from "@pulumi/aws/getRegion.js";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import * as pulumi from "@pulumi/pulumi";
import { serviceLeaseName } from "../infra/domain/service-lease.ts";
import { podIdentity } from "./identity.ts";
import { networkPolicies } from "./network.ts";
import { gatewayRules, ownRules, type Rule, stackRules } from "./rights.ts";
import { parseSettings } from "./settings.ts";
import { kubeconfig, LABELS, NAME, PORT, podSpec } from "./workload.ts";

const config = new pulumi.Config();
const settings = parseSettings({
  image: config.require("image"),
  stacks: config.requireObject("stacks"),
  backend: config.require("backend"),
  onCall: config.require("onCall"),
  cluster: config.require("cluster"),
  application: config.get("application"),
  records: config.require("records"),
  namespace: config.get("namespace"),
  boardFrom: config.getObject("boardFrom"),
  dns: config.getObject("dns"),
  egressPorts: config.getObject("egressPorts"),
  boardSecret: config.get("boardSecret"),
});
const { stacks, onCall } = settings;
const [{ accountId }, { partition }, { region }] = await Promise.all([
  getCallerIdentity(),
  getPartition(),
  getRegion(),
]);
const annotations = { "runbooks.dev/change": "bootstrap", "runbooks.dev/on-call": onCall };
const tags = { "runbooks:change": "bootstrap", "runbooks:on-call": onCall };

const namespace = new Namespace(NAME, {
  metadata: {
    name: settings.namespace,
    annotations,
    labels: { "pod-security.kubernetes.io/enforce": "restricted" },
  },
});
const metadata = { name: NAME, namespace: settings.namespace, annotations };
const within = { dependsOn: [namespace] };
// It calls the API server: its token is mounted, and its rights are the Roles' below.
const account = new ServiceAccount(NAME, { metadata }, within);
const contexts = new ConfigMap(NAME, { metadata, data: { kubeconfig: kubeconfig(settings) } }, within);
for (const [policy, spec] of Object.entries(networkPolicies(settings))) {
  new NetworkPolicy(policy, { metadata: { ...metadata, name: policy }, spec }, within);
}

function grant(name: string, where: string, rules: readonly Rule[]): void {
  const named = { name, namespace: where, annotations };
  const role = new Role(`${where}-${name}`, {
    metadata: named,
    rules: rules.map(({ apiGroups, resources, verbs, resourceNames }) => ({
      apiGroups: [...apiGroups],
      resources: [...resources],
      verbs: [...verbs],
      ...(resourceNames === undefined ? {} : { resourceNames: [...resourceNames] }),
    })),
  });
  new RoleBinding(
    `${where}-${name}`,
    {
      metadata: named,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name: NAME, namespace: settings.namespace }],
    },
    { dependsOn: [role, account] },
  );
}

grant(NAME, settings.namespace, ownRules());
// The stacks' namespaces are there already: the first `pulumi up` of each made it.
for (const { stack, namespace: where } of stacks) {
  const lease = serviceLeaseName(stack);
  grant(lease, where, stackRules(where, lease));
}
for (const where of new Set(stacks.map(({ gatewayNamespace }) => gatewayNamespace))) {
  grant(`${NAME}-gateway`, where, gatewayRules());
}

podIdentity(
  {
    name: `${settings.application}-runbooks-service`,
    cluster: settings.cluster,
    namespace: settings.namespace,
    serviceAccount: NAME,
    stages: stacks.map(({ stage, notifyTopic, cloudWatch }) => ({
      names: {
        application: settings.application,
        stage,
        partition,
        region,
        account: accountId,
        backend: new URL(settings.backend).hostname,
        records: settings.records.replaceAll("{stage}", stage),
        "stack-key": `production-runbooks-${stage}`,
        cluster: settings.cluster,
        "notify-topic": notifyTopic ?? "",
      },
      cloudWatch,
    })),
    read: (document) => readFileSync(join(import.meta.dirname, "../docs/iam", document), "utf8"),
    tags,
  },
  [account],
);

new PodDisruptionBudget(NAME, { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } } }, within);
new Service(
  NAME,
  { metadata, spec: { selector: LABELS, ports: [{ name: "http", port: PORT, targetPort: "http" }] } },
  within,
);
new Deployment(
  NAME,
  {
    metadata,
    spec: {
      replicas: 2,
      // One follows all the time: an update of the service never leaves the stacks alone.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: LABELS },
      template: { metadata: { labels: LABELS, annotations }, spec: podSpec(settings) },
    },
  },
  { dependsOn: [account, contexts] },
);
