import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Started, streamed } from "../exec-streams.ts";
import type { Pods } from "../pods/registry.ts";

const PATH = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/;

/** The process that is asked for, beside the container's own with its environment and folder, or why there is none. */
function started(pods: Pods, url: URL): Started {
  const [, namespace = "", name = ""] = PATH.exec(url.pathname) ?? [];
  const pod = pods.find(namespace, name);
  if (pod === undefined) return { code: 404, reason: `pods "${name}" not found` };
  const container = url.searchParams.get("container");
  if (container !== null && container !== pod.state().container.name) {
    return { code: 400, reason: `container ${container} is not valid for pod ${name}` };
  }
  const command = url.searchParams.getAll("command");
  if (command.length === 0) return { code: 400, reason: "you must specify at least 1 command for the container" };
  return pod.exec(command) ?? { code: 400, reason: `cannot exec in a container that isn't running: pod ${name}` };
}

/** Answers `pods/NAME/exec`. */
export function execUpgrade(pods: Pods, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  streamed(started(pods, new URL(request.url ?? "/", "http://sandbox")), request, socket, head);
}
