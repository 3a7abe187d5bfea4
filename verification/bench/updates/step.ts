import { inTurns } from "./measure.ts";
import { printTable, type Write } from "./table.ts";
import type { WeightMoves } from "./weight-moves.ts";

const TARGET = 1.15;

/** A runner's step against the bare `pulumi up` of the same move of weights. */
export async function benchStep(rounds: number, moves: WeightMoves, write: Write): Promise<void> {
  const seconds = await inTurns(
    rounds,
    {
      bare: () => moves.bare([]),
      policies: () => moves.bare(["--policy-pack", "policies"]),
      update: () => moves.bare(["--skip-preview"]),
      step: () => moves.step(),
      judged: () => moves.judged(),
    },
    (name, took) => write(`  weight move, ${name}: ${took.toFixed(2)} s`),
  );
  const { bare = [], policies = [], update = [], step = [], judged = [] } = seconds;
  printTable(write, "A move of weights", [
    { what: "`pulumi up --yes`", seconds: bare, against: null, target: null },
    { what: "`pulumi up --yes --policy-pack policies`", seconds: policies, against: bare, target: null },
    { what: "`pulumi up --yes --skip-preview`", seconds: update, against: bare, target: null },
    { what: "the runner's step, judged while the one before baked", seconds: judged, against: bare, target: TARGET },
    { what: "the same, against `up` without a preview", seconds: judged, against: update, target: null },
    { what: "the runner's first step, judged at once", seconds: step, against: bare, target: null },
    { what: "the same, against `up` with the policies", seconds: step, against: policies, target: TARGET },
  ]);
}
