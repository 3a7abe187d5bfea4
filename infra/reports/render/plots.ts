import { drawn, type PlotOptions, type Shape } from "./plot-option.ts";
import type { Evidence, Line, Series } from "./series.ts";

/** A plot as inline SVG, with what it shows in words for those who can't see it. */
export interface Plot {
  kind: PlotOptions["kind"];
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

const FONT = /^font: normal normal (\d+px) ([^;]+);?$/;

/** A text's font as SVG's own attributes. */
function fontOf(style: string): string {
  const short = FONT.exec(style);
  const parts: readonly (readonly string[])[] =
    short === null
      ? style.split(";").flatMap((part) => (part.includes(":") ? [part.split(":")] : []))
      : [
          ["font-size", short[1] ?? ""],
          ["font-family", short[2] ?? ""],
        ];
  return parts.map(([name = "", value = ""]) => ` ${name.trim()}="${value.trim()}"`).join("");
}

/** Without styles in the markup: a page whose content security policy allows none shows it all the same. */
function withoutStyles(svg: string): string {
  return svg
    .replaceAll(/<style[^>]*>[\s\S]*?<\/style>/g, "")
    .replaceAll(/<[^>]* style="[^"]*"[^>]*>/g, (tag) =>
      tag.replace(/ style="([^"]*)"/, (_, style: string) => fontOf(style)),
    );
}

/** Names and describes an SVG for screen readers, and lets it shrink with the page. */
function accessible(svg: string, { title, description }: PlotOptions, { width, height }: Shape, id: string): string {
  const names = `<title id="${id}-title">${escaped(title)}</title><desc id="${id}-desc">${escaped(description)}</desc>`;
  return withoutStyles(svg)
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

const words = (lines: readonly Line[]) => lines.map(lastOf).join("; ");

function evidencePlot(kind: PlotOptions["kind"], title: string, { lines, threshold }: Evidence): PlotOptions {
  const limit = threshold === null ? "" : `; the gate fails at ${threshold}`;
  return {
    kind,
    title,
    description: `The sequential test's E on a logarithmic scale. ${words(lines)}${limit}.`,
    lines,
    marks: [],
    axis: "logarithmic",
    shape: "samples",
    threshold,
  };
}

function plotsOf({ weights, marks, errorRates, evidence, latencies, latencyEvidence }: Series): PlotOptions[] {
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
    evidencePlot("evidence", "Evidence that the new release fails more often", evidence),
    {
      kind: "latency",
      title: "Latency: median and p99",
      description: `Milliseconds within which half and 99 % of users' requests were answered since the step began. ${words(latencies)}.`,
      lines: latencies,
      marks: [],
      axis: "milliseconds",
      shape: "samples",
      threshold: null,
    },
    evidencePlot("latency-evidence", "Evidence that the new release is slower", latencyEvidence),
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
