import type { RequestHandler } from "express";
import type { InUse } from "./credentials.ts";
import type { RequestCounts } from "./request-counts.ts";
import type { KeyUse } from "./session-keys.ts";

export interface MetricsOptions {
  inUse: readonly InUse[];
  keyUses: () => readonly Readonly<KeyUse>[];
  counts: Pick<RequestCounts, "lines">;
}

/** GET /metrics in Prometheus' text format: the credentials in use by fingerprint, what each key of the session ring verified, and the requests. */
export function metricsRoute({ inUse, keyUses, counts }: MetricsOptions): RequestHandler {
  const ring = inUse.filter(({ name }) => name === "SESSION_SECRET");
  return (_req, res) => {
    const uses = keyUses();
    const perKey = (name: string, value: (use: Readonly<KeyUse> | undefined) => number) =>
      ring.map(({ position, fingerprint }) => sample(name, { position, fingerprint }, value(uses[position])));
    const lines = [
      "# HELP credential_in_use Which credential the pod uses, by keyed fingerprint.",
      "# TYPE credential_in_use gauge",
      ...inUse.map(({ name, position, fingerprint }) =>
        sample("credential_in_use", { name, position, fingerprint }, 1),
      ),
      "# HELP session_verifications_total Session cookies verified, by the key that had signed them.",
      "# TYPE session_verifications_total counter",
      ...perKey("session_verifications_total", (use) => use?.count ?? 0),
      "# HELP session_last_verified_timestamp_seconds When a key last verified a cookie; 0: never.",
      "# TYPE session_last_verified_timestamp_seconds gauge",
      ...perKey("session_last_verified_timestamp_seconds", (use) => (use?.lastAt ?? 0) / 1000),
      ...counts.lines(),
    ];
    res.type("text/plain; version=0.0.4; charset=utf-8").send(`${lines.join("\n")}\n`);
  };
}

function sample(name: string, labels: Record<string, string | number>, value: number): string {
  const text = Object.entries(labels).map(([label, is]) => `${label}="${is}"`);
  return `${name}{${text.join(",")}} ${value}`;
}
