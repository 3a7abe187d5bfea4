import type { GateName } from "../../infra/gates/index.ts";

/** How a canary is to end: taken back by a gate at the first weight, or with all traffic. */
export type Expected = { ends: "taken back"; by: readonly GateName[] } | { ends: "passes" };

/** A version of the reference workload, and what its canary is to come to. */
export interface CanaryCase {
  name: string;
  /** below sandbox/app/versions */
  version: string;
  wrong: string;
  /** whether users send requests */
  users: boolean;
  expected: Expected;
  /** how long each weight is watched, as a setting: real time, nothing is shortened */
  stepFor: string;
  /** how long gates may hold afterwards, as a setting */
  timeout: string;
  /** the setting `metrics`, where requests aren't counted at the Gateway */
  metrics?: Readonly<Record<string, unknown>>;
}

const USUAL = { users: true, stepFor: "30s", timeout: "60s" } as const;
/** Taken back by any of these gates: by the one that sees it first. */
const takenBack = (...by: readonly GateName[]): Expected => ({ ends: "taken back", by });

/** The one that passes is the last: it is the stable release afterwards. */
export const CASES: readonly CanaryCase[] = [
  {
    ...USUAL,
    name: "no-users",
    version: "v2",
    wrong: "nothing, but nobody uses it",
    users: false,
    expected: takenBack("error-rate"),
    stepFor: "5s",
    timeout: "15s",
  },
  {
    ...USUAL,
    name: "fails-users",
    version: "v6",
    wrong: "every first page of a user's is a 500",
    expected: takenBack("error-rate"),
  },
  {
    ...USUAL,
    name: "slow",
    version: "v7",
    wrong: "every answer comes 250 ms later",
    expected: takenBack("latency"),
  },
  {
    ...USUAL,
    name: "slow-application",
    version: "v7",
    wrong: "the same, counted by the application",
    expected: takenBack("latency"),
    metrics: { source: "application" },
  },
  {
    ...USUAL,
    name: "slow-tail",
    version: "v8",
    wrong: "1 % of the answers come 2 s later",
    expected: takenBack("latency"),
    stepFor: "4m",
  },
  {
    ...USUAL,
    name: "crash-loop",
    version: "v9",
    wrong: "its pods end every few seconds, with 0",
    expected: takenBack("pods", "error-rate"),
  },
  {
    ...USUAL,
    name: "leak",
    version: "v10",
    wrong: "leaks memory until it is killed",
    expected: takenBack("pods", "error-rate"),
    stepFor: "60s",
  },
  {
    ...USUAL,
    name: "warm-up",
    version: "v11",
    wrong: "nothing: it warms up for 8 s",
    expected: { ends: "passes" },
    stepFor: "20s",
  },
];
