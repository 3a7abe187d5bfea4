import assert from "node:assert/strict";
import { withCurrent, withPending, withRevoked } from "../../infra/domain/generations.ts";
import { stableRelease, withMigration, withoutRelease, withRelease, withWeights } from "../../infra/domain/releases.ts";
import { rollbackTargets } from "../../infra/domain/rollback-targets.ts";
import { firstState, manifest, migration, nextRelease } from "../fixtures/release-state.ts";

function promoted(...added: ReturnType<typeof migration>[]) {
  const first = firstState();
  const next = nextRelease(first, manifest("2", { migrations: [...first.schema, ...added] }));
  const mover = { change: "CHG-2026-11-22-001", onCall: "Ada" };
  const state = withWeights(withRelease(withMigration(first, next), next), { [next.id]: 100 }, mover);
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

  it("names a release whose generation was revoked, and in which change; the same image comes back with the current one", () => {
    const { state, old } = promoted();
    const alone = withoutRelease(state, old.id);
    const past = [{ release: old, leftIn: null }];
    assert.deepEqual(
      rollbackTargets(alone, stableRelease(alone), past).map(({ id, legal }) => [id, legal]),
      [[old.id, true]],
    );
    const pended = withPending(alone, "REDIS_URL", { id: "g2", change: "CHG-1", createdOn: "2026-11-23" });
    const rotated = withRevoked(withCurrent(pended, "REDIS_URL", "g2"), "REDIS_URL", "g1", "CHG-1");
    const [again, gone] = rollbackTargets(rotated, stableRelease(rotated), past);
    assert.equal(again?.legal, true);
    assert.notEqual(again?.id, old.id);
    const why = "REDIS_URL g1 was revoked in CHG-1: nobody accepts what it would start with";
    assert.deepEqual(gone, { version: "2026.11.22-1", id: old.id, legal: false, why });
  });

  it("refuses it across a contraction or what can't be undone, and names it", () => {
    for (const parts of [{ phase: "contract" }, { reversible: "no" }] as const) {
      const { state } = promoted(migration("0002_fine"), migration("0003_drop", parts));
      assert.deepEqual(rollbackTargets(state)[0]?.why, "0003_drop can't be undone without a loss: restore the backup");
    }
  });
});
