import { createServer, type Server } from "node:https";
import type { NodePod } from "./pod.ts";

/** The kubelet's port, at which the API server asks for logs. */
export const KUBELET_PORT = 10_250;

/** Serves `GET /containerLogs/NAMESPACE/POD/CONTAINER` at a node's address; `follow` isn't served: the runner doesn't ask for it. */
export function serveKubelet(
  find: (namespace: string, name: string) => NodePod | undefined,
  tls: { key: string; cert: string; host: string },
): Server {
  const server = createServer({ key: tls.key, cert: tls.cert }, (request, response) => {
    const url = new URL(request.url ?? "/", "https://node");
    const [, namespace = "", name = ""] = /^\/containerLogs\/([^/]+)\/([^/]+)\/[^/]+$/.exec(url.pathname) ?? [];
    const pod = find(namespace, name);
    if (pod === undefined) {
      response.writeHead(404).end(`pod ${namespace}/${name} is not on this node`);
      return;
    }
    const asked = url.searchParams;
    const since = asked.get("sinceTime");
    const seconds = asked.get("sinceSeconds");
    const from = since !== null ? Date.parse(since) : seconds !== null ? Date.now() - Number(seconds) * 1_000 : null;
    const lines = asked.get("tailLines");
    const bytes = asked.get("limitBytes");
    const text = pod.output.read({
      timestamps: asked.get("timestamps") === "true" ? "shown" : "hidden",
      ...(from === null ? {} : { since: from }),
      ...(lines === null ? {} : { tailLines: Number(lines) }),
      ...(bytes === null ? {} : { limitBytes: Number(bytes) }),
    });
    response.writeHead(200, { "content-type": "text/plain" }).end(text);
  });
  server.listen(KUBELET_PORT, tls.host);
  return server;
}
