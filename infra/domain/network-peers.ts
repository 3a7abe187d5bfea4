/**
 * Where NodeLocal DNSCache answers unless it was told another address. It is in the node's network, which no selector of namespaces or pods
 * matches (kubernetes, cluster/addons/dns/nodelocaldns/README.md, "Network policy and DNS connectivity").
 */
const NODE_LOCAL_DNS = "169.254.20.10/32";

/** A network policy's peer: all pods of a namespace. */
export const inNamespace = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});

/** A network policy's peer: a range of addresses. */
export const inRange = (cidr: string) => ({ ipBlock: { cidr } });

/** The rule that lets pods ask for names, also at more addresses that are given as ranges (pure). */
export function dnsRule(more: readonly string[]) {
  return {
    to: [inNamespace("kube-system"), ...[NODE_LOCAL_DNS, ...more].map(inRange)],
    ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })),
  };
}
