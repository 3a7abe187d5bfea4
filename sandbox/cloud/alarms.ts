import { readFileSync } from "node:fs";
import type { Stage } from "./accounts.ts";
import { type AlarmState, type Reading, type Signals, stateOfAlarm } from "./aws/alarm-evaluation.ts";
import type { CloudWatch } from "./aws/watch.ts";

/** How often the gateway's counters are read, and how many readings are kept. */
const EVERY_MS = 1_000;
const KEPT = 900;
/** The name under which CloudWatch's agent has the requests that the gateway counts. */
const REQUESTS = "ContainerInsights/Prometheus/gateway_requests_total";

/** Evaluates the alarms that the stacks have declared, over what their pods log, the gateway counts and their cache clusters publish. */
export interface AlarmWatch {
  states(stage: Stage): AlarmState[];
  close(): void;
}

export interface AlarmSources {
  cloudWatch: CloudWatch;
  stages: readonly Stage[];
  /** The files of the logs of a stack's pods. */
  logFiles(stage: Stage): readonly string[];
  /** Requests that the gateway has counted for a stack. */
  requests(stage: Stage): number;
}

function linesIn(file: string): { at: number; text: string }[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const space = line.indexOf(" ");
      return { at: Date.parse(line.slice(0, space)), text: line.slice(space + 1) };
    });
}

export function watchAlarms({ cloudWatch, stages, logFiles, requests }: AlarmSources): AlarmWatch {
  const readings = new Map<Stage, Reading[]>(stages.map((stage) => [stage, []]));
  const read = (): void => {
    for (const [stage, kept] of readings) {
      kept.push({ at: Date.now(), total: requests(stage) });
      if (kept.length > KEPT) kept.shift();
    }
  };
  const timer = setInterval(read, EVERY_MS);
  return {
    states(stage) {
      const { alarms, filters, nodes } = cloudWatch.of(stage);
      const signals: Signals = {
        lines: logFiles(stage).flatMap(linesIn),
        counters: { [REQUESTS]: readings.get(stage) ?? [] },
        nodes,
      };
      return alarms.map((alarm) => stateOfAlarm(alarm, filters, signals, Date.now()));
    },
    close: () => clearInterval(timer),
  };
}
