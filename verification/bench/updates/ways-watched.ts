import { EXIT } from "../../../infra/errors.ts";
import { totals } from "../../../infra/metrics/reading.ts";
import type { Session } from "../../../infra/runner/session.ts";
import { live } from "../../crash/runner-process.ts";
import { runbook } from "../../demo/commands.ts";
import { promoteByService, settingsOfService } from "../../demo/left-to-service.ts";
import { ROOT, startService } from "../../demo/service.ts";
import { until } from "../../demo/until.ts";
import type { Measured } from "./measured.ts";
import { findEvent, isFailingGate, lastAnswer, updateBefore } from "./readings.ts";

/** How a bad release's canary went back. */
export interface WayBack {
  /** seconds of the canary's own move of weights just before: one bare update of the engine */
  bare: number;
  /** seconds to the end of the engine's update that takes the traffic back */
  updated: number;
  /** seconds to the last request that the bad release answered: the Gateway routes by an update up to 2 s after it */
  traffic: number;
  /** and to the proof of it: the route read back, a sample of requests taken */
  restored: number;
}

const promote = (session: Session): string[] => ["promote", "--from", "staging", "--to", session.stack.name];
/** How often a record is looked at for its end, in milliseconds; and seconds that it, or a service's start, may take. */
const LOOK_EVERY = 200;
const ENDS_WITHIN = 300;
const LEADS_WITHIN = 60;
/** So many of the canary's requests have failed when the schedule calls: whoever looks then has all that a verdict takes. */
const FAILED_BY_THEN = 20;

async function wentBack(
  { session, release, load }: Measured,
  change: string,
  from: "the failing sample" | number,
): Promise<WayBack> {
  const events = await session.store.read(change);
  const failing = findEvent(events, "failing gate", isFailingGate);
  const { at: restored } = findEvent(events, "restore", ({ type }) => type === "restored");
  const begin = from === "the failing sample" ? failing.at : from;
  const last = lastAnswer(await load.stats(), release, begin);
  const bare = updateBefore(events, failing.event.seq);
  const after = events.filter(({ seq }) => seq > failing.event.seq);
  const { at: updated } = findEvent(after, "update after the failing gate", ({ type }) => type === "updated");
  const since = (at: number) => (at - begin) / 1_000;
  return { bare, updated: since(updated), traffic: since(last), restored: since(restored) };
}

/** From the failing sample, where the command stays. */
export async function whileCommandWaits(measured: Measured): Promise<WayBack> {
  const { session } = measured;
  const { code } = await runbook([...promote(session), "--wait", "--json"], { output: "kept" });
  if (code !== EXIT.restored) throw new Error(`the bad release's promotion ended with ${code}, not ${EXIT.restored}`);
  return wentBack(measured, (await session.store.list()).at(-1) ?? "", "the failing sample");
}

/** From the failing sample, where the command has left at once and the service has the change. */
export async function whileServiceRuns(measured: Measured): Promise<WayBack> {
  const { session } = measured;
  const { name } = session.stack;
  const service = await startService(ROOT, ["--stack", name], {});
  try {
    await until("the service's leadership", LEADS_WITHIN, async () =>
      service.lines.some(({ stack, message }) => stack === name && message.startsWith("leads")),
    );
    const settings = await settingsOfService(name, process.env);
    const change = await promoteByService(name, settings, process.env);
    const hasEnded = async () => (await session.store.ends(change)).last.type === "closed";
    await until(`the end of ${change}`, ENDS_WITHIN, hasEnded, LOOK_EVERY);
    return await wentBack(measured, change, "the failing sample");
  } finally {
    await service.kill("SIGTERM");
  }
}

/** From the call of `runbook resume`, where the runner was killed once the canary had users, and nobody has watched since. */
export async function onceScheduleCalls(measured: Measured): Promise<WayBack> {
  const { session, release } = measured;
  const failures = async () => {
    const [newest] = await session.counters();
    return newest === undefined ? 0 : (totals(newest)[release]?.errors ?? 0);
  };
  const before = await failures();
  const killed = {
    step: "canary-5",
    type: "settled",
    gate: null,
    moment: "after",
    delay: 0,
    victim: "runner",
  } as const;
  const life = await live(promote(session), {}, [killed]);
  if (life.struck.length === 0)
    throw new Error(`the promotion left with ${life.code} before its canary:\n${life.output}`);
  await until(
    `${FAILED_BY_THEN} failed requests of the canary`,
    ENDS_WITHIN,
    async () => (await failures()) - before >= FAILED_BY_THEN,
    LOOK_EVERY,
  );
  const calledAt = Date.now();
  // It waits: once the traffic is back, WebSockets have their drain still to come.
  const { code, stdout } = await runbook(["resume", "--stack", session.stack.name, "--wait"], { output: "kept" });
  if (code !== EXIT.restored) throw new Error(`resume ended with ${code}, not ${EXIT.restored}:\n${stdout}`);
  return wentBack(measured, (await session.store.list()).at(-1) ?? "", calledAt);
}
