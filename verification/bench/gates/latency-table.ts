import { gateLimits } from "../../../infra/gates/gate.ts";
import { CLIENT_BOUNDS, type DurationScenario, type Service, TRAEFIK_BOUNDS } from "./durations.ts";
import { latencyDuel } from "./latency-duel.ts";
import { argoP99, flaggerP99, kayentaLatency, type LatencyRule, latencyGate } from "./latency-rules.ts";

const LIMITS = gateLimits(
  {
    minimumRequests: 100,
    errorRate: { alpha: 0.05, hardLimitPercent: 5 },
    latency: { warmUp: 10_000, from: 50 },
    pods: { restarts: 1, unready: 3 },
  },
  { stage: "production", durations: true, scale: 1 },
);
const RULES: readonly LatencyRule[] = [
  latencyGate(LIMITS, 10, "10 s"),
  latencyGate(LIMITS, 300, "as CI calls it"),
  flaggerP99(1),
  flaggerP99(5),
  argoP99,
  kayentaLatency,
];
const STEPS = [5, 25, 50, 100].map((weight) => ({ weight, seconds: 1_200 }));

const usual = (median: number): Service => ({ median, spread: 0.8, slowed: { share: 0, by: 0 } });
const ROWS: readonly { name: string; median: number; slowed: Service["slowed"] }[] = [
  { name: "good, median 6 ms", median: 6, slowed: { share: 0, by: 0 } },
  { name: "good, median 60 ms", median: 60, slowed: { share: 0, by: 0 } },
  { name: "6 ms -> 256 ms", median: 6, slowed: { share: 1, by: 250 } },
  { name: "60 ms -> 310 ms", median: 60, slowed: { share: 1, by: 250 } },
  { name: "6 ms, 2 s for 1 %", median: 6, slowed: { share: 0.01, by: 2_000 } },
  { name: "60 ms, 2 s for 1 %", median: 60, slowed: { share: 0.01, by: 2_000 } },
  { name: "6 ms -> 1.5 s", median: 6, slowed: { share: 1, by: 1_500 } },
];

type Write = (line: string) => void;

/** Prints how the latency gate does against other tools' rules on the same traces. */
export function printLatencyTable(write: Write, { traces, seed }: { traces: number; seed: number }): void {
  write(
    `Latency, weights 5, 25, 50 and 100 % for 20 minutes each at 100 requests/s, ${traces} traces a row, for every rule the same.`,
  );
  write("Each cell: canaries aborted, users' requests that were slowed down before the abort, seconds to the abort.");
  for (const { name, stated } of RULES) write(`- ${name}: ${stated}.`);
  write("");
  const row = (cells: readonly string[]) => write(`| ${cells.join(" | ")} |`);
  row(["buckets", "stable -> canary", ...RULES.map(({ name }) => name)]);
  row(["---", "---", ...RULES.map(() => "---")]);
  for (const [buckets, bounds] of [
    ["a client library's", CLIENT_BOUNDS],
    ["Traefik's", TRAEFIK_BOUNDS],
  ] as const) {
    for (const { name, median, slowed } of ROWS) {
      const stable = usual(median);
      const scenario: DurationScenario = {
        requestsPerSecond: 100,
        stable,
        canary: { ...stable, slowed },
        steps: STEPS,
        bounds,
      };
      const cells = latencyDuel(scenario, RULES, traces, seed).map(({ aborted, hit, seconds }) => {
        const after = seconds === null ? "-" : `${seconds.toFixed(0)} s`;
        return `${(aborted * 100).toFixed(1)} %, ${hit.toFixed(0)}, ${after}`;
      });
      row([buckets, name, ...cells]);
    }
  }
}
