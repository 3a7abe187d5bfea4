import { addTrials, newTest, rejects } from "../../../infra/gates/sequential-test.ts";
import type { Random } from "./random.ts";

export interface Comparison {
  /** The canary's share of the requests. */
  rho: number;
  /** Its error rate over the stable release's. */
  ratio: number;
  alpha: number;
}

export interface Simulation extends Comparison {
  canaries: number;
  random: Random;
}

/** The probability that an error is the canary's. */
function theta({ rho, ratio }: Pick<Comparison, "rho" | "ratio">): number {
  return (rho * ratio) / (rho * ratio + 1 - rho);
}

/** Wald's bound: the errors that any test of level alpha and power one needs on average, log(1/alpha) / KL. */
export function waldBound({ rho, ratio, alpha }: Comparison): number {
  const bad = theta({ rho, ratio });
  return -Math.log(alpha) / (bad * Math.log(bad / rho) + (1 - bad) * Math.log((1 - bad) / (1 - rho)));
}

/** Errors until the test rejects, looked at after each; null where `most` errors didn't suffice. */
function errorsUntilAbort({ rho, ratio, alpha, random }: Simulation, most: number): number | null {
  const bad = theta({ rho, ratio });
  let test = newTest();
  for (let errors = 1; errors <= most; errors += 1) {
    test = addTrials(test, { share: rho, hits: random() < bad ? 1 : 0, trials: 1 });
    if (rejects(test, alpha)) return errors;
  }
  return null;
}

/** The mean over simulated bad canaries; one that isn't aborted within 3,000 errors counts as 3,000. */
export function meanErrorsUntilAbort(simulation: Simulation): number {
  let sum = 0;
  for (let canary = 0; canary < simulation.canaries; canary += 1) sum += errorsUntilAbort(simulation, 3_000) ?? 3_000;
  return sum / simulation.canaries;
}

/** The share of good canaries (ratio 1) that the test aborts within `most` errors. */
export function falseAborts(simulation: Omit<Simulation, "ratio">, most: number): number {
  let aborted = 0;
  for (let canary = 0; canary < simulation.canaries; canary += 1) {
    if (errorsUntilAbort({ ...simulation, ratio: 1 }, most) !== null) aborted += 1;
  }
  return aborted / simulation.canaries;
}
