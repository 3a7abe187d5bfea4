import { type ClusterSetup, openClusterSetup, type Right } from "../clients/cluster-setup.ts";
import { type Kubernetes, openKubernetes } from "../clients/kubernetes.ts";
import { AT_ONCE } from "../clients/kubernetes-client.ts";
import { OWNED_KINDS } from "../clients/owned-objects.ts";
import { fails, holds, type Line, looked } from "../runbooks/verify-release/check.ts";
import type { Settings } from "../settings/index.ts";
import type { Updates } from "./aws-lines.ts";
import { gatewayPodLabels, unfitController } from "./gateway-controllers.ts";

/** Of a stack's settings, what says where it runs. */
export interface ClusterPlace {
  /** for people: the stack's name */
  stack: string;
  /** a context of the kubeconfig; null: the current one */
  context: string | null;
  namespace: string;
  gateway: Pick<Settings["gateway"], "name" | "namespace" | "podsIn">;
  /** the name of the Gateway's listener */
  listener: string;
  /** where requests are counted, where that is known */
  metrics?: Settings["metrics"]["source"];
  /** whether the stack has made its namespace yet, where that is known */
  updates?: Updates;
}

/** What an update makes, and what a runbook reads and sends away. */
function rightsIn(namespace: string, metrics?: ClusterPlace["metrics"]): Right[] {
  const counted = metrics === "aws-load-balancer" ? ["targetgroupbindings"] : [];
  const made: [string, string][] = [
    ["", "secrets"],
    ["", "configmaps"],
    ["", "services"],
    ["", "serviceaccounts"],
    ["apps", "deployments"],
    ["batch", "jobs"],
    ["policy", "poddisruptionbudgets"],
    ["autoscaling", "horizontalpodautoscalers"],
    ["networking.k8s.io", "networkpolicies"],
    ["gateway.networking.k8s.io", "httproutes"],
  ];
  return [
    { group: "", resource: "namespaces", verb: "create" },
    ...made.map(([group, resource]): Right => ({ group, resource, verb: "create", namespace })),
    ...OWNED_KINDS.map(({ group, plural }): Right => {
      const [, , name = ""] = group.split("/");
      return { group: group.startsWith("/apis/") ? name : "", resource: plural, verb: "list", namespace };
    }),
    { group: "", resource: "pods", verb: "delete", namespace },
    { group: "", resource: "pods/log", verb: "get", namespace },
    { group: "", resource: "pods/proxy", verb: "get", namespace },
    ...counted.map((resource): Right => ({ group: "elbv2.k8s.aws", resource, verb: "list", namespace })),
  ];
}

const inWords = ({ verb, resource, group, namespace }: Right): string =>
  `${verb} ${resource}${group === "" ? "" : `.${group}`}${namespace === undefined ? "" : ` in ${namespace}`}`;

/** Whether a controller answers for a stack's Gateway, and whether the policy lets its pods in. */
async function gatewayLines(setup: ClusterSetup, place: ClusterPlace): Promise<Line[]> {
  const { stack, gateway, listener, context } = place;
  const check = `Gateway of ${stack}`;
  const id = `${gateway.namespace}/${gateway.name}`;
  const make = `make the Gateway ${id} with a listener named ${listener}, or name yours in the setting gateway`;
  if (!(await setup.servesGatewayApi())) {
    const remedy = `install the Gateway API's definitions (standard channel, v1.1 or newer) and a controller, then ${make}`;
    return [fails(check, "the cluster has no Gateway API", remedy)];
  }
  const named = await setup.classOf(gateway.namespace, gateway.name);
  if (named === null) return [fails(check, `the cluster has no Gateway ${id}`, make)];
  const classes = await setup.gatewayClasses();
  const found = classes.find(({ name }) => name === named);
  const known = classes.map(({ name, controller }) => `${name} of ${controller}`).join(", ");
  if (found === undefined) {
    const evidence = `${id} is of the class ${named}, which the cluster doesn't have: it has ${known === "" ? "none" : known}`;
    return [
      fails(check, evidence, `name a class that is there in the Gateway's gatewayClassName, or install its controller`),
    ];
  }
  if (!found.accepted) {
    const evidence = `no controller has accepted the class ${named}`;
    return [fails(check, evidence, `install or start the controller ${found.controller}`)];
  }
  const unfit = unfitController(found.controller);
  if (unfit !== null) {
    const evidence = `class ${named} of ${found.controller}: ${unfit}, so no read-back can verify the weights and no change passes`;
    const remedy =
      "name a Gateway of another controller in the setting gateway: Traefik's was tried (docs/kubernetes.md, who may pick a release)";
    return [fails(check, evidence, remedy)];
  }
  const kubernetes = await openKubernetes({ context, patience: AT_ONCE });
  const url = await kubernetes.gatewayUrl(gateway.namespace, gateway.name, listener);
  const pods = await looked(
    `pods of the Gateway of ${stack}`,
    "allow list pods in the namespace of the Gateway's pods",
    () => gatewayPodLines(kubernetes, found.controller, place),
  );
  return [holds(check, `${url}, class ${named} of ${found.controller}`), ...pods];
}

