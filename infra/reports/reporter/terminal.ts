import { createLogUpdate } from "log-update";
import picocolors from "picocolors";
import { describe } from "../render/describe.ts";
import { dataOf } from "../render/event-data.ts";
import { verdictIn } from "../render/view.ts";
import { frameOf, type Seen } from "./frame.ts";
import { resultInWords } from "./plain.ts";
import type { Reporter, Streams, View } from "./reporter.ts";

/** Milliseconds between two pictures. */
const DRAW_EVERY = 200;
const NARROWEST = 40;
const USUAL_COLUMNS = 100;

/** Events that stay on the screen above the live view. */
const KEPT = new Set([
  "updated",
  "step-finished",
  "failed",
  "abort-requested",
  "refused",
  "stuck",
  "restored",
  "note",
  "closed",
]);

/** A live view of the change, redrawn in place, with a line above it for each event that matters. */
export function terminalReporter({ stdout, stderr }: Streams): Reporter {
  const colors = picocolors.createColors(picocolors.isColorSupported);
  const screen = createLogUpdate(stdout);
  const seen = new Map<string, Seen>();
  let opened = { change: "", stack: "" };
  let view: View | null = null;
  let shown = "";
  let timer: NodeJS.Timeout | null = null;

  const columns = () => Math.max(NARROWEST, (stdout.columns ?? USUAL_COLUMNS) - 1);
  const draw = () => {
    if (view === null) return;
    const frame = frameOf(view, { ...opened, seen: [...seen.values()], now: Date.now(), columns: columns(), colors });
    if (frame === shown) return;
    shown = frame;
    screen(frame);
  };
  const above = (text: string) => {
    screen.clear();
    shown = "";
    stdout.write(`${text}\n`);
  };
  const stop = () => {
    if (timer !== null) clearInterval(timer);
    timer = null;
    screen.clear();
    screen.done();
  };

  return {
    event(event) {
      const data = dataOf("opened", event);
      opened = { change: event.change, stack: data?.stack ?? opened.stack };
      if (event.type === "step-started") seen.clear();
      const verdict = verdictIn(event);
      if (verdict !== null) seen.set(verdict.gate, verdict);
      if (!KEPT.has(event.type)) return;
      const time = colors.dim(event.at.slice(11, 19));
      above(`${time} ${event.step ?? event.change} ${colors.dim(event.type)} ${describe(event)}`);
    },
    tick(next) {
      view = next;
      if (timer !== null) return;
      draw();
      timer = setInterval(draw, DRAW_EVERY).unref();
    },
    problems(problems) {
      screen.clear();
      shown = "";
      for (const problem of problems) stderr.write(`${colors.red("error:")} ${problem}\n`);
    },
    result(result) {
      stop();
      const paint = result.exit === 0 ? colors.green : result.resumeAt === null ? colors.red : colors.yellow;
      stdout.write(`${paint(colors.bold(resultInWords(result)))}\n${colors.dim("record")} ${result.record}\n`);
    },
  };
}
