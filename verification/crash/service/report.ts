import pc from "picocolors";
import { figureOf } from "../../bench/updates/measure.ts";
import type { Outcome } from "./run.ts";

/** Within how long another service has the change of one that was killed, in seconds. */
const WITHIN = 15;

/** Everything that isn't as it has to be after a run of kills (pure); empty where all is. */
export function wrongWith({ takeOvers, differing, load }: Outcome): string[] {
  const late = takeOvers.filter(({ killedAt, continuedAt }) => continuedAt - killedAt >= WITHIN * 1_000);
  return [
    ...(takeOvers.length === 0 ? ["no kill was made"] : []),
    ...late.map(
      ({ killedAt, continuedAt }) =>
        `the kill at ${new Date(killedAt).toISOString()}: taken over after ${((continuedAt - killedAt) / 1_000).toFixed(2)} s, not within ${WITHIN} s`,
    ),
    ...differing,
    ...(load.failed === 0 ? [] : [`${load.failed} requests failed: ${load.errors.join("; ")}`]),
    ...(load.lostSessions === 0 ? [] : [`${load.lostSessions} sessions were lost`]),
    ...(load.lostWebSockets === 0 ? [] : [`${load.lostWebSockets} WebSockets were lost`]),
  ];
}

/** What a run of kills came to, as a table for people. */
export function tableOf({ takeOvers, promotes, differing, load }: Outcome): string[] {
  const row = (what: string, seconds: readonly number[], target: string) => {
    if (seconds.length === 0) return [];
    const { median, most } = figureOf(seconds);
    return [`| ${what} | ${median.toFixed(2)} s | ${most.toFixed(2)} s | ${target} |`];
  };
  return [
    pc.bold(`${takeOvers.length} kills of the service that leads, in ${promotes} promotions under load`),
    "| from the kill to | p50 | max | target |",
    "| --- | --- | --- | --- |",
    ...row(
      "the other service's continuing of the change",
      takeOvers.map(({ killedAt, continuedAt }) => (continuedAt - killedAt) / 1_000),
      `< ${WITHIN} s each`,
    ),
    ...row(
      "its first event (an engine that goes on is waited for)",
      takeOvers.flatMap(({ secondsToEvent }) => secondsToEvent ?? []),
      "-",
    ),
    "",
    `requests under load: ${load.sent}, failed: ${load.failed}; WebSockets lost: ${load.lostWebSockets}; the load's own longest pause: ${load.longestPauseMs} ms`,
    `differences from the promotion without a kill: ${differing.length === 0 ? "none" : differing.length}`,
  ];
}
