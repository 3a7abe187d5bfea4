import { describe } from "../reports/render/describe.ts";
import { dataOf } from "../reports/render/event-data.ts";
import type { Reporter } from "../reports/reporter/index.ts";
import { countEvent, type StackFigures } from "./figures.ts";
import type { Log } from "./log.ts";

/** Events of which a line each would hide the others: a look at every gate is in the record and in the metrics. */
const QUIET = new Set(["gate", "round", "requests-begun", "requests-made"]);

/** A reporter that writes the service's log and counts for its metrics. */
export function serviceReporter(stack: string, { log, figures }: { log: Log; figures: StackFigures }): Reporter {
  let change: string | null = null;
  return {
    event(event) {
      change = event.change;
      countEvent(figures, event);
      const isLoud = dataOf("gate", event)?.answer === "fail";
      if (QUIET.has(event.type) && !isLoud) return;
      const level = isLoud || event.type === "failed" || event.type === "stuck" ? "warn" : "info";
      log({ level, stack, change, message: describe(event), step: event.step, event: event.type });
    },
    tick({ now }) {
      figures.lookedAt = now;
    },
    problems(problems) {
      if (problems.length > 0) log({ level: "warn", stack, change, message: "problems", problems });
    },
    result() {},
  };
}
