import { createServer, type Server } from "node:https";
import { type Started, streamed } from "../../../sandbox/cloud/cluster/exec-streams.ts";
import type { NodePod } from "./pod.ts";

/** The kubelet's port, at which the API server asks for logs and hands on commands. */
export const KUBELET_PORT = 10_250;

type Find = (namespace: string, name: string) => NodePod | undefined;

/** `/exec/NAMESPACE/POD/CONTAINER?command=...` (pkg/kubelet/server/server.go, getExec). */
function started(find: Find, { pathname, searchParams }: URL): Started {
  const [, namespace = "", name = "", container = ""] = /^\/exec\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
  const pod = find(namespace, name);
  if (pod === undefined) return { code: 404, reason: "pod does not exist" };
  if (pod.pod().spec?.containers[0]?.name !== container)
    return { code: 500, reason: `container not found ("${container}")` };
  return pod.exec(searchParams.getAll("command")) ?? { code: 500, reason: `container ${container} isn't running` };
}

/**
 * Serves a node's `GET /containerLogs/NAMESPACE/POD/CONTAINER` and, over WebSockets, `/exec`. `follow` isn't served: the runner doesn't ask
 * for it.
 */
export function serveKubelet(find: Find, tls: { key: string; cert: string; host: string }): Server {
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
  server.on("upgrade", (request, socket, head) => {
    streamed(started(find, new URL(request.url ?? "/", "https://node")), request, socket, head);
  });
  server.listen(KUBELET_PORT, tls.host);
  return server;
}
