import { EXIT } from "../../../infra/errors.ts";
import { runbook } from "../../demo/commands.ts";
import type { Measured } from "./measured.ts";
import { findEvent, lastAnswer, updateBefore } from "./readings.ts";
import { printTable, type Write } from "./table.ts";

const TARGET = 1.5;

interface Rollback {
  /** seconds of the engine's own update that had given the release all traffic */
  bare: number;
  /** seconds from the command's start to the last request that the release answered */
  traffic: number;
  /** and to the proof of it: the route read back, a sample of requests taken */
  restored: number;
}

/** A promotion up to its first check, then the command: while the old release is warm. */
async function rollBack({ session, release, load }: Measured): Promise<Rollback> {
  const { name } = session.stack;
  const promoted = await runbook(["promote", "--from", "staging", "--to", name], { output: "kept" });
  if (promoted.code !== EXIT.waiting) throw new Error(`the promotion left with ${promoted.code}:\n${promoted.stdout}`);
  const startedAt = Date.now();
  const { code, stdout } = await runbook(["rollback", "--stack", name], { output: "kept" });
  if (code !== EXIT.done) throw new Error(`the rollback left with ${code}:\n${stdout}`);
  const events = await session.store.read((await session.store.list()).at(-1) ?? "");
  const { at: restored } = findEvent(events, "restore", ({ type }) => type === "restored");
  const asked = findEvent(events, "abort", ({ type }) => type === "abort-requested").event;
  const last = lastAnswer(await load.stats(), release, startedAt);
  return {
    bare: updateBefore(events, asked.seq),
    traffic: (last - startedAt) / 1_000,
    restored: (restored - startedAt) / 1_000,
  };
}

/** How long `runbook rollback` takes to bring all traffic back, as a multiple of one bare update of the engine. */
export async function benchRollback(rounds: number, measured: Measured, write: Write): Promise<void> {
  const ways: Rollback[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const way = await rollBack(measured);
    ways.push(way);
    write(
      `  rollback: last request ${way.traffic.toFixed(2)} s after the command, proof ${way.restored.toFixed(2)} s; bare ${way.bare.toFixed(2)} s`,
    );
  }
  const bare = ways.map((way) => way.bare);
  printTable(write, "From `runbook rollback` to all traffic on the old release, 200 requests/s", [
    { what: "the engine's update alone, which had given it the traffic", seconds: bare, against: null, target: null },
    {
      what: "the last request of the other release",
      seconds: ways.map((way) => way.traffic),
      against: bare,
      target: TARGET,
    },
    { what: "read back and recorded", seconds: ways.map((way) => way.restored), against: bare, target: null },
  ]);
}
