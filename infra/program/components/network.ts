import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type * as pulumi from "@pulumi/pulumi";
import { OPEN_PORTS } from "../../domain/egress-ports.ts";
import { dnsRule, inNamespace, inRange } from "../../domain/network-peers.ts";
import { APP_PORT, COMPONENT_LABEL, MIGRATION, NAME_LABEL } from "../../domain/object-names.ts";
import type { Settings } from "../../settings/index.ts";
import { Component } from "./component.ts";
import { annotationsOf, type Ownership } from "./ownership.ts";

const METADATA_SERVICE = "169.254.169.254/32";

export interface NetworkArgs {
  /** The application's name, which its service account and pods have: "app". A change replaces the service account. */
  application: string;
  /** A change replaces the namespace and everything in it. */
  namespace: string;
  /** Where the Gateway's pods run, the only ones that may call in: "gateway-system". Changed in place. */
  gatewayPods: string;
  /** More addresses that answer DNS, as ranges: "10.100.0.10/32". Changed in place. */
  dns?: readonly string[];
  /** The TCP ports that pods may call; left out: those of every stack. Changed in place. */
  egressPorts?: readonly number[];
  /** Where the API server's calls come from; left out where it calls no pod. Changed in place. */
  apiServer?: Settings["cluster"]["apiServer"];
  owner: Ownership;
}

/** Where the application runs: its namespace, its service account without rights, and who may talk to whom. */
export class Network extends Component {
  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Network", name, opts);
    const annotations = annotationsOf(args.owner);
    const namespace = new Namespace(
      args.namespace,
      {
        metadata: {
          name: args.namespace,
          annotations,
          labels: { "pod-security.kubernetes.io/enforce": "restricted" },
        },
      },
      { parent: this },
    );
    const within = { parent: this, dependsOn: [namespace] };
    new ServiceAccount(
      args.application,
      {
        metadata: { name: args.application, namespace: args.namespace, annotations },
        automountServiceAccountToken: false,
      },
      within,
    );
    for (const [policy, spec] of Object.entries(policySpecs(args))) {
      new NetworkPolicy(policy, { metadata: { name: policy, namespace: args.namespace, annotations }, spec }, within);
    }

    this.registerOutputs({});
  }
}

/**
 * Everything is denied but requests from the Gateway, those of the API server where the settings say where they come from, and calls to
 * the services that the application needs.
 */
export function policySpecs({
  application,
  gatewayPods,
  dns = [],
  egressPorts = OPEN_PORTS,
  apiServer = { cidrs: [], namespaces: [] },
}: Omit<NetworkArgs, "namespace" | "owner">) {
  const podSelector = { matchLabels: { [NAME_LABEL]: application } };
  // Whatever isn't a Job's: pods of before they said what they are for serve as well.
  const serving = {
    ...podSelector,
    matchExpressions: [{ key: COMPONENT_LABEL, operator: "NotIn", values: [MIGRATION] }],
  };
  // No peer at all would let everybody in.
  const callers = [...apiServer.cidrs.map(inRange), ...apiServer.namespaces.map(inNamespace)];
  const allowApiServer = {
    podSelector: serving,
    policyTypes: ["Ingress"],
    ingress: [{ from: callers, ports: [{ protocol: "TCP", port: APP_PORT }] }],
  };
  return {
    "default-deny": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    "allow-gateway": {
      podSelector: serving,
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [inNamespace(gatewayPods)],
          ports: [{ protocol: "TCP", port: APP_PORT }],
        },
      ],
    },
    ...(callers.length === 0 ? {} : { "allow-api-server": allowApiServer }),
    "allow-services": {
      podSelector,
      policyTypes: ["Egress"],
      egress: [
        dnsRule(dns),
        {
          to: [{ ipBlock: { cidr: "0.0.0.0/0", except: [METADATA_SERVICE] } }],
          ports: egressPorts.map((port) => ({ protocol: "TCP", port })),
        },
      ],
    },
  };
}
