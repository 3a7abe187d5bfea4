import { formatDuration } from "../../domain/durations.ts";
import type { Dora, Middle } from "../../reports/dora.ts";
import { figure } from "../../reports/render/html.ts";
import { type Html, html, type Inserted, NOTHING, rounded, table } from "../../reports/render/markup.ts";
import type { PlotOptions } from "../../reports/render/plot-option.ts";
import type { Plot } from "../../reports/render/svg.ts";
import type { Page } from "../frame.ts";
import type { StackHistory, Week } from "../history.ts";
import { historyPath } from "../paths.ts";

type Draw = (plots: readonly PlotOptions[]) => Promise<Plot[]>;

const HOUR = 3_600_000;
type Kind = "deployments" | "lead-time" | "failures" | "restore";

const middle = ({ median, of }: Middle): string =>
  median === null ? "none" : `${formatDuration(median)} (median of ${of})`;
const rate = ({ failureRate, failed, deployments }: Dora): string =>
  failureRate === null ? "none" : `${rounded(100 * failureRate)} % (${failed} of ${deployments})`;

function figures(stacks: readonly StackHistory[]): Html {
  const rows = stacks.map(({ name, whole, problem }): Inserted[] => [
    html`<a href="${historyPath(name)}">${name}</a>`,
    problem === null
      ? `${rounded(7 * whole.perDay)} a week (${whole.live})`
      : html`<span class="bad">${problem}</span>`,
    middle(whole.leadTime),
    rate(whole),
    middle(whole.timeToRestore),
  ]);
  const columns = ["Stack", "Deployment frequency", "Lead time", "Change failure rate", "Time to restore"];
  return table({ caption: "The four figures of DORA over the last 13 weeks, from the change records", columns, rows });
}

const KINDS: readonly {
  kind: Kind;
  title: string;
  unit: string;
  axis: PlotOptions["axis"];
  of: (dora: Dora) => number | null;
}[] = [
  {
    kind: "deployments",
    title: "Releases that got all of the traffic, by week",
    unit: "releases",
    axis: "count",
    of: ({ live }) => live,
  },
  {
    kind: "lead-time",
    title: "Lead time, median by week",
    unit: "hours",
    axis: "hours",
    of: ({ leadTime }) => inHours(leadTime),
  },
  {
    kind: "failures",
    title: "Change failure rate by week",
    unit: "percent",
    axis: "percent",
    of: ({ failureRate }) => (failureRate === null ? null : 100 * failureRate),
  },
  {
    kind: "restore",
    title: "Time to restore, median by week",
    unit: "hours",
    axis: "hours",
    of: ({ timeToRestore }) => inHours(timeToRestore),
  },
];

function inHours({ median }: Middle): number | null {
  return median === null ? null : median / HOUR;
}

/** The weeks that have a value, as points of a plot. */
function pointsOf(weeks: readonly Week[], of: (dora: Dora) => number | null): (readonly [number, number])[] {
  return weeks.flatMap(({ from, dora }) => {
    const value = of(dora);
    return value === null ? [] : [[from, value] as const];
  });
}

async function plots({ name, weeks, whole }: StackHistory, draw: Draw): Promise<Html[]> {
  const wanted = KINDS.flatMap((kind) => {
    const points = pointsOf(weeks, kind.of);
    return points.length === 0 || whole.deployments === 0 ? [] : [{ ...kind, points }];
  });
  const drawn = await draw(
    wanted.map(
      ({ kind, title, unit, axis, points }): PlotOptions => ({
        kind,
        title: `${title}: ${name}`,
        description: `${title} on ${name}, in ${unit}; the last is ${rounded(points.at(-1)?.[1] ?? 0)}.`,
        lines: [{ name: unit, points }],
        marks: [],
        axis,
        shape: "samples",
        threshold: null,
      }),
    ),
  );
  return drawn.map((plot, place) => {
    const { unit = "", points = [] } = wanted[place] ?? {};
    const rows = points.map(([at, value]) => [new Date(at).toISOString().slice(0, 10), rounded(value)]);
    const columns = ["Week from", { heading: unit, holds: "numbers" } as const];
    return figure(plot, table({ caption: `${plot.title}, in ${unit}`, columns, rows }));
  });
}

const MEANING = html`<details data-key="meaning"><summary>How they are counted</summary><ul>
<li><strong>Deployment frequency</strong>: releases that <code>deploy</code> or <code>promote</code> gave all of the traffic.</li>
<li><strong>Lead time</strong>: from the first change that names the release, on any of these stacks, until it has all of this stack's traffic.</li>
<li><strong>Change failure rate</strong>: of the releases that had users, those that were taken back, called off, or left by a rollback.</li>
<li><strong>Time to restore</strong>: from the failure, or the opening of the rollback or incident, until users have what worked.</li></ul></details>`;

/** The stack that has most to show; of those alike the last, since production comes after staging. */
function busiest(stacks: readonly StackHistory[]): StackHistory | undefined {
  return stacks.reduce<StackHistory | undefined>(
    (most, one) => (most === undefined || one.whole.deployments >= most.whole.deployments ? one : most),
    undefined,
  );
}

/** The page of what was changed, how often, how fast and how well; the plots are one stack's. */
export async function historyPage(stacks: readonly StackHistory[], named: string | null, draw: Draw): Promise<Page> {
  const asked = stacks.find(({ name }) => name === named) ?? busiest(stacks);
  const drawn = asked === undefined ? [] : await plots(asked, draw);
  const shown =
    asked === undefined
      ? NOTHING
      : html`<section aria-labelledby="plots"><h2 id="plots">${asked.name}</h2>${drawn.length === 0 ? html`<p>No release had users in the last 13 weeks.</p>` : drawn}</section>`;
  const body = html`<h1>How often, how fast and how well</h1>${stacks.length === 0 ? html`<p>No stack is served.</p>` : figures(stacks)}${MEANING}${shown}`;
  return { title: "History", path: "/history", live: null, body };
}
