import type { ChangeEvent } from "../../records/events.ts";
import {
  type ErrorLook,
  errorLooksIn,
  type LatencyLook,
  latencyLooksIn,
  movesIn,
  type Place,
  roundsIn,
  type TestLook,
  thinned,
} from "./looks.ts";
import {
  type Column,
  type Html,
  html,
  type Inserted,
  NOTHING,
  number,
  rounded,
  type Table,
  table,
  time,
} from "./markup.ts";
import type { RecordPlot } from "./plots.ts";
import { percent } from "./series.ts";

/** Looks that a table lists at most; a plot shows them all. */
const MOST_ROWS = 60;

const numbers = (heading: string): Column => ({ heading, holds: "numbers" });
const place = ({ seq, at, step }: Place): Inserted[] => [seq, time(at), step ?? "the way back"];
const PLACE: readonly Column[] = [numbers("No."), "Time", "Step"];

function weightsTable(events: readonly ChangeEvent[], names: ReadonlyMap<string, string>): Table {
  const moves = movesIn(events);
  const releases = [...new Set([...names.keys(), ...moves.flatMap(({ weights }) => Object.keys(weights))])];
  const moved = moves.map((move) => ({
    seq: move.seq,
    cells: [
      ...place(move),
      "weights",
      ...releases.map((release) => {
        const weight = move.weights[release];
        return weight === undefined ? "0 %" : html`${number(weight, move.seq, `weights.${release}`)} %`;
      }),
    ],
  }));
  const said = roundsIn(events).map((round) => ({
    seq: round.seq,
    cells: [
      ...place(round),
      html`gates <span class="${round.answer}">${round.answer}</span>`,
      ...releases.map(() => NOTHING),
    ],
  }));
  return {
    caption: "Each change of the weights, and the gates' answers right after it",
    columns: [...PLACE, "What", ...releases.map((release) => numbers(names.get(release) ?? release))],
    rows: [...moved, ...said].sort((one, other) => one.seq - other.seq).map(({ cells }) => cells),
  };
}

function counted(look: ErrorLook, who: "canary" | "stable"): Html {
  const seen = look[who];
  if (seen === null) return html`not seen`;
  const of = (field: "requests" | "errors") => number(seen[field], look.seq, `evidence.${who}.${field}`);
  const share = html`<data value="${String(percent(seen))}" data-percent-of="${who}" data-seq="${look.seq}">${rounded(percent(seen))}</data>`;
  return html`${of("errors")} of ${of("requests")} (${share} %)`;
}

function timed(look: LatencyLook, who: "canary" | "stable"): Html {
  const seen = look[who];
  if (seen === null) return html`not seen`;
  const of = (field: "requests" | "p50" | "p99") => {
    const value = seen[field];
    return value === null ? html`above every bound` : number(value, look.seq, `evidence.${who}.${field}`);
  };
  if (seen.requests === 0) return html`${of("requests")} requests`;
  return html`${of("p50")} and ${of("p99")} ms of ${of("requests")} requests`;
}

function captionOf(what: string, looks: readonly Place[], shown: readonly Place[]): string {
  return looks.length === shown.length
    ? what
    : `${what}: ${shown.length} of ${looks.length} looks; all are in the events`;
}

/** What both releases showed in each look. */
function lookTable<Look extends Place>(
  what: string,
  looks: readonly Look[],
  seen: (look: Look, who: "canary" | "stable") => Html,
): Table {
  const shown = thinned(looks, MOST_ROWS);
  return {
    caption: captionOf(what, looks, shown),
    columns: [...PLACE, numbers("The new release"), numbers("The release before")],
    rows: shown.map((look) => [...place(look), seen(look, "canary"), seen(look, "stable")]),
  };
}

function evidenceTable(looks: readonly TestLook[], what: string): Table {
  const shown = thinned(looks, MOST_ROWS);
  return {
    caption: captionOf(`The test's evidence (E) of ${what}, against its limit`, looks, shown),
    columns: [...PLACE, numbers("E"), numbers("Fails at"), "Answer"],
    rows: shown.map((look) => [
      ...place(look),
      number(look.e, look.seq, "evidence.e"),
      look.threshold === null ? "" : number(look.threshold, look.seq, "evidence.threshold"),
      html`<span class="${look.answer}">${look.answer}</span>`,
    ]),
  };
}

/** The numbers behind a plot. */
export function plotTable(kind: RecordPlot, events: readonly ChangeEvent[], names: ReadonlyMap<string, string>): Html {
  const looks = errorLooksIn(events);
  const tables = {
    weights: () => weightsTable(events, names),
    errors: () => lookTable("Requests that failed since the step began", looks, counted),
    evidence: () => evidenceTable(looks, "failures"),
    latency: () =>
      lookTable("Latency since the step began: median and p99 of users' requests", latencyLooksIn(events), timed),
    "latency-evidence": () => evidenceTable(latencyLooksIn(events), "slowness"),
  };
  return table(tables[kind]());
}
