import { KubeConfig } from "@kubernetes/client-node";
import { Agent, request } from "undici";
import { z } from "zod";

/** Objects of the cluster, through the Kubernetes API. */
export interface ClusterObjects {
  /** The parsed answer at a path, such as `/apis/batch/v1/namespaces/app/jobs`; null for 404. */
  get<T>(path: string, schema: z.ZodType<T>): Promise<T | null>;
  list<T>(path: string, schema: z.ZodType<T>): Promise<T[]>;
  /** The status code of a request that changes something. */
  send(method: "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<number>;
  /** The parsed answer to a POST that makes something. @throws Error where it isn't made */
  made<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T>;
}

/** Opens the cluster that a kubeconfig's current context names. */
export async function openObjects(kubeconfig: string): Promise<ClusterObjects> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  const token = config.getCurrentUser()?.token ?? "";
  const ca = cluster?.caData === undefined ? undefined : Buffer.from(cluster.caData, "base64").toString();
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } });
  const ask = async (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown) => {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const answer = await request(`${cluster?.server ?? ""}${path}`, {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${token}`, "content-type": type },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  };
  const get: ClusterObjects["get"] = async (path, schema) => {
    const { status, text } = await ask("GET", path);
    if (status === 404) return null;
    if (status !== 200) throw new Error(`GET ${path} was answered with ${status}: ${text.slice(0, 300)}`);
    return schema.parse(JSON.parse(text));
  };
  return {
    get,
    async list(path, schema) {
      return (await get(path, z.object({ items: z.array(schema) })))?.items ?? [];
    },
    async send(method, path, body) {
      return (await ask(method, path, body)).status;
    },
    async made(path, body, schema) {
      const { status, text } = await ask("POST", path, body);
      if (status !== 201) throw new Error(`POST ${path} was answered with ${status}: ${text.slice(0, 300)}`);
      return schema.parse(JSON.parse(text));
    },
  };
}
