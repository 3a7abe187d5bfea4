import { readFile } from "node:fs/promises";
import { z } from "zod";
import { eventSchema } from "../../infra/changes/record/events.ts";
import { drawPlots, type Plot } from "../../infra/changes/render/plots.ts";
import { seriesOf } from "../../infra/changes/render/series.ts";
import { viewOf } from "../../infra/changes/render/view.ts";

/** The record's plots as one picture that stands alone: `node sandbox/demo/picture.ts EVENTS.jsonl > docs/canary.svg`. */
const WIDTH = 920;
const PLOT_HEIGHT = 260;
const TITLE_HEIGHT = 30;

/** What the record's page gives the plots as CSS variables, here for a white ground. */
const COLOURS: Record<string, string> = {
  "--muted": "#5b6675",
  "--line": "#dde1e7",
  "--good": "#15703f",
  "--bad": "#b3261e",
  "--hold": "#8a5a00",
  "--card": "#ffffff",
  "--paper": "#ffffff",
  "--plot-1": "#7a8699",
  "--plot-2": "#2b5fd9",
  "--plot-3": "#b4540a",
  "--plot-4": "#6b3fb5",
};

function stacked(plots: readonly Plot[]): string {
  const parts = plots.map(({ title, svg }, index) => {
    const top = index * (PLOT_HEIGHT + TITLE_HEIGHT);
    const placed = svg.replace(
      "<svg ",
      `<svg x="0" y="${top + TITLE_HEIGHT}" width="${WIDTH}" height="${PLOT_HEIGHT}" `,
    );
    const heading = `<text x="16" y="${top + 22}" font-family="sans-serif" font-size="16" font-weight="600">${title}</text>`;
    return `${heading}\n${placed}`;
  });
  const height = plots.length * (PLOT_HEIGHT + TITLE_HEIGHT);
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`;
  return `${open}\n<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>\n${parts.join("\n")}\n</svg>\n`;
}

const [file] = z.tuple([z.string()]).parse(process.argv.slice(2));
const events = (await readFile(file, "utf8"))
  .trim()
  .split("\n")
  .map((line) => eventSchema.parse(JSON.parse(line)));
const plots = await drawPlots(seriesOf(events, viewOf(events).names));
process.stdout.write(
  stacked(plots).replaceAll(/var\((--[a-z0-9-]+)\)/g, (_, name: string) => COLOURS[name] ?? "#1c2430"),
);
