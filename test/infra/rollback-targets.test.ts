import assert from "node:assert/strict";
import { stableRelease, withMigration, withRelease, withWeights } from "../../infra/releases.ts";
import { rollbackTargets } from "../../infra/rollback-targets.ts";
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

  it("refuses it across a contraction or what can't be undone, and names it", () => {
    for (const parts of [{ phase: "contract" }, { reversible: "no" }] as const) {
      const { state } = promoted(migration("0002_fine"), migration("0003_drop", parts));
      assert.deepEqual(rollbackTargets(state)[0]?.why, "0003_drop can't be undone without a loss: restore the backup");
    }
  });
});
