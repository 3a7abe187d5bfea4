import { readFileSync } from "node:fs";

/** The text of a kubeconfig with one context. */
export function kubeconfig(context: string, { url, ca, token }: { url: string; ca: string; token: string }): string {
  const authority = Buffer.from(readFileSync(ca)).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": context,
    clusters: [{ name: context, cluster: { server: url, "certificate-authority-data": authority } }],
    users: [{ name: context, user: { token } }],
    contexts: [{ name: context, context: { cluster: context, user: context } }],
  });
}
