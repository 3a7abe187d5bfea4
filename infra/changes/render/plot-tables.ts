import type { ChangeEvent } from "../record/events.ts";
import { type ErrorLook, errorLooksIn, movesIn, type Place, roundsIn, thinned } from "./looks.ts";
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
import type { Plot } from "./plots.ts";
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
    caption: "Each move of the weights, and what the gates said when it was new",
    columns: [...PLACE, "What", ...releases.map((release) => numbers(names.get(release) ?? release))],
    rows: [...moved, ...said].sort((one, other) => one.seq - other.seq).map(({ cells }) => cells),
  };
}

function counted(look: ErrorLook, who: "canary" | "stable"): Html {
  const seen = look[who];
  if (seen === null) return html`not seen`;
  const { requests, errors } = seen;
  const of = (field: "requests" | "errors") => number(seen[field], look.seq, `evidence.${who}.${field}`);
  const share = html`<data value="${String(percent({ requests, errors }))}" data-percent-of="${who}" data-seq="${look.seq}">${rounded(percent(seen))}</data>`;
  return html`${of("errors")} of ${of("requests")} (${share} %)`;
}

function captionOf(what: string, looks: readonly ErrorLook[], shown: readonly ErrorLook[]): string {
  return looks.length === shown.length
    ? `${what}`
    : `${what}: ${shown.length} of ${looks.length} looks; all stand in the events`;
}

function errorsTable(looks: readonly ErrorLook[]): Table {
  const shown = thinned(looks, MOST_ROWS);
  return {
    caption: captionOf("Requests that failed since the step began", looks, shown),
    columns: [...PLACE, numbers("The new release"), numbers("The release before")],
    rows: shown.map((look) => [...place(look), counted(look, "canary"), counted(look, "stable")]),
  };
}

function evidenceTable(looks: readonly ErrorLook[]): Table {
  const shown = thinned(looks, MOST_ROWS);
  return {
    caption: captionOf("The test's evidence (E) against its limit", looks, shown),
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
export function plotTable(
  kind: Plot["kind"],
  events: readonly ChangeEvent[],
  names: ReadonlyMap<string, string>,
): Html {
  const looks = errorLooksIn(events);
  const tables = {
    weights: () => weightsTable(events, names),
    errors: () => errorsTable(looks),
    evidence: () => evidenceTable(looks),
  };
  return table(tables[kind]());
}
