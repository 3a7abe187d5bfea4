import type { PlotOptions } from "./plot-option.ts";
import type { Evidence, Line, Series } from "./series.ts";
import { drawAll, type Plot } from "./svg.ts";

/** The plots of a record. */
export type RecordPlot = "weights" | "errors" | "evidence" | "latency" | "latency-evidence";

function lastOf({ name, points }: Line): string {
  const value = points.at(-1)?.[1];
  return value === undefined ? `${name}: none` : `${name} ended at ${value}`;
}

const words = (lines: readonly Line[]) => lines.map(lastOf).join("; ");

function evidencePlot(kind: RecordPlot, title: string, { lines, threshold }: Evidence): PlotOptions<RecordPlot> {
  const limit = threshold === null ? "" : `; the gate fails at ${threshold}`;
  return {
    kind,
    title,
    description: `The sequential test's E on a logarithmic scale. ${words(lines)}${limit}.`,
    lines,
    axis: "logarithmic",
    ...SAMPLES,
    threshold,
  };
}

/** One of many samples: no gate's word stands in the plot. */
const SAMPLES = { marks: [], shape: "samples" } as const;

function plotsOf(series: Series): PlotOptions<RecordPlot>[] {
  const { weights, marks, errorRates, evidence, latencies, latencyEvidence } = series;
  const plots: PlotOptions<RecordPlot>[] = [
    {
      kind: "weights",
      title: "Traffic by release, and the gates' verdicts",
      description: `Percent of the traffic over time. ${words(weights)}.`,
      lines: weights,
      marks,
      axis: "percent",
      shape: "steps",
      threshold: null,
    },
    {
      kind: "errors",
      title: "Failed requests",
      description: `Percent of requests that failed since the step began. ${words(errorRates)}.`,
      lines: errorRates,
      axis: "percent",
      ...SAMPLES,
      threshold: null,
    },
    evidencePlot("evidence", "Evidence that the new release fails more often", evidence),
    {
      kind: "latency",
      title: "Latency: median and p99",
      description: `Milliseconds within which half and 99 % of users' requests were answered since the step began. ${words(latencies)}.`,
      lines: latencies,
      axis: "milliseconds",
      ...SAMPLES,
      threshold: null,
    },
    evidencePlot("latency-evidence", "Evidence that the new release is slower", latencyEvidence),
  ];
  return plots.filter(({ lines }) => lines.length > 0);
}

/** Draws a record's plots; those that have nothing to show are left out. */
export function drawPlots(series: Series): Promise<Plot<RecordPlot>[]> {
  return drawAll(plotsOf(series));
}
