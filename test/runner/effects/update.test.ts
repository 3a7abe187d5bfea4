import assert from "node:assert/strict";
import { stateHash, weightsOf } from "../../../infra/domain/releases.ts";
import { Refusal } from "../../../infra/errors.ts";
import { planOf } from "../../../infra/runbooks/index.ts";
import { openJournal } from "../../../infra/runner/journal.ts";
import { recover } from "../../../infra/runner/recovery.ts";
import { run } from "../../../infra/runner/run.ts";
import type { Outcome, Stack, UpdateHow } from "../../../infra/stack/stack.ts";
import { deployOf, firstState } from "../../../verification/mocks/release-state.ts";
import { sessionOn, staying, steppedClock } from "../session.ts";
import { memoryStack, memoryStore, silent, tape } from "../world.ts";

const base = firstState();
const killed: Outcome = { kind: "interrupted", problems: ["the Pulumi CLI was ended by SIGKILL"] };
const locked: Outcome = { kind: "locked", problems: ["the stack is currently locked"], owners: [] };
const refused: Outcome = { kind: "policy", problems: ["images: by digest"] };

/** What becomes of an update, and whether its outputs are there all the same; `made`: it is made. */
type Fate = Outcome | { landed: Outcome } | "made";

/** A deploy whose updates end as listed, and are made once the list is at its end. */
async function deploying(...fates: Fate[]) {
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const memory = memoryStack(base, way, () => undefined);
  const asked: UpdateHow[] = [];
  const stack: Stack = {
    ...memory,
    async update(desired, how) {
      asked.push(how);
      const fate = fates.shift() ?? "made";
      if (fate !== "made" && "kind" in fate) return fate;
      const outcome = await memory.update(desired, how);
      return fate === "made" || outcome.kind !== "done" ? outcome : fate.landed;
    },
  };
  const change = await store.open("staging", new Date(clock.now()), {});
  const plan = planOf(change, deployOf(base, "2"));
  const deployment = {
    resource: "deployments.apps",
    type: "kubernetes:apps/v1:Deployment",
    name: "app-2",
    change,
    terminating: false,
  };
  const session = { ...sessionOn(stack, store, clock, way), owned: async () => [deployment] };
  const events = () => store.read(change);
  return {
    asked,
    fates,
    events,
    isClosed: async () => (await events()).some(({ type }) => type === "closed"),
    weights: async () => weightsOf((await stack.state()) ?? base),
    /** Runs it on from its record, as another process does. */
    async goOn() {
      const going = staying({ session, journal: await openJournal(store, change, clock, silent), plan });
      await recover(going);
      return run(going);
    },
  };
}

const exits = (exit: number) => (error: unknown) => error instanceof Refusal && error.exit === exit;

describe("a change's first update", () => {
  it("whose engine was killed leaves the change open where its lock then stands in the way, and is taken up again", async () => {
    const { asked, events, isClosed, goOn } = await deploying(killed, locked, locked);
    await assert.rejects(goOn, exits(4));
    assert.equal(await isClosed(), false, "what the engine has made stands there");
    const { length } = asked;
    assert.equal((await goOn()).exit, 0);
    assert.equal(asked[length]?.existing, "adopted");
    assert.deepEqual((await events()).find(({ type, seq }) => type === "adopting" && seq > length)?.data.objects, [
      "deployments.apps/app-2",
    ]);
  });

  it("that others held up from the first try on is refused: nothing was changed", async () => {
    const { isClosed, goOn } = await deploying(locked, locked, locked);
    assert.equal((await goOn()).exit, 4);
    assert.equal(await isClosed(), true);
  });

  it("starts from where a killed engine has left the stack, also after a lock in between", async () => {
    const { asked, events, goOn } = await deploying({ landed: killed }, locked);
    assert.equal((await goOn()).exit, 0);
    assert.ok(asked.length > 2);
    const begun = (await events()).filter(({ type }) => type === "updating").map(({ data }) => data.from);
    assert.equal(begun[0], stateHash(base));
    assert.equal(begun[1], begun[2]);
    assert.notEqual(begun[1], begun[0]);
  });
});

describe("an update that is taken up again", () => {
  const tries = [killed, killed, killed] as const;

  it("is judged by the policies along with it: the settings may have changed since it was previewed", async () => {
    const { asked, goOn } = await deploying(...tries);
    await assert.rejects(goOn, exits(70));
    assert.deepEqual(new Set(asked.map(({ policies }) => policies)), new Set(["judged"]));
    const { length } = asked;
    assert.equal((await goOn()).exit, 0);
    assert.equal(asked[length]?.policies, "along");
    assert.equal(asked[length + 1]?.policies, "judged", "the next one was previewed");
  });

  it("and is refused by them goes back, which no policy holds up", async () => {
    const { asked, isClosed, goOn, weights } = await deploying("made", ...tries, refused);
    await assert.rejects(goOn, exits(70));
    const { length } = asked;
    assert.equal((await goOn()).exit, 1);
    assert.deepEqual(await weights(), weightsOf(base));
    assert.equal(await isClosed(), true);
    assert.equal(asked[length]?.policies, "along");
    const back = asked.slice(length + 1).map(({ policies }) => policies);
    assert.ok(back.length > 0 && back.every((policies) => policies === "judged"), String(back));
  });
});
