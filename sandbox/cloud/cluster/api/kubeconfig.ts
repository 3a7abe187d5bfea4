import { stringify } from "yaml";

/** The text of a kubeconfig with one context per name, all of them this API server. Clients take plain HTTP only where no TLS is asked for. */
export function kubeconfigText(server: string, token: string, contexts: readonly string[]): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": contexts[0] ?? "sandbox",
    clusters: [{ name: "sandbox", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "sandbox", user: { token } }],
    contexts: contexts.map((name) => ({ name, context: { cluster: "sandbox", user: "sandbox" } })),
  });
}
