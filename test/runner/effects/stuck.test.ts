import assert from "node:assert/strict";
import { badInput, EXIT, Refusal } from "../../../infra/errors.ts";
import type { Message } from "../../../infra/notify/channel.ts";
import type { Delivery } from "../../../infra/notify/index.ts";
import { planOf } from "../../../infra/runbooks/index.ts";
import type { Run } from "../../../infra/runner/effect.ts";
import { openJournal } from "../../../infra/runner/journal.ts";
import { recover } from "../../../infra/runner/recovery.ts";
import { run } from "../../../infra/runner/run.ts";
import { RUNBOOKS } from "../../fixtures/runbooks.ts";
import { everyGate, everyTask, openedDeploy, sessionOn, staying, steppedClock } from "../session.ts";
import { Killed, memoryStack, memoryStore, silent, tape } from "../world.ts";

/** One runner after the other takes a change up that is stuck each time. */
async function stuckEachTime(change: Run, times: number): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (let left = times; left > 0; left -= 1) {
    const { store, clock } = change.session;
    const journal = await openJournal(store, change.journal.change, clock, silent);
    const taken = { ...change, journal };
    await recover(taken);
    const error = await run(taken).then(
      () => assert.fail("it went on"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Refusal, String(error));
    refusals.push(error);
  }
  return refusals;
}

/** Channels that note what they are told, each time with another answer where answers are given. */
function channels(answers: readonly Delivery["delivered"][] = []) {
  const told: { message: Message; attempt: string }[] = [];
  const announce = async (message: Message, attempt: "first" | "again"): Promise<Delivery[]> => {
    const delivered = answers[told.length] ?? "yes";
    told.push({ message, attempt });
    return [{ channel: "pagerduty", delivered, detail: "", tries: 1 }];
  };
  return { told, announce };
}

/** A deploy whose weights can't be moved back. */
async function cantGoBack() {
  const { session, journal, plan } = await openedDeploy();
  const { stack } = session;
  const update: typeof stack.update = async (desired, how) => {
    const events = await session.store.read(journal.change);
    if (!events.some(({ type }) => type === "failed")) return stack.update(desired, how);
    return { kind: "failed", problems: ["the engine said no"] };
  };
  let looks = 0;
  const gates = everyGate((name) => (name === "health" && ++looks > 1 ? "fail" : "pass"));
  return { session: { ...session, stack: { ...stack, update }, gates }, journal, plan };
}

describe("a change that is stuck", () => {
  it("on its way back calls whoever is on call once, however often it is resumed, with what to do", async () => {
    const { session, journal, plan } = await cantGoBack();
    const { told, announce } = channels();
    const refusals = await stuckEachTime(staying({ session: { ...session, announce }, journal, plan }), 3);
    assert.deepEqual(
      refusals.map(({ exit }) => exit),
      [EXIT.stuck, EXIT.stuck, EXIT.stuck],
    );
    assert.deepEqual(
      told.map(({ message, attempt }) => [message.key, message.type, attempt]),
      [[`staging/${journal.change}/stuck/moving the weights back`, "stuck", "first"]],
    );
    const text = [told[0]?.message.headline, ...(told[0]?.message.lines ?? [])].join("\n");
    assert.match(text, /^staging: a person is needed for CHG-\S+ \(deploy\): moving the weights back failed$/m);
    for (const part of [
      "the engine said no",
      "runbook status --stack staging",
      "runbook resume --stack staging",
      "on call: Ada",
    ]) {
      assert.ok(text.includes(part), part);
    }
    const { body = "" } = told[0]?.message.ticket ?? {};
    assert.match(body, /^- the engine said no$/m);
    const record = await session.store.read(journal.change);
    assert.equal(record.at(-1)?.type, "stuck", "the record ends with who is needed");
  });

  it("at a revocation calls once, too", async () => {
    const input = RUNBOOKS["rotate AFM_KEY"] ?? assert.fail("no rotation");
    const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
    const change = await store.open("staging", new Date(clock.now()), {});
    const plan = planOf(change, input);
    const { told, announce } = channels();
    const session = {
      ...sessionOn(
        memoryStack(input.base, way, () => undefined),
        store,
        clock,
        way,
      ),
      announce,
      tasks: everyTask((name) => async () => {
        if (name === "refused")
          throw badInput("AFM_KEY g1: a login with it is still accepted: revoke it at its issuer");
        return { summary: name };
      }),
    };
    const journal = await openJournal(store, change, clock, silent);
    await stuckEachTime(staying({ session, journal, plan }), 2);
    assert.deepEqual(
      told.map(({ message }) => message.key),
      [`staging/${change}/stuck/refused`],
    );
    assert.match(told[0]?.message.lines[0] ?? "", /still accepted: revoke it at its issuer/);
  });

  it("calls again where nobody could be reached, and says so", async () => {
    const { session, journal, plan } = await cantGoBack();
    const { told, announce } = channels(["no", "yes"]);
    const said: string[] = [];
    const reporter = { ...silent, problems: (problems: readonly string[]) => void said.push(...problems) };
    await stuckEachTime(staying({ session: { ...session, announce, reporter }, journal, plan }), 3);
    assert.deepEqual(
      told.map(({ attempt }) => attempt),
      ["first", "first"],
    );
    assert.ok(said.includes("pagerduty wasn't told: "));
  });

  it("calls again where no channel is known to have taken the call, and no more once one has", async () => {
    const { session, journal, plan } = await cantGoBack();
    const { told, announce } = channels(["unknown", "yes"]);
    await stuckEachTime(staying({ session: { ...session, announce }, journal, plan }), 3);
    assert.deepEqual(
      told.map(({ attempt }) => attempt),
      ["first", "first"],
    );
    assert.equal(new Set(told.map(({ message }) => message.key)).size, 1, "a channel that knows keys takes it once");
  });

  it("calls less and less often where it is never known", async () => {
    const { session, journal, plan } = await cantGoBack();
    const { told, announce } = channels(Array.from({ length: 50 }, () => "unknown" as const));
    await stuckEachTime(staying({ session: { ...session, announce }, journal, plan }), 16);
    assert.ok(told.length > 2 && told.length < 10, `${told.length} calls`);
  });

  it("says that it calls again where a runner died while it called", async () => {
    const { session, journal, plan } = await cantGoBack();
    const { told, announce } = channels();
    const dying = async (): Promise<Delivery[]> => {
      throw new Killed("while it calls");
    };
    await assert.rejects(run(staying({ session: { ...session, announce: dying }, journal, plan })), Killed);
    await stuckEachTime(staying({ session: { ...session, announce }, journal, plan }), 2);
    assert.deepEqual(
      told.map(({ attempt }) => attempt),
      ["again"],
    );
  });
});
