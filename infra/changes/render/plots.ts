import { drawn, type PlotOptions, type Shape } from "./plot-option.ts";
import type { Line, Series } from "./series.ts";

/** A plot as inline SVG, with what it shows in words for those who can't see it. */
export interface Plot {
  kind: "weights" | "errors" | "evidence";
  title: string;
  description: string;
  /** for a page's whole width */
  svg: string;
  /** for a phone: the same with less beside each other */
  narrow: string;
}

const WIDE: Shape = { width: 920, height: 260 };
const NARROW: Shape = { width: 380, height: 250 };

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Names and describes an SVG for screen readers, and lets it shrink with the page. */
function accessible(svg: string, { title, description }: PlotOptions, { width, height }: Shape, id: string): string {
  const names = `<title id="${id}-title">${escaped(title)}</title><desc id="${id}-desc">${escaped(description)}</desc>`;
  return svg
    .replace(/^<svg [^>]*>/, () => {
      const label = `role="img" aria-labelledby="${id}-title ${id}-desc"`;
      return `<svg ${label} viewBox="0 0 ${width} ${height}" xmlns="http://www.w3.org/2000/svg">${names}`;
    })
    .replaceAll(/zr\d+-/g, `${id}-`);
}

function lastOf({ name, points }: Line): string {
  const value = points.at(-1)?.[1];
  return value === undefined ? `${name}: none` : `${name} ended at ${value}`;
}

function plotsOf({ weights, marks, errorRates, evidence, threshold }: Series): PlotOptions[] {
  const words = (lines: readonly Line[]) => lines.map(lastOf).join("; ");
  const plots: PlotOptions[] = [
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
      marks: [],
      axis: "percent",
      shape: "samples",
      threshold: null,
    },
    {
      kind: "evidence",
      title: "Evidence that the new release is worse",
      description: `The sequential test's E on a logarithmic scale. ${words(evidence)}${threshold === null ? "" : `; the gate fails at ${threshold}`}.`,
      lines: evidence,
      marks: [],
      axis: "logarithmic",
      shape: "samples",
      threshold,
    },
  ];
  return plots.filter(({ lines }) => lines.length > 0);
}

/** Draws a record's plots; those that have nothing to show are left out. */
export async function drawPlots(series: Series): Promise<Plot[]> {
  const plots = plotsOf(series);
  if (plots.length === 0) return [];
  const draw = await drawn();
  return plots.map((plot, index) => {
    const svg = (shape: Shape, id: string) => accessible(draw(plot, shape), plot, shape, id);
    const { kind, title, description } = plot;
    return {
      kind,
      title,
      description,
      svg: svg(WIDE, `plot-${index + 1}`),
      narrow: svg(NARROW, `plot-${index + 1}-narrow`),
    };
  });
}
