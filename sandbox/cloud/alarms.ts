import { readFileSync } from "node:fs";
import { isClusterLogs, type Stage } from "./accounts.ts";
import { type AlarmState, type Reading, type Signals, stateOfAlarm } from "./aws/alarm-evaluation.ts";
import type { CloudWatch } from "./aws/watch.ts";

/** How often the gateway's counters are read, and how many readings are kept. */
const EVERY_MS = 1_000;
const KEPT = 900;

/** A pod whose log is shipped. */
export interface LoggingPod {
  name: string;
  namespace: string;
  log: string;
}

/** A line as it lies in the cluster's log group. */
export interface ShippedLine {
  at: number;
  pod: string;
  text: string;
}

/** Evaluates the alarms that the stacks have declared, over what their pods log, the gateway counts and their cache clusters publish. */
export interface AlarmWatch {
  states(stage: Stage): AlarmState[];
  /** The lines that the cluster's Fluent Bit has shipped. */
  shipped(): ShippedLine[];
  close(): void;
}

export interface AlarmSources {
  cloudWatch: CloudWatch;
  /** The cluster's pods, of all stacks. */
  pods(): readonly LoggingPod[];
  /** Requests that the gateway has counted, of all stacks. */
  requests(): number;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A line as Fluent Bit's Kubernetes filter makes it (Merge_Log, Merge_Log_Key log_processed): what is JSON also stands below that key. */
function enveloped({ name, namespace }: LoggingPod, line: string): string {
  return JSON.stringify({
    log: line,
    log_processed: parsed(line),
    stream: "stdout",
    kubernetes: { pod_name: name, namespace_name: namespace },
  });
}

function linesOf(pod: LoggingPod): ShippedLine[] {
  return readFileSync(pod.log, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const space = line.indexOf(" ");
      return { at: Date.parse(line.slice(0, space)), pod: pod.name, text: enveloped(pod, line.slice(space + 1)) };
    });
}

export function watchAlarms({ cloudWatch, pods, requests }: AlarmSources): AlarmWatch {
  const readings: Reading[] = [];
  const timer = setInterval(() => {
    readings.push({ at: Date.now(), total: requests() });
    if (readings.length > KEPT) readings.shift();
  }, EVERY_MS);
  const shipped = () => pods().flatMap(linesOf);
  return {
    states(stage) {
      const { alarms, filters, nodes } = cloudWatch.of(stage);
      const lines = shipped();
      const groups = filters.map(({ group }) => [group, isClusterLogs(group) ? lines : []] as const);
      // The agent publishes by cluster alone, and the sandbox's goes by every name.
      const clusters = new Set(alarms.flatMap(({ watched }) => watched.dimensions.ClusterName ?? []));
      const counters = [...clusters].map((name) => ({
        namespace: "ContainerInsights/Prometheus",
        metric: "gateway_requests_total",
        dimensions: { ClusterName: name },
        readings,
      }));
      const signals: Signals = { lines: Object.fromEntries(groups), counters, nodes };
      return alarms.map((alarm) => stateOfAlarm(alarm, filters, signals, Date.now()));
    },
    shipped,
    close: () => clearInterval(timer),
  };
}
