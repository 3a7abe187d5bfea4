import { readFile } from "node:fs/promises";
import { z } from "zod";

/** A right of RBAC that was used: a verb, a resource with its group and subresource, and where. */
export interface UsedRight {
  place: "stack" | "gateway" | "own";
  resource: string;
  verb: string;
}

/** An event of the API server's audit log (audit.k8s.io/v1). */
const eventSchema = z.looseObject({
  verb: z.string(),
  requestURI: z.string(),
  objectRef: z
    .object({
      resource: z.string(),
      namespace: z.string().default(""),
      apiGroup: z.string().default(""),
      subresource: z.string().default(""),
    })
    .optional(),
  responseStatus: z.looseObject({ code: z.int().default(0) }).default({ code: 0 }),
});

export interface Calls {
  used: UsedRight[];
  /** what was answered with 403 */
  forbidden: string[];
}

const FORBIDDEN = 403;
/** What everybody may ask about oneself (system:basic-user). */
const OF_EVERYBODY = "authorization.k8s.io/selfsubjectaccessreviews";
/** Read in a sandbox alone, where time may be shortened. */
const OF_THE_SANDBOX = "default";

const inWords = ({ place, resource, verb }: UsedRight): string => `${place} ${resource} ${verb}`;

/** What a service asked for, in an audit log. @param gateway the Gateway's namespace, @param own the service's */
export async function callsIn(log: string, { gateway, own }: { gateway: string; own: string }): Promise<Calls> {
  const lines = (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
  const used = new Map<string, UsedRight>();
  const forbidden = new Set<string>();
  for (const line of lines) {
    const { verb, requestURI, objectRef, responseStatus } = eventSchema.parse(JSON.parse(line));
    if (responseStatus.code === FORBIDDEN) forbidden.add(`${verb} ${requestURI}`);
    if (objectRef === undefined || objectRef.namespace === OF_THE_SANDBOX) continue;
    const { namespace, apiGroup, subresource } = objectRef;
    const resource = `${apiGroup}/${objectRef.resource}${subresource === "" ? "" : `/${subresource}`}`;
    if (resource === OF_EVERYBODY) continue;
    const place = namespace === gateway ? "gateway" : namespace === own ? "own" : "stack";
    const right: UsedRight = { place, resource, verb };
    used.set(inWords(right), right);
  }
  const sorted = [...used].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, right]) => right);
  return { used: sorted, forbidden: [...forbidden].sort() };
}