/** Whether the Gateway's pods run where the network policy lets them in from: said of controllers whose pods can be told. */
async function gatewayPodLines(
  kubernetes: Pick<Kubernetes, "pods">,
  controller: string,
  { stack, gateway }: ClusterPlace,
): Promise<Line[]> {
  const check = `pods of the Gateway of ${stack}`;
  const labels = gatewayPodLabels(controller);
  if (labels === null) return [];
  const where = gateway.podsIn ?? gateway.namespace;
  const pods = await kubernetes.pods(where, labels);
  if (pods.length > 0) return [holds(check, `${pods.length} in ${where}, which the network policy lets in`)];
  return [
    fails(
      check,
      `none runs in ${where}, from where alone the network policy lets requests in`,
      "name the namespace that they run in in the setting gateway.podsIn: with Envoy Gateway its controller's, envoy-gateway-system, unless it is in Gateway namespace mode",
    ),
  ];
}

/** Whether the stack's first update can create its namespace: the provider creates nothing that exists. */
async function namespaceLine(setup: ClusterSetup, { stack, namespace }: ClusterPlace): Promise<Line> {
  const check = `namespace of ${stack}`;
  if (!(await setup.hasNamespace(namespace)))
    return holds(check, `the stack's first \`pulumi up\` creates ${namespace}`);
  return fails(
    check,
    `${namespace} already exists, but the stack's first \`pulumi up\` creates this namespace itself: the API server would refuse that as AlreadyExists, in the middle of the update`,
    "name a namespace in the setting cluster.namespace that doesn't exist yet, or delete this one if nothing in it is needed",
  );
}

async function rightsLine(setup: ClusterSetup, { stack, namespace, metrics }: ClusterPlace): Promise<Line> {
  const check = `rights in the cluster of ${stack}`;
  const rights = rightsIn(namespace, metrics);
  const lacking = await setup.lacking(rights);
  if (lacking.length === 0) return holds(check, `everything that ${namespace} needs, the namespace too`);
  const remedy = `ask for a role that may: ${lacking.map(inWords).join(", ")}`;
  return fails(check, `may not ${lacking.map(inWords).join(", ")}`, remedy);
}

/** Whether a stack's cluster is reached, has the stack's Gateway, and lets this user do what an update and a runbook do. */
export async function examineCluster(place: ClusterPlace): Promise<Line[]> {
  const { stack, context, gateway, listener, updates } = place;
  const reach = `cluster of ${stack}`;
  const hint = "see KUBECONFIG and the setting cluster.context: `kubectl version` must answer";
  const reached = await looked(reach, hint, async () => [
    holds(reach, `Kubernetes ${await (await openKubernetes({ context, patience: AT_ONCE })).serverVersion()}`),
  ]);
  if (reached.some((line) => !line.holds)) return reached;
  const setup = await openClusterSetup({ context, patience: AT_ONCE });
  const remedy = `give the Gateway ${gateway.namespace}/${gateway.name} an address and a listener named ${listener}`;
  const carried = await looked(`Gateway of ${stack}`, remedy, () => gatewayLines(setup, place));
  const created =
    updates === "before its first update"
      ? await looked(
          `namespace of ${stack}`,
          "allow get namespaces: the update reads the one that it creates",
          async () => [await namespaceLine(setup, place)],
        )
      : [];
  const rights = await looked(`rights in the cluster of ${stack}`, hint, async () => [await rightsLine(setup, place)]);
  return [...reached, ...carried, ...created, ...rights];
}
