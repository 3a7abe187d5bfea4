import { createHash } from "node:crypto";
import { z } from "zod";
import { callService, type ServiceCall, unexpected } from "../clients/service-call.ts";
import type { Abilities, Issuer, Probed } from "./issuer.ts";
import { probeService } from "./service-probe.ts";

export interface AfmKeysOptions {
  /** AFM's address, where its keys are accepted. */
  afmUrl: string;
  /** Whether AFM takes two keys at once; asked of whoever knows AFM, where there is no adapter that says. */
  overlap: boolean;
  /** The adapter in front of AFM's own key management and what it says it can do; without it the operator brings the value. */
  adapter: { url: string; token: string; abilities: Record<keyof Abilities, boolean> } | null;
}

const SERVICE = "AFM's key adapter";
const madeSchema = z.object({ id: z.string(), value: z.string().min(1) });
const listedSchema = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    /** Of the value, in hexadecimal: so that a key in use is found in the list without showing any. */
    sha256: z.string().optional(),
    lastUsedAt: z.iso.datetime({ offset: true }).nullable(),
  }),
);

function probe(afmUrl: string, value: string): Promise<Probed> {
  const url = new URL("/v1/status", afmUrl);
  return probeService({ service: "AFM", method: "GET", url, headers: { "x-api-key": value } }, { retries: 2 });
}

/** AFM's keys where no API makes them: the operator gets a value from AFM, hands it over on stdin, and has the old one withdrawn. */
function byOperator({ afmUrl, overlap }: AfmKeysOptions): Issuer {
  return {
    abilities: { overlap, mint: "operator", revoke: false, introspect: false },
    mint: async () => {
      throw new Error("AFM_KEY: this program can't create AFM keys: get one from AFM and pass it with --value-stdin");
    },
    probe: (value) => probe(afmUrl, value),
    identify: async () => null,
    accepted: async () => null,
    uses: async () => null,
    revoke: async () => undefined,
  };
}

/**
 * AFM's keys: by the operator, or through an HTTP adapter of the team's own that keeps to four calls, all with a Bearer token:
 * `POST /keys {name}` finds or makes a key and answers `{id, value}`; `GET /keys` answers `[{id, name, sha256, lastUsedAt}]`;
 * `DELETE /keys/ID` withdraws one. No error holds a key.
 */
export function afmKeys(options: AfmKeysOptions): Issuer {
  const { afmUrl, adapter } = options;
  if (adapter === null) return byOperator(options);
  const { token } = adapter;
  const able: Abilities = { ...adapter.abilities, mint: adapter.abilities.mint ? "issuer" : "operator" };
  const ask = async (method: ServiceCall["method"], path: string, body?: unknown) => {
    const url = new URL(`${adapter.url.replace(/\/+$/, "")}${path}`);
    const call: ServiceCall = { service: SERVICE, method, url, headers: { authorization: `Bearer ${token}` }, body };
    return { call, ...(await callService(call)) };
  };
  const list = async () => {
    const { call, status, body } = await ask("GET", "/keys");
    const keys = listedSchema.safeParse(body);
    if (status !== 200 || !keys.success) throw unexpected(call, status);
    return keys.data;
  };
  const operator = byOperator(options);

  return {
    abilities: able,
    async mint(name) {
      if (able.mint === "operator") return operator.mint(name);
      const { call, status, body } = await ask("POST", "/keys", { name });
      const made = madeSchema.safeParse(body);
      if ((status !== 200 && status !== 201) || !made.success) throw unexpected(call, status);
      return made.data;
    },
    probe: (value) => probe(afmUrl, value),
    async identify(value) {
      if (!able.introspect) return null;
      const sha256 = createHash("sha256").update(value).digest("hex");
      return (await list()).find((key) => key.sha256 === sha256)?.id ?? null;
    },
    accepted: async () => (able.introspect ? (await list()).map(({ id, name }) => ({ id, name })) : null),
    async uses(id, since) {
      if (!able.introspect) return null;
      const used = (await list()).find((key) => key.id === id)?.lastUsedAt ?? null;
      return used !== null && Date.parse(used) >= since ? 1 : 0;
    },
    async revoke(id) {
      if (!able.revoke) return;
      const { call, status } = await ask("DELETE", `/keys/${encodeURIComponent(id)}`);
      if (status !== 200 && status !== 204 && status !== 404) throw unexpected(call, status);
    },
  };
}

/** What AFM forces on a rotation, for its plan: null where two keys overlap. */
export function providerGap({ overlap }: Pick<Abilities, "overlap">): string | null {
  if (overlap) return null;
  return "provider gap: AFM takes one key at a time, so calls to it fail from the moment the new key is made until the last pod has it";
}
