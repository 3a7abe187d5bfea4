import type { ChangeEvent } from "../../records/events.ts";
import type { PlotOptions } from "../../reports/render/plot-option.ts";
import type { Plot } from "../../reports/render/svg.ts";
import type { ChangeView } from "./change-view.ts";

/** What is rendered beside the runner. */
export type Task =
  | {
      kind: "change";
      /** names the record among those that are kept */
      key: string;
      /** how many events of the record were sent before; those that follow them are `events` */
      after: number;
      events: readonly ChangeEvent[];
      /** milliseconds since the epoch */
      now: number;
    }
  | { kind: "plots"; plots: readonly PlotOptions[] };

/** A change's record as it is shown, and how many milliseconds that took. */
export interface Rendered {
  view: ChangeView;
  took: number;
}

export type Outcome =
  | ({ kind: "change" } & Rendered)
  /** the events that were sent before aren't kept any more: all of them are to be sent */
  | { kind: "unknown" }
  | { kind: "plots"; plots: Plot[] }
  | { kind: "failed"; problem: string };

export interface Numbered<Message> {
  number: number;
  message: Message;
}
