import assert from "node:assert/strict";
import { withCurrent, withPending, withRevoked } from "../../infra/domain/generations.ts";
import { stableRelease, withMigration, withoutRelease, withRelease, withWeights } from "../../infra/domain/releases.ts";
import { rollbackTargets } from "../../infra/domain/rollback-targets.ts";
import { firstState, manifest, migration, nextRelease } from "../../verification/mocks/release-state.ts";

function promoted(...added: ReturnType<typeof migration>[]) {
  const first = firstState();
  const next = nextRelease(first, manifest("2", { migrations: [...first.schema, ...added] }));
  const actor = { change: "CHG-2026-11-22-001", onCall: "Ada" };
  const state = withWeights(withRelease(withMigration(first, next), next), { [next.id]: 100 }, actor);
  return { state, old: stableRelease(first) };
}

describe("rollback targets", () => {
  it("has none where one release stands alone", () => {
    assert.deepEqual(rollbackTargets(firstState()), []);
  });

  it("takes the warm release of the same schema", () => {
    const { state, old } = promoted();
    const why = "warm, the same schema: only weight moves";
    assert.deepEqual(rollbackTargets(state), [{ version: "2026.11.22-1", id: old.id, legal: true, why }]);
  });

  it("takes it across an expansion that can be undone", () => {
    const { state } = promoted(migration("0002_column"));
    assert.equal(rollbackTargets(state)[0]?.legal, true);
  });

  const rotate = (state: ReturnType<typeof firstState>, id: string, old: string, change: string) => {
    const pended = withPending(state, "REDIS_URL", { id, change, createdOn: "2026-11-23" });
    return withRevoked(withCurrent(pended, "REDIS_URL", id), "REDIS_URL", old, change);
  };

  it("is one for a release whose generation was revoked: the same image comes back with the current one, and it says so", () => {
    const { state, old } = promoted();
    const alone = withoutRelease(state, old.id);
    const past = [{ release: old, leftIn: null }];
    assert.deepEqual(
      rollbackTargets(alone, stableRelease(alone), past).map(({ id, legal }) => [id, legal]),
      [[old.id, true]],
    );
    const rotated = rotate(alone, "g2", "g1", "CHG-1");
    const [again, ...more] = rollbackTargets(rotated, stableRelease(rotated), past);
    assert.equal(again?.legal, true);
    assert.notEqual(again?.id, old.id);
    assert.match(again?.why ?? "", /; it comes with what is current, since REDIS_URL g1 was revoked in CHG-1$/);
    assert.deepEqual(more, []);
  });

  it("names a release that can't come back: what stands is the same with the generation that took its place", () => {
    const first = firstState();
    const old = stableRelease(first);
    const pended = withPending(first, "REDIS_URL", { id: "g2", change: "CHG-1", createdOn: "2026-11-23" });
    const turned = withCurrent(pended, "REDIS_URL", "g2");
    const again = nextRelease(turned, old.manifest);
    const mover = { change: "CHG-1", onCall: "Ada" };
    const moved = withoutRelease(withWeights(withRelease(turned, again), { [again.id]: 100 }, mover), old.id);
    const rotated = withRevoked(moved, "REDIS_URL", "g1", "CHG-1");
    const why = "REDIS_URL g1 was revoked in CHG-1: its credentials are no longer accepted";
    assert.deepEqual(rollbackTargets(rotated, again, [{ release: old, leftIn: null }]), [
      { version: old.manifest.version, id: old.id, legal: false, why },
    ]);
  });

  it("refuses it across a contraction or what can't be undone, and names it", () => {
    const restore = "--restore-backup restores the backup and loses what was written since";
    const keep = "--keep-schema leaves the schema as it is and loses nothing; ";
    const cases = [
      [{ phase: "contract" }, restore],
      [{ reversible: "no" }, keep + restore],
      [{ reversible: "lossy" }, keep + restore],
    ] as const;
    for (const [parts, flags] of cases) {
      const { state } = promoted(migration("0002_fine"), migration("0003_drop", parts));
      assert.deepEqual(rollbackTargets(state)[0]?.why, `0003_drop can't be undone without a loss: ${flags}`);
    }
  });
});
