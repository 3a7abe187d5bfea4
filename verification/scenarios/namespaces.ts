import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { openObjects } from "./objects.ts";

const NAMESPACES = "/api/v1/namespaces";
const namespaceSchema = z.object({ metadata: z.object({ name: z.string() }) });
/** Milliseconds between two looks at namespaces that are being deleted. */
const LOOK_EVERY = 250;

/**
 * Does something on a cluster that is used again afterwards, and deletes whichever namespaces it has left: the routes of one would take
 * the next scenario's requests.
 */
export async function leavingNoNamespace<T>(kubeconfig: string, work: () => Promise<T>): Promise<T> {
  const { list, send } = await openObjects(kubeconfig);
  const names = async () => (await list(NAMESPACES, namespaceSchema)).map(({ metadata }) => metadata.name);
  const before = await names();
  const left = async () => (await names()).filter((name) => !before.includes(name));
  try {
    return await work();
  } finally {
    for (const name of await left()) await send("DELETE", `${NAMESPACES}/${name}`);
    while ((await left()).length > 0) await delay(LOOK_EVERY);
  }
}
