import { dnsRule, inNamespace, inRange } from "../infra/domain/network-peers.ts";
import type { ServiceSettings } from "./settings.ts";
import { LABELS, PORT } from "./workload.ts";

/** The credentials of EKS Pod Identity come from the node's agent, which alone of link-local addresses is called. */
const POD_IDENTITY = "169.254.170.23/32";
const LINK_LOCAL = "169.254.0.0/16";
/** HTTPS (AWS, the API server, the registry), the API server where it has another port, Postgres, Redis and Prometheus. */
const TCP_PORTS = [443, 6443, 5432, 6543, 6379, 9090];

const tcp = (port: number) => ({ protocol: "TCP", port });

/** Who may talk to the service, and where it may go: nobody comes in but whom the settings name. */
export function networkPolicies({
  boardFrom,
  dns,
  egressPorts,
}: Pick<ServiceSettings, "boardFrom" | "dns" | "egressPorts">) {
  const from = boardFrom.map(inNamespace);
  return {
    "default-deny": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    // No peer at all would let everybody in.
    ...(from.length === 0
      ? {}
      : {
          "allow-board": {
            podSelector: { matchLabels: LABELS },
            policyTypes: ["Ingress"],
            ingress: [{ from, ports: [tcp(PORT)] }],
          },
        }),
    "allow-services": {
      podSelector: { matchLabels: LABELS },
      policyTypes: ["Egress"],
      egress: [
        dnsRule(dns),
        { to: [inRange(POD_IDENTITY)], ports: [tcp(80)] },
        {
          to: [{ ipBlock: { cidr: "0.0.0.0/0", except: [LINK_LOCAL] } }],
          ports: [...new Set([...TCP_PORTS, ...egressPorts])].map(tcp),
        },
      ],
    },
  };
}
