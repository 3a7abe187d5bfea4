import type { Answer } from "./event-data.ts";
import type { Line, Mark } from "./series.ts";

/** What a plot shows, and how. */
export interface PlotOptions<Kind extends string = string> {
  kind: Kind;
  title: string;
  description: string;
  lines: readonly Line[];
  marks: readonly Mark[];
  axis: "percent" | "milliseconds" | "logarithmic" | "count" | "hours";
  /** Whether a value holds until the next or is one of many samples. */
  shape: "steps" | "samples";
  threshold: number | null;
}

/** A drawing's size, in CSS pixels. */
export interface Shape {
  width: number;
  height: number;
}

const DAY = 86_400_000;
/** Colours come from the page, so that one SVG suits light and dark. */
const COLORS = ["var(--plot-1)", "var(--plot-2)", "var(--plot-3)", "var(--plot-4)"];
const TEXT = "var(--muted)";
const GRID = "var(--line)";
const FONT = "ui-sans-serif, system-ui, sans-serif";
const WORDS = { color: TEXT, fontFamily: FONT };
/** Verdicts differ in form too: colour alone tells nobody who can't see it. */
const MARKS: Record<Answer, { symbol: string; color: string; size: number }> = {
  pass: { symbol: "circle", color: "var(--good)", size: 8 },
  hold: { symbol: "triangle", color: "var(--hold)", size: 10 },
  fail: {
    symbol: "path://M0,0 L4,0 L10,6 L16,0 L20,0 L12,10 L20,20 L16,20 L10,14 L4,20 L0,20 L8,10 Z",
    color: "var(--bad)",
    size: 14,
  },
};
const ANSWERS: readonly Answer[] = ["pass", "hold", "fail"];
/** Samples that a line is drawn with at most. */
const MOST_SAMPLES = 600;

const UNITS = { percent: " %", milliseconds: " ms", hours: " h", count: "" } as const;

function valueAxis(axis: PlotOptions["axis"]) {
  const shared = { axisLabel: WORDS, splitLine: { lineStyle: { color: GRID } } };
  if (axis === "logarithmic") return { type: "log" as const, ...shared };
  const whole = axis === "count" ? { minInterval: 1 } : {};
  return {
    type: "value" as const,
    min: 0,
    ...whole,
    ...shared,
    axisLabel: { ...WORDS, formatter: `{value}${UNITS[axis]}` },
  };
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

function marksOf(marks: readonly Mark[]) {
  return ANSWERS.flatMap((answer) => {
    const data = marks.filter((mark) => mark.answer === answer).map(({ point: [at, value] }) => [at, value]);
    if (data.length === 0) return [];
    const { symbol, color, size } = MARKS[answer];
    const name = `gates: ${answer}`;
    return [{ type: "scatter" as const, name, data, symbol, symbolSize: size, itemStyle: { color }, z: 5 }];
  });
}

function optionOf({ lines, marks, axis, shape, threshold }: PlotOptions, { width }: Shape) {
  const narrow = width < 600;
  // On a phone the legend takes a line for each entry.
  const entries = lines.length + new Set(marks.map(({ answer }) => answer)).size;
  const rows = narrow ? Math.ceil(entries / (marks.length > 0 ? 1.7 : 1)) : 1;
  return {
    animation: false,
    color: lines.length === 1 ? COLORS.slice(1) : COLORS,
    useUTC: true,
    textStyle: { fontFamily: FONT },
    grid: { left: narrow ? 44 : 56, right: narrow ? 12 : 24, top: 20 + 20 * rows, bottom: 32 },
    legend: {
      top: 2,
      left: narrow ? ("left" as const) : ("center" as const),
      textStyle: { ...WORDS, fontSize: narrow ? 11 : 12 },
      itemGap: narrow ? 16 : 28,
      itemHeight: 8,
      itemWidth: 16,
    },
    xAxis: {
      type: "time" as const,
      splitNumber: narrow ? 2 : 5,
      axisLabel: { ...WORDS, hideOverlap: true, formatter: timeLabel(lines) },
      axisLine: { lineStyle: { color: GRID } },
      axisTick: { lineStyle: { color: GRID } },
      splitLine: { show: false },
    },
    yAxis: valueAxis(axis),
    series: [
      ...lines.map(({ name, points }, index) => ({
        type: "line" as const,
        name,
        data: points.map(([at, value]) => [at, value]),
        ...(shape === "steps" ? { step: "end" as const } : {}),
        ...(points.length > MOST_SAMPLES ? { sampling: "lttb" as const } : {}),
        showSymbol: points.length < 2,
        lineStyle: { width: 2 },
        ...(index === 0 ? thresholdLine(threshold) : {}),
      })),
      ...marksOf(marks),
    ],
  };
}

/** Loads the plotting library, which is slow to load and only needed for a page. */
export async function drawn(): Promise<(plot: PlotOptions, shape: Shape) => string> {
  const [core, charts, components, renderers] = await Promise.all([
    import("echarts/core"),
    import("echarts/charts"),
    import("echarts/components"),
    import("echarts/renderers"),
  ]);
  const { GridComponent, LegendComponent, MarkLineComponent } = components;
  const parts = [GridComponent, LegendComponent, MarkLineComponent, renderers.SVGRenderer];
  core.use([charts.LineChart, charts.ScatterChart, ...parts]);
  return (plot, shape) => {
    const chart = core.init(null, null, { renderer: "svg", ssr: true, ...shape });
    chart.setOption(optionOf(plot, shape));
    const svg = chart.renderToSVGString();
    chart.dispose();
    return svg;
  };
}
