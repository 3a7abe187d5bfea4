import type { Contender } from "./contender.ts";
import type { Cost } from "./measure.ts";
import { OFFERED, PODS, SCRAPE_SECONDS, WEIGHTS } from "./pace.ts";

/** How it went with one of them; `why` where it couldn't be measured. */
export type Row = Pick<Contender, "name" | "settings"> & ({ cost: Cost } | { why: string });

const cells = (row: Row): string[] =>
  "why" in row
    ? ["not measured", "-", "-"]
    : [row.cost.seconds.toFixed(1), String(row.cost.failed), String(row.cost.toBad)];

/** The comparison as Markdown (pure). */
export function peersTable(rows: readonly Row[]): string {
  return [
    `A release that fails every fifth request after 30 in each pod, taken to production under ${OFFERED.requestsPerSecond} requests/s. For all: weights`,
    `${WEIGHTS.join(", ")} %, ${PODS} pods of each release, Traefik's counters; the peers' Prometheus reads them every ${SCRAPE_SECONDS} s.`,
    "",
    "| who | seconds from its first request until all traffic is back | failed requests | requests to the bad release | settings |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${[row.name, ...cells(row), row.settings].join(" | ")} |`),
  ].join("\n");
}
