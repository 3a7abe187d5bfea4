import { type GateLimits, gateLimits } from "../../infra/gates/gate.ts";
import { falseAborts, meanErrorsUntilAbort, waldBound } from "./gates/detection.ts";
import { duel } from "./gates/duel.ts";
import { printLatencyTable } from "./gates/latency-table.ts";
import { seeded } from "./gates/random.ts";
import { argo, flagger, kayenta, type Rule, sequential } from "./gates/rules.ts";
import { takenBack } from "./gates/together.ts";
import type { Scenario } from "./gates/traces.ts";

const LIMITS: GateLimits = {
  minimumRequests: 100,
  alpha: 0.05,
  hardLimitPercent: 5,
  withoutUsers: "hold",
  latency: null,
  pods: { restarts: 1, unready: 3 },
};
const ERRORS = 400;

/** How much is simulated: canaries, and traces a row of the tables that compare rules. */
export interface GateSizes {
  good: number;
  bad: number;
  traces: number;
  latencyTraces: number;
}

export const WHOLE: GateSizes = { good: 10_000, bad: 4_000, traces: 200, latencyTraces: 20 };
/** As little as shows that every table can be printed. */
export const SHORT: GateSizes = { good: 20, bad: 20, traces: 1, latencyTraces: 1 };

const SEED = 20_261_122;
const RULES: readonly Rule[] = [
  sequential(LIMITS, 10),
  sequential(LIMITS, 60),
  sequential(LIMITS, 300),
  flagger(1),
  flagger(5),
  argo,
  kayenta,
];
const STEPS = [5, 25, 50, 100].map((weight) => ({ weight, seconds: 1_200 }));

/** The stable release's and the canary's share of failing requests, in percent. */
const PAIRS = [
  [0.1, 0.1],
  [0.5, 0.5],
  [2, 2],
  [0.1, 0.2],
  [0.1, 0.5],
  [0.1, 2],
  [0.1, 5],
  [0.5, 2.5],
  [1, 2],
  [0.1, 50],
] as const;

type Write = (line: string) => void;

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function heading(write: Write, cells: readonly string[]): void {
  write(row(cells));
  write(row(cells.map(() => "---")));
}

function printDetection(write: Write, { good, bad }: GateSizes): void {
  write(`Sequential test, alpha ${LIMITS.alpha}, a look after every error; ${good} good canaries of up to`);
  write(`${ERRORS} errors and ${bad} bad ones a row; mean errors until the abort over Wald's bound.`);
  write("");
  heading(write, ["weight", "false aborts", "ratio 2", "ratio 5"]);
  for (const rho of [0.05, 0.1, 0.25, 0.5]) {
    const { alpha } = LIMITS;
    const aborted = falseAborts({ rho, alpha, canaries: good, random: seeded(SEED) }, ERRORS);
    const over = (ratio: number) =>
      meanErrorsUntilAbort({ rho, ratio, alpha, canaries: bad, random: seeded(SEED) }) /
      waldBound({ rho, ratio, alpha });
    write(row([`${rho * 100} %`, aborted.toFixed(4), over(2).toFixed(2), over(5).toFixed(2)]));
  }
}

function printDuels(write: Write, { traces }: GateSizes): void {
  write(
    `Weights 5, 25, 50 and 100 % for 20 minutes each at 100 requests/s, ${traces} traces a row, the same for every rule.`,
  );
  write("Each cell: canaries aborted, failed user requests on the canary before the abort, seconds to the abort.");
  for (const { name, stated } of RULES) write(`- ${name}: ${stated}.`);
  write("");
  heading(write, ["stable -> canary", ...RULES.map(({ name }) => name)]);
  for (const [baseline, canary] of PAIRS) {
    const scenario: Scenario = { requestsPerSecond: 100, baseline: baseline / 100, canary: canary / 100, steps: STEPS };
    const cells = duel(scenario, RULES, traces, SEED).map(({ aborted, failedRequests, seconds }) =>
      [
        `${(aborted * 100).toFixed(1)} %`,
        failedRequests.toFixed(0),
        seconds === null ? "-" : `${seconds.toFixed(0)} s`,
      ].join(", "),
    );
    write(row([`${baseline} % -> ${canary} %`, ...cells]));
  }
}

/** Canaries as good as the stable release, at three kinds of traffic. */
const GOOD = [
  { requestsPerSecond: 100, failing: 0.005, median: 6 },
  { requestsPerSecond: 100, failing: 0.02, median: 60 },
  { requestsPerSecond: 20, failing: 0.01, median: 60 },
];
const SHORT_STEPS = [5, 25, 50, 100].map((weight) => ({ weight, seconds: 60 }));

function printTogether(write: Write, { good }: GateSizes): void {
  const limits = gateLimits(
    {
      minimumRequests: 100,
      errorRate: { alpha: LIMITS.alpha, hardLimitPercent: LIMITS.hardLimitPercent },
      latency: { warmUp: 10_000, from: 50, p99: 2_000 },
      pods: LIMITS.pods,
    },
    { stage: "production", durations: true, scale: 1 },
  );
  const { latency } = limits;
  if (latency === null) return;
  write(
    `Error rate and latency together, alpha ${LIMITS.alpha} for both: ${good} good canaries a row, weights 5, 25, 50`,
  );
  write(
    "and 100 % for a minute each, a look every 10 s; comparisons, limits and the error rate's guard (the latency's needs minutes at 100 %: test/gates/latency-guard.test.ts).",
  );
  write("");
  heading(write, ["traffic", "taken back by error rate", "by latency", "by either", "allowed"]);
  for (const { requestsPerSecond, failing, median } of GOOD) {
    const service = { median, spread: 0.8, slowed: { share: 0, by: 0 } };
    const canary = { requestsPerSecond, failing, service, steps: SHORT_STEPS };
    const taken = takenBack(canary, { ...limits, latency }, good, SEED);
    const share = (count: number) => (count / good).toFixed(4);
    write(
      row([
        `${requestsPerSecond} requests/s, ${failing * 100} % fail, median ${median} ms`,
        share(taken.byErrors),
        share(taken.byLatency),
        share(taken.byEither),
        String(LIMITS.alpha),
      ]),
    );
  }
}

/** Prints how the error-rate gate does in simulation: against its own promises, and against other tools' default rules. */
export function printGateTables(write: Write, sizes: GateSizes): void {
  printDetection(write, sizes);
  write("");
  printDuels(write, sizes);
  write("");
  printLatencyTable(write, { traces: sizes.latencyTraces, seed: SEED });
  write("");
  printTogether(write, sizes);
}
