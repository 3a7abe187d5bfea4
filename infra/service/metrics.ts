import type { Dora } from "../reports/dora.ts";
import { exposition, type Family, type Sample } from "./exposition.ts";
import { CHANGE_STATES, type StackFigures } from "./figures.ts";

/** What of one stack is shown; DORA's figures are null until the records were read. */
export interface Shown {
  stack: string;
  figures: StackFigures;
  dora: Dora | null;
}

const SECOND = 1_000;

type Values = (shown: Shown, now: number) => readonly (Omit<Sample, "labels"> & { labels?: Sample["labels"] })[];

/** One sample, or none where there is no figure yet. */
const one = (value: number | null | undefined) => (value === null || value === undefined ? [] : [{ value }]);
const seconds = (milliseconds: number | null | undefined) =>
  one(milliseconds === null || milliseconds === undefined ? null : milliseconds / SECOND);

const FAMILIES: readonly (Omit<Family, "samples"> & { values: Values })[] = [
  {
    name: "runbook_leader",
    type: "gauge",
    help: "1 where this process runs the stack's changes.",
    values: ({ figures }) => one(Number(figures.leads)),
  },
  {
    name: "runbook_change_state",
    type: "gauge",
    help: "The state of the stack's open change: 1 at that state.",
    values: ({ figures }) =>
      CHANGE_STATES.map((state) => ({ labels: { state }, value: Number(figures.leads && figures.state === state) })),
  },
  {
    name: "runbook_changes_closed_total",
    type: "counter",
    help: "Changes that this process has finished, by outcome.",
    values: ({ figures }) => [...figures.closed].map(([outcome, value]) => ({ labels: { outcome }, value })),
  },
  {
    name: "runbook_last_look_seconds",
    type: "gauge",
    help: "Seconds since the stack's records or the gates of its change were last looked at.",
    values: ({ figures }, now) => seconds(figures.leads && figures.lookedAt !== null ? now - figures.lookedAt : null),
  },
  {
    name: "runbook_gate_answers_total",
    type: "counter",
    help: "Answers of gates, by gate and answer.",
    values: ({ figures }) =>
      [...figures.gates].flatMap(([gate, answers]) =>
        [...answers].map(([answer, value]) => ({ labels: { gate, answer }, value })),
      ),
  },
  {
    name: "runbook_update_seconds",
    type: "summary",
    help: "How long stack updates took.",
    values: ({ figures }) => [
      { suffix: "_sum", value: figures.updates.seconds },
      { suffix: "_count", value: figures.updates.count },
    ],
  },
  {
    name: "runbook_unwatched_canaries",
    type: "gauge",
    help: "1 if a canary with users couldn't be continued, so nobody watches it.",
    values: ({ figures }, now) => one(Number((figures.unwatched?.(now) ?? null) !== null)),
  },
  {
    name: "runbook_unwatched_found_total",
    type: "counter",
    help: "Canaries with users that nobody had watched when this process recovered them.",
    values: ({ figures }) => one(figures.unwatchedFound),
  },
  {
    name: "runbook_failing_tries",
    type: "gauge",
    help: "How many times in a row the stack or its change couldn't be continued.",
    values: ({ figures }) => one(figures.failing),
  },
  {
    name: "runbook_failed_tries_total",
    type: "counter",
    help: "How many times the stack or its change couldn't be continued.",
    values: ({ figures }) => one(figures.failures),
  },
  {
    name: "runbook_deployments_per_day",
    type: "gauge",
    help: "Deployment frequency of the last 30 days: releases that got all of the stack's traffic, per day.",
    values: ({ dora }) => one(dora?.perDay),
  },
  {
    name: "runbook_lead_time_seconds",
    type: "gauge",
    help: "Median lead time of the last 30 days: from the first change that names a release until it has all of the stack's traffic.",
    values: ({ dora }) => seconds(dora?.leadTime.median),
  },
  {
    name: "runbook_change_failure_ratio",
    type: "gauge",
    help: "Change failure rate of the last 30 days: the share of deployments that were taken back, called off or left by a rollback.",
    values: ({ dora }) => one(dora?.failureRate),
  },
  {
    name: "runbook_time_to_restore_seconds",
    type: "gauge",
    help: "Median time to restore of the last 30 days: from a failure until users have what worked.",
    values: ({ dora }) => seconds(dora?.timeToRestore.median),
  },
];

/** The service's metrics in Prometheus' text format, at a time in milliseconds (pure). */
export function metricsText(all: readonly Shown[], now: number): string {
  return exposition(
    FAMILIES.map(({ values, ...family }) => ({
      ...family,
      samples: all.flatMap((shown) =>
        values(shown, now).map(({ labels, ...sample }) => ({ ...sample, labels: { stack: shown.stack, ...labels } })),
      ),
    })),
  );
}
