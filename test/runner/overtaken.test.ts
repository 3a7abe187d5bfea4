import assert from "node:assert/strict";
import { callOffFirst } from "../../infra/cli/go-back.ts";
import { type ReleaseState, stateHash, weightsOf } from "../../infra/domain/releases.ts";
import { EXIT, Refusal } from "../../infra/errors.ts";
import type { Message } from "../../infra/notify/channel.ts";
import type { EventData } from "../../infra/records/events.ts";
import { planOf, type RunbookInput } from "../../infra/runbooks/index.ts";
import { keepPlan } from "../../infra/runbooks/kept-plan.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { prepareReplacement } from "../../infra/runner/replace.ts";
import { abortChange, findOpenChange, resumeChange } from "../../infra/runner/resume.ts";
import { run } from "../../infra/runner/run.ts";
import type { RecoverySession } from "../../infra/runner/session.ts";
import { incidentSchema } from "../../infra/settings/incident.ts";
import { parseSettings } from "../../infra/settings/index.ts";
import { deployOf, firstState, manifest } from "../../verification/mocks/release-state.ts";
import { RUNBOOKS } from "../fixtures/runbooks.ts";
import { validSettings } from "../program/fixtures/settings.ts";
import { everyGate, sessionOn, steppedClock } from "./session.ts";
import { Killed, memoryStack, memoryStore, silent, tape } from "./world.ts";

const STAY = { whenWaiting: "stay", signal: new AbortController().signal } as const;
const ASKED = { to: null, schema: "back", reason: "users complain", startedBy: "Grace" } as const;

/** A stack in memory on which changes are opened one after the other; some are left where their runner was killed. */
function world() {
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const stack = memoryStack(firstState(), way, () => undefined);
  const called: Message[] = [];
  const session: RecoverySession = {
    ...sessionOn(stack, store, clock, way),
    gates: everyGate(() => "pass"),
    announce: async (message) => {
      called.push(message);
      return [];
    },
    override: null,
    settings: { incident: incidentSchema.parse({}) },
  };
  const state = async (): Promise<ReleaseState> => (await stack.state()) ?? assert.fail("no state");
  const opens = async (input: RunbookInput, opened: EventData = {}, admission: EventData | null = null) => {
    const kept = keepPlan(planOf("", input), null);
    const first = { stack: "staging", runbook: input.runbook, ...kept, ...opened };
    const change = await store.open("staging", new Date(clock.now()), first);
    const journal = await openJournal(store, change, clock, silent);
    if (admission !== null) await journal.write("admission", null, admission);
    await journal.write("planned", null, input);
    return { journal, plan: planOf(change, input) };
  };
  const runs = async (version: string) => {
    const change = await opens(deployOf(await state(), version));
    assert.equal((await run({ session, ...change, ...STAY })).exit, EXIT.done);
  };
  /** A deploy whose runner is killed in the preview before its first update. */
  const killedInPreview = async (version: string, opened: EventData = {}) => {
    const change = await opens(deployOf(await state(), version), opened);
    const preview = () => Promise.reject(new Killed("in the preview"));
    await assert.rejects(run({ session: { ...session, stack: { ...stack, preview } }, ...change, ...STAY }), Killed);
    assert.equal(change.journal.events().at(-1)?.type, "step-started");
    return change.journal.change;
  };
  const closed = async (change: string) => (await store.read(change)).find(({ type }) => type === "closed")?.data;
  return { store, session, stack, state, opens, runs, killedInPreview, closed, called };
}

describe("a change that had done nothing when its stack was changed", () => {
  it("is refused with 2 by resume, says where the stack is, and calls nobody", async () => {
    const { session, killedInPreview, runs, closed, called, state } = world();
    const first = await killedInPreview("2");
    await runs("3");
    const before = await state();
    const { journal, result } = await resumeChange(session, STAY);
    assert.deepEqual([journal.change, result], [first, { exit: EXIT.refused, resumeAt: null }]);
    const { exit, outcome, summary } = (await closed(first)) ?? {};
    assert.deepEqual([exit, outcome], [EXIT.refused, "refused"]);
    const [release = ""] = Object.keys(weightsOf(before));
    assert.match(String(summary), new RegExp(`is now at ${release} 100 %; nothing was changed by it: start it again`));
    assert.deepEqual([called, stateHash(await state())], [[], stateHash(before)]);
    assert.equal(await findOpenChange(session), null);
  });

  it("is refused as well where this program makes another plan of it", async () => {
    const { session, killedInPreview, runs } = world();
    await killedInPreview("2", { planVersion: 7 });
    await runs("3");
    assert.equal((await resumeChange(session, STAY)).result.exit, EXIT.refused);
  });

  it("is refused where it waited for approval meanwhile", async () => {
    const { session, opens, runs, state, called } = world();
    const waits = { author: "Ada", quorum: 1, expiresAt: "2027-01-01T00:00:00.000Z", approvers: null, aliases: {} };
    await opens(deployOf(await state(), "2"), {}, { ...waits, calendar: null, override: null });
    await runs("3");
    const { result } = await resumeChange(session, STAY);
    assert.deepEqual([result.exit, called], [EXIT.refused, []]);
  });

  it("is closed by a rollback, which then goes back all the same; so is every older one", async () => {
    const { session, killedInPreview, runs, closed, called } = world();
    const lost = [await killedInPreview("2"), await killedInPreview("4")];
    await runs("3");
    assert.equal(await callOffFirst(session, ASKED, STAY.signal, null), "more");
    const exits = await Promise.all(lost.map(async (change) => (await closed(change))?.exit));
    assert.deepEqual(exits, [EXIT.refused, EXIT.refused]);
    assert.deepEqual(called, []);
  });

  it("is closed by abort, with what stands left as it is", async () => {
    const { session, killedInPreview, runs, state } = world();
    await killedInPreview("2");
    await runs("3");
    const before = await state();
    const { result } = await abortChange(session, { reason: "lost", by: "Grace" }, STAY);
    assert.equal(result.exit, EXIT.refused);
    assert.equal(stateHash(await state()), stateHash(before));
  });

  it("is replaced by a change that is checked against where the stack is now", async () => {
    const { session, killedInPreview, runs, state } = world();
    await killedInPreview("2");
    await runs("3");
    const opening = { ...session, settings: parseSettings(validSettings()) };
    const request = { runbook: "deploy", manifest: manifest("2"), reason: null, startedBy: "Grace" } as const;
    const replacement = await prepareReplacement(opening, request);
    assert.deepEqual(replacement?.prepared.base, await state());
  });
});

describe("a change that may have done something when its stack was changed", () => {
  it("still needs a person, and a rollback doesn't take it for nothing", async () => {
    const { session, opens, runs, called } = world();
    const rotation = RUNBOOKS["rotate AFM_KEY"] ?? assert.fail("no rotation");
    const { journal } = await opens(rotation);
    await journal.write("step-started", "mint", { title: "make a new AFM_KEY at its issuer" });
    await runs("3");
    await assert.rejects(resumeChange(session, STAY), (error) => error instanceof Refusal && error.exit === EXIT.stuck);
    assert.deepEqual(
      called.map(({ type }) => type),
      ["stuck"],
    );
  });

  it("goes on where the stack is as it was", async () => {
    const { session, killedInPreview } = world();
    await killedInPreview("2");
    assert.equal((await resumeChange(session, STAY)).result.exit, EXIT.done);
  });
});
