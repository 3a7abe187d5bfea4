import type { Line, Series } from "./series.ts";

/** A plot as inline SVG, with what it shows in words for those who can't see it. */
export interface Plot {
  title: string;
  description: string;
  svg: string;
}

interface PlotOptions {
  title: string;
  description: string;
  lines: readonly Line[];
  axis: "percent" | "logarithmic";
  /** Whether a value holds until the next or is one of many samples. */
  shape: "steps" | "samples";
  threshold: number | null;
}

const DAY = 86_400_000;
const WIDTH = 920;
const HEIGHT = 260;
/** Colours come from the page, so that one SVG suits light and dark. */
const COLORS = ["var(--plot-1)", "var(--plot-2)", "var(--plot-3)", "var(--plot-4)"];
const TEXT = "var(--muted)";
const GRID = "var(--line)";
const FONT = "ui-sans-serif, system-ui, sans-serif";

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function valueAxis(axis: PlotOptions["axis"]) {
  const shared = { axisLabel: { color: TEXT, fontFamily: FONT }, splitLine: { lineStyle: { color: GRID } } };
  if (axis === "logarithmic") return { type: "log" as const, ...shared };
  return { type: "value" as const, min: 0, ...shared, axisLabel: { ...shared.axisLabel, formatter: "{value} %" } };
}

function thresholdLine(threshold: number | null) {
  if (threshold === null) return {};
  return {
    markLine: {
      symbol: "none",
      silent: true,
      lineStyle: { color: "var(--bad)", type: "dashed" as const },
      label: {
        formatter: `fails at ${threshold}`,
        position: "insideStartTop" as const,
        color: "var(--bad)",
        fontFamily: FONT,
      },
      data: [{ yAxis: threshold }],
    },
  };
}

/** How times are written on an axis: with the day where the plot covers more than one. */
function timeLabel(lines: readonly Line[]): (time: number) => string {
  const times = lines.flatMap(({ points }) => points.map(([at]) => at));
  const span = Math.max(...times) - Math.min(...times);
  return (time) => {
    const text = new Date(time).toISOString();
    return span > DAY ? text.slice(5, 16).replace("T", " ") : text.slice(11, 19);
  };
}

function optionOf({ lines, axis, shape, threshold }: PlotOptions) {
  return {
    animation: false,
    color: lines.length === 1 ? COLORS.slice(1) : COLORS,
    useUTC: true,
    textStyle: { fontFamily: FONT },
    grid: { left: 56, right: 24, top: 40, bottom: 32 },
    legend: {
      top: 4,
      left: "center",
      textStyle: { color: TEXT, fontFamily: FONT },
      icon: "roundRect",
      itemGap: 40,
      itemHeight: 3,
    },
    xAxis: {
      type: "time" as const,
      axisLabel: { color: TEXT, fontFamily: FONT, hideOverlap: true, formatter: timeLabel(lines) },
      axisLine: { lineStyle: { color: GRID } },
      axisTick: { lineStyle: { color: GRID } },
      splitLine: { show: false },
    },
    yAxis: valueAxis(axis),
    series: lines.map(({ name, points }, index) => ({
      type: "line" as const,
      name,
      data: points.map(([at, value]) => [at, value]),
      ...(shape === "steps" ? { step: "end" as const } : {}),
      showSymbol: points.length < 2,
      lineStyle: { width: 2 },
      ...(index === 0 ? thresholdLine(threshold) : {}),
    })),
  };
}

/** Loads the plotting library, which is slow to load and only needed for a page. */
async function loadRenderer(): Promise<(option: ReturnType<typeof optionOf>) => string> {
  const [core, charts, components, renderers] = await Promise.all([
    import("echarts/core"),
    import("echarts/charts"),
    import("echarts/components"),
    import("echarts/renderers"),
  ]);
  const { GridComponent, LegendComponent, MarkLineComponent } = components;
  core.use([charts.LineChart, GridComponent, LegendComponent, MarkLineComponent, renderers.SVGRenderer]);
  return (option) => {
    const chart = core.init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
    chart.setOption(option);
    const svg = chart.renderToSVGString();
    chart.dispose();
    return svg;
  };
}

/** Names and describes an SVG for screen readers, and lets it shrink with the page. */
function accessible(svg: string, { title, description }: PlotOptions, id: string): string {
  const names = `<title id="${id}-title">${escaped(title)}</title><desc id="${id}-desc">${escaped(description)}</desc>`;
  return svg
    .replace(/^<svg [^>]*>/, () => {
      const label = `role="img" aria-labelledby="${id}-title ${id}-desc"`;
      return `<svg ${label} viewBox="0 0 ${WIDTH} ${HEIGHT}" xmlns="http://www.w3.org/2000/svg">${names}`;
    })
    .replaceAll("zr0-", `${id}-`);
}

function lastOf({ name, points }: Line): string {
  const value = points.at(-1)?.[1];
  return value === undefined ? `${name}: none` : `${name} ended at ${value}`;
}

function plotsOf({ weights, errorRates, evidence, threshold }: Series): PlotOptions[] {
  const words = (lines: readonly Line[]) => lines.map(lastOf).join("; ");
  const plots: PlotOptions[] = [
    {
      title: "Traffic by release",
      description: `Percent of the traffic over time. ${words(weights)}.`,
      lines: weights,
      axis: "percent",
      shape: "steps",
      threshold: null,
    },
    {
      title: "Failed requests",
      description: `Percent of requests that failed since the step began. ${words(errorRates)}.`,
      lines: errorRates,
      axis: "percent",
      shape: "samples",
      threshold: null,
    },
    {
      title: "Evidence that the new release is worse",
      description: `The sequential test's E on a logarithmic scale. ${words(evidence)}${threshold === null ? "" : `; the gate fails at ${threshold}`}.`,
      lines: evidence,
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
  const render = await loadRenderer();
  return plots.map((plot, index) => ({
    title: plot.title,
    description: plot.description,
    svg: accessible(render(optionOf(plot)), plot, `plot-${index + 1}`),
  }));
}
