import { z } from "zod";

const eventSchema = z.looseObject({
  type: z.string(),
  at: z.iso.datetime().optional(),
  step: z.string().nullish(),
  gate: z.string().nullish(),
  answer: z.string().nullish(),
  summary: z.string().nullish(),
  reason: z.string().nullish(),
});
type Event = z.infer<typeof eventSchema>;

/** What a canary's events tell. */
export interface Told {
  exit: number;
  /** the steps of the canary that began, in their order */
  steps: string[];
  /** the gate that took it back; null where none did */
  gate: string | null;
  /** why, in words */
  why: string;
  /** from the first weight to the verdict, and to all traffic back on the release before, in seconds; null where it wasn't taken back */
  decidedAfter: number | null;
  backAfter: number | null;
}

const STEP_NAME = /^canary-\d+$/;
/** How a held step names the gate that held it. */
const HELD = /their time was up \(([a-z-]+): /;

const secondsBetween = (from: Event | undefined, to: Event | undefined): number | null =>
  from?.at === undefined || to?.at === undefined ? null : (Date.parse(to.at) - Date.parse(from.at)) / 1_000;

/** Reads what `--json` printed (pure). */
export function toldIn(stdout: string, exit: number): Told {
  const events = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => eventSchema.parse(JSON.parse(line)));
  const begun = events.filter(({ type, step }) => type === "step-started" && STEP_NAME.test(step ?? ""));
  const moved = events.find(({ type, step }) => type === "updated" && STEP_NAME.test(step ?? ""));
  const failing = events.find(({ type, answer }) => type === "gate" && answer === "fail");
  const failed = events.find(({ type }) => type === "failed");
  const held = HELD.exec(failed?.reason ?? "")?.[1] ?? null;
  return {
    exit,
    steps: begun.flatMap(({ step }) => step ?? []),
    gate: failing?.gate ?? held,
    why: failing?.summary ?? failed?.reason ?? "",
    decidedAfter: secondsBetween(moved, failing ?? failed),
    backAfter: secondsBetween(
      moved,
      events.find(({ type }) => type === "restored"),
    ),
  };
}
