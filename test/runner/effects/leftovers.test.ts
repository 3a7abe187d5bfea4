import assert from "node:assert/strict";
import { lastMove } from "../../../infra/change/progress.ts";
import type { OwnedObject } from "../../../infra/clients/owned-objects.ts";
import { badInput } from "../../../infra/errors.ts";
import { leftoversOf } from "../../../infra/runner/effects/leftovers.ts";
import { isScaled } from "../../../infra/runner/effects/recorded-update.ts";
import { updateStep } from "../../../infra/runner/effects/update.ts";
import { resourcesIn } from "../../../infra/stack/pending.ts";
import type { Existing, Outcome } from "../../../infra/stack/stack.ts";
import { openedDeploy, staying } from "../session.ts";

const object = (name: string, change: string): OwnedObject => ({
  resource: "services",
  type: "kubernetes:core/v1:Service",
  name,
  change,
  terminating: false,
});

/** A deploy whose release step has begun, and how its stack's updates take what is there already. */
async function begun() {
  const opened = await openedDeploy();
  const taken: Existing[] = [];
  const { update } = opened.session.stack;
  opened.session.stack.update = (desired, how) => {
    taken.push(how.existing ?? "refused");
    return update(desired, how);
  };
  const step = opened.plan.steps.find(({ name }) => name === "release");
  assert.ok(step);
  await opened.journal.write("step-started", step.name, { title: step.title });
  return { ...opened, step, taken };
}

describe("what an interrupted update has left in the cluster", () => {
  it("is what carries an id of the move and what no stack's state has", async () => {
    const { plan } = await openedDeploy();
    const to = plan.base;
    const [standing] = [
      resourcesIn({ deployment: { resources: [{ urn: "urn:a::b::c::one", type: object("", "").type }] } }),
    ];
    const found = [object("one", "CHG-1"), object("two", "CHG-1"), object("three", "CHG-9")];
    assert.deepEqual(leftoversOf(found, standing, "CHG-1", to), [object("two", "CHG-1")]);
    // A release that is made again carries the id of the change that made it first.
    const [first] = to.releases;
    assert.ok(first);
    assert.deepEqual(leftoversOf([object("four", first.change)], [], "CHG-1", to), [object("four", first.change)]);
  });

  it("is adopted by the next update of the same move, and by no other", async () => {
    const { plan, session, journal, step, taken } = await begun();
    session.owned = async () => [object("app-r2", journal.change)];
    await updateStep(staying({ session, journal, plan }), { kind: "update", step });
    assert.deepEqual(taken, ["refused"], "nothing was interrupted");
  });

  it("is taken up where an update was begun and its end isn't known", async () => {
    const { plan, session, journal, step, taken } = await begun();
    const from = "0".repeat(64);
    await journal.write("updating", step.name, { from, to: plan.base, touches: "bundles" });
    await updateStep(staying({ session, journal, plan }), { kind: "update", step });
    assert.deepEqual(taken, ["refused"], "nothing is left");
    const again = await begun();
    await again.journal.write("updating", again.step.name, { from, to: again.plan.base, touches: "bundles" });
    again.session.owned = async () => [object("app-r2", again.journal.change)];
    await updateStep(staying(again), { kind: "update", step: again.step });
    assert.deepEqual(again.taken, ["adopted"]);
    const adopting = again.journal.events().find(({ type }) => type === "adopting");
    assert.deepEqual(adopting?.data, { objects: ["services/app-r2"] });
  });

  it("is noted where the cluster can't be read, and nothing is adopted then", async () => {
    const { plan, session, journal, step, taken } = await begun();
    await journal.write("updating", step.name, { from: "0".repeat(64), to: plan.base, touches: "bundles" });
    session.owned = () => Promise.reject(badInput("secrets is forbidden"));
    await updateStep(staying({ session, journal, plan }), { kind: "update", step });
    assert.deepEqual(taken, ["refused"]);
    const note = journal.events().find(({ type }) => type === "note");
    assert.match(JSON.stringify(note?.data), /can't be looked for: .*secrets is forbidden/);
  });

  it("is forced where an autoscaler alone has changed it, never where another change's id stands on it", () => {
    const conflict = (...paths: string[]): Outcome => ({
      kind: "failed",
      problems: [
        `app-r2: server-side apply field conflict detected: Apply failed with ${paths.length} conflicts: ${paths.join("; ")}`,
        "update failed",
      ],
    });
    assert.ok(isScaled(conflict('conflict with "kube-controller-manager" using apps/v1: .spec.replicas')));
    const annotated = "conflict: .metadata.annotations.runbooks.dev/change";
    assert.ok(!isScaled(conflict(annotated)));
    assert.ok(!isScaled(conflict(".spec.replicas", annotated)));
    assert.ok(!isScaled({ kind: "failed", problems: ["no such image"] }));
  });

  it("is looked for after a move that was given up too: a provider may have made something before it died", async () => {
    const { plan, journal, step } = await begun();
    assert.equal(lastMove(journal.events()), null);
    await journal.write("updating", step.name, { from: "0".repeat(64), to: plan.base, touches: "bundles" });
    assert.equal(lastMove(journal.events())?.ended, false);
    await journal.write("failed", step.name, { reason: "the update failed" });
    assert.equal(lastMove(journal.events())?.ended, true);
    await journal.write("updating", null, { from: "0".repeat(64), to: plan.base, touches: "weights" });
    assert.equal(lastMove(journal.events())?.step, step.name);
  });
});
