import { z } from "zod";
import type { Answer, ApiServer } from "../../verification/real/control-plane/api-server.ts";
import { asKept, lost, misspelt, places } from "./kept.ts";
import type { Sent } from "./manifests.ts";

const CREATED = new Set([200, 201]);
const statusSchema = z.looseObject({ message: z.string() });
const resourcesSchema = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});

/** Where the server takes objects of a kind. */
export type Places = (sent: Sent) => Promise<string>;

const groupPath = (apiVersion: string): string => (apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`);

/** Asks the server itself under which name it takes a kind. */
export function discovery(server: ApiServer): Places {
  return async ({ apiVersion, kind, metadata }) => {
    const root = groupPath(apiVersion);
    const { status, body } = await server.send("GET", root);
    if (status !== 200) throw new Error(`the server has no ${apiVersion}`);
    const found = resourcesSchema.parse(body).resources.find((one) => one.kind === kind && !one.name.includes("/"));
    if (found === undefined) throw new Error(`the server has no ${kind} in ${apiVersion}`);
    return found.namespaced
      ? `${root}/namespaces/${metadata.namespace ?? "default"}/${found.name}`
      : `${root}/${found.name}`;
  };
}

const told = ({ status, body }: Answer): string => `${status} ${statusSchema.safeParse(body).data?.message ?? ""}`;
const DRY = "?dryRun=All&fieldValidation=Strict";

/** What is wrong with an object: the server refuses it, warns of it, or would keep something else. */
export async function problemsOf(server: ApiServer, path: string, sent: Sent): Promise<string[]> {
  const answer = await server.send("POST", `${path}${DRY}`, sent);
  if (!CREATED.has(answer.status)) return [told(answer)];
  return [...answer.warnings.map((warning) => `it warns: ${warning}`), ...lost(asKept(sent), answer.body)];
}

/** The places of an object where a misspelt field got through; and how many were tried. */
export async function slippedThrough(
  server: ApiServer,
  path: string,
  sent: Sent,
): Promise<{ tried: number; slipped: string[] }> {
  const slipped: string[] = [];
  const all = places(sent);
  for (const place of all) {
    const answer = await server.send("POST", `${path}${DRY}`, misspelt(sent, place));
    if (CREATED.has(answer.status)) slipped.push(place.join("."));
  }
  return { tried: all.length, slipped };
}
