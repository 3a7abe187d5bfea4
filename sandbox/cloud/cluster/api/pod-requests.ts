import { request } from "undici";
import { wireObject } from "../objects.ts";
import type { Pods } from "../pods/registry.ts";
import type { Store } from "../store.ts";
import { type Answer, failure, json, objectNotFound, text } from "./answers.ts";

/** Milliseconds that a pod may take to answer through the API server. */
const ANSWER_WITHIN = 5_000;

/** Begins to end a pod, with its grace; the answer is the pod on its way out, as the API server gives it. */
export function deletePod({ store, pods }: { store: Store; pods: Pods }, namespace: string, name: string): Answer {
  const pod = pods.find(namespace, name);
  const object = store.get("Pod", namespace, name);
  if (pod === undefined || object === undefined) return objectNotFound("Pod", name);
  void pod.end();
  return json(wireObject(object));
}

/** Removes a Job, as a person does or whatever cleans up after finished ones; its pods end with it. */
export function deleteJob({ store }: { store: Store }, namespace: string, name: string): Answer {
  const object = store.remove("Job", namespace, name);
  return object === undefined ? objectNotFound("Job", name) : json(wireObject(object));
}

/** Passes a read on to a pod, whether it is ready or not: `pods/NAME:PORT/proxy/PATH`. */
export async function podProxy(
  pods: Pods,
  { namespace, pod: asked, path }: { namespace: string; pod: string; path: string },
): Promise<Answer> {
  const name = asked.replace(/^http:/, "").replace(/:\d+$/, "");
  const pod = pods.find(namespace, name);
  if (pod === undefined) return objectNotFound("Pod", name);
  const port = pod.port();
  if (port === undefined || pod.pid() === undefined) return failure(503, `pod ${name} has no container that runs`);
  try {
    const answer = await request(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(ANSWER_WITHIN) });
    const body = await answer.body.text();
    const type = answer.headers["content-type"];
    return { ...text(body, typeof type === "string" ? type : "text/plain"), code: answer.statusCode };
  } catch (error) {
    return failure(503, `error trying to reach pod ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
