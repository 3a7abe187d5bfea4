import { z } from "zod";
import { callService, type Patience, type ServiceCall, unexpected } from "../clients/service-call.ts";
import type { Issuer, Probed } from "./issuer.ts";
import { probeService } from "./service-probe.ts";

export interface SupabaseKeysOptions {
  /** The Management API's address, such as `https://api.supabase.com`. */
  managementUrl: string;
  /** The project's reference, as in `https://REF.supabase.co`. */
  ref: string;
  /** The project's own address, where its keys are accepted. */
  projectUrl: string;
  /** A personal access token of the Management API. */
  token: string;
}

const SERVICE = "Supabase's Management API";
const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string().nullish(),
  api_key: z.string().nullish(),
  hash: z.string().nullish(),
});
type Key = z.infer<typeof keySchema>;
const keysSchema = z.array(keySchema);
const revealed = keySchema.extend({ api_key: z.string().startsWith("sb_secret_") });
const usesSchema = z.object({ result: z.array(z.object({ hash: z.string(), timestamp: z.number() })) });

/** The last request of each secret key in the logs of the project's gateway, by the key's hash, in milliseconds. */
const LAST_USES = `select apikey.hash as hash, unix_millis(max(timestamp)) as timestamp
from edge_logs
cross join unnest(metadata) as metadata
cross join unnest(metadata.request) as request
cross join unnest(request.sb) as sb
cross join unnest(sb.apikey) as sent
cross join unnest(sent.apikey) as apikey
where apikey.error is null and apikey.hash is not null and apikey.prefix like 'sb_secret_%'
group by apikey.hash`;
/** The longest time, in milliseconds, that one query of the logs may span. */
const LOGS_SPAN = 24 * 60 * 60 * 1_000;

/** What a probe asks with a key. */
const PROBES = ["/auth/v1/health", "/rest/v1/"] as const;

/** Asks the project with a key: both its auth service and a privileged read of its REST API have to take it. */
async function probe(projectUrl: string, value: string, patience: Patience): Promise<Probed> {
  const probed = await Promise.all(
    PROBES.map((path) => {
      const url = new URL(path, projectUrl);
      // A secret key is no JWT: as Bearer the gateway would refuse a good one.
      return probeService({ service: "Supabase", method: "GET", url, headers: { apikey: value } }, patience);
    }),
  );
  const refused = probed.find(({ answer }) => answer === "refused");
  return refused ?? probed.find(({ answer }) => answer === "unknown") ?? { answer: "accepted" };
}

/** Supabase's secret keys (`sb_secret_...`), made, listed and deleted through the Management API. No error holds a key. */
export function supabaseKeys({ managementUrl, ref, projectUrl, token }: SupabaseKeysOptions): Issuer {
  const at = (path: string, query: Readonly<Record<string, string>> = {}): URL => {
    const url = new URL(`/v1/projects/${encodeURIComponent(ref)}/${path}`, managementUrl);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  };
  const ask = async (method: ServiceCall["method"], url: URL, body?: unknown) => {
    const call: ServiceCall = { service: SERVICE, method, url, headers: { authorization: `Bearer ${token}` }, body };
    return { call, ...(await callService(call)) };
  };
  const secretKeys = async (): Promise<Key[]> => {
    const { call, status, body } = await ask("GET", at("api-keys", { reveal: "true" }));
    const keys = keysSchema.safeParse(body);
    if (status !== 200 || !keys.success) throw unexpected(call, status);
    return keys.data.filter(({ type }) => type === "secret");
  };
  const shown = (key: Key) => {
    const whole = revealed.safeParse(key);
    if (whole.success) return { id: whole.data.id, value: whole.data.api_key };
    throw new Error(`${SERVICE} doesn't reveal the key "${key.name}": give the token the right to read secret keys`);
  };
  const find = async (name: string) => (await secretKeys()).find((key) => key.name === name);

  return {
    abilities: { overlap: true, mint: "issuer", revoke: true, introspect: true },
    async mint(name) {
      const found = await find(name);
      if (found !== undefined) return shown(found);
      const { call, status, body } = await ask("POST", at("api-keys", { reveal: "true" }), {
        type: "secret",
        name,
        secret_jwt_template: { role: "service_role" },
      });
      const made = keySchema.safeParse(body);
      if ((status === 200 || status === 201) && made.success) return shown(made.data);
      // A first try whose answer was lost has made it.
      const since = await find(name);
      if (since === undefined) throw unexpected(call, status);
      return shown(since);
    },
    probe: (value) => probe(projectUrl, value, { retries: 2 }),
    identify: async (value) => (await secretKeys()).find((key) => key.api_key === value)?.id ?? null,
    accepted: async () => (await secretKeys()).map(({ id, name }) => ({ id, name })),
    async uses(id, since) {
      const key = (await secretKeys()).find((one) => one.id === id);
      if (key === undefined) return 0;
      if (typeof key.hash !== "string") return null;
      const now = Date.now();
      const { status, body } = await ask(
        "GET",
        at("analytics/endpoints/logs.all", {
          sql: LAST_USES,
          iso_timestamp_start: new Date(Math.max(since, now - LOGS_SPAN)).toISOString(),
          iso_timestamp_end: new Date(now).toISOString(),
        }),
      );
      const uses = usesSchema.safeParse(body);
      if (status !== 200 || !uses.success) return null;
      return uses.data.result.filter(({ hash, timestamp }) => hash === key.hash && timestamp >= since).length;
    },
    async revoke(id) {
      const { call, status } = await ask("DELETE", at(`api-keys/${encodeURIComponent(id)}`));
      if (status !== 200 && status !== 204 && status !== 404) throw unexpected(call, status);
    },
  };
}
