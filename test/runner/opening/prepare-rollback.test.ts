import assert from "node:assert/strict";
import { type ReleaseState, stableRelease } from "../../../infra/domain/releases.ts";
import { Refusal } from "../../../infra/errors.ts";
import { type ChangeEvent, headAfter, NO_HEAD, seal } from "../../../infra/records/events.ts";
import { planOf, type RunbookInput } from "../../../infra/runbooks/index.ts";
import { type History, historyOf } from "../../../infra/runner/opening/history.ts";
import { prepareRollback, type RollbackRequest } from "../../../infra/runner/opening/prepare-rollback.ts";
import { firstState, manifest, migration, nextRelease } from "../../../verification/mocks/release-state.ts";

const NOW = Date.parse("2026-11-22T15:00:00Z");
const TAKEN = "2026-11-22T12:00:00.000Z";
const CHANGE = "CHG-2026-11-22-001";
const timing = { interval: 10, gateTimeout: 30, drain: 5 };

/** A deploy that went all the way: the state after it, and its record. */
function deployed(...added: ReturnType<typeof migration>[]): {
  state: ReleaseState;
  history: History;
  events: ChangeEvent[];
} {
  const base = firstState();
  const release = nextRelease(base, manifest("2", { migrations: [...base.schema, ...added] }));
  const input: RunbookInput = {
    runbook: "deploy",
    base,
    release,
    onCall: "Ada",
    timing,
    soak: { nominal: 1, wall: 1 },
  };
  const { steps } = planOf(CHANGE, input);
  const state = steps.reduce((before, step) => (step.touches === "nothing" ? before : step.move(before)), base);
  const drafts = [
    { at: TAKEN, step: null, type: "planned", data: input },
    ...steps
      .filter(({ touches }) => touches !== "nothing")
      .map(({ name }) => ({ at: TAKEN, step: name, type: "updated", data: { weights: {} } })),
    { at: TAKEN, step: null, type: "closed", data: { exit: 0, outcome: "done" } },
  ];
  let head = NO_HEAD;
  const events = drafts.map((draft) => {
    const event = seal(CHANGE, head, draft);
    head = headAfter(event, 0);
    return event;
  });
  return { state, history: historyOf(state, [events]), events };
}

const asked: RollbackRequest = { to: null, schema: "back", reason: null, startedBy: "Ada" };
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof Refusal);
    assert.equal(error.exit, 2);
    return error.message;
  }
  return assert.fail("nothing was refused");
};

describe("a way back", () => {
  const old = stableRelease(firstState());

  it("is the release before, as the record tells of it", () => {
    const { state, history } = deployed();
    const { prepared, loss } = prepareRollback("staging", state, history, asked, NOW);
    assert.deepEqual(prepared.release, { ...old, weight: 0 });
    assert.deepEqual(prepared.runbook === "rollback" && prepared.schema, { kind: "keep" });
    assert.equal(loss, null);
  });

  it("takes reversible migrations back with the image that brought them, or leaves them on demand", () => {
    const { state, history } = deployed(migration("0002_more"));
    const { prepared } = prepareRollback("staging", state, history, asked, NOW);
    assert.equal(prepared.runbook === "rollback" && prepared.schema.kind, "downs");
    const kept = prepareRollback("staging", state, history, { ...asked, schema: "keep" }, NOW).prepared;
    assert.equal(kept.runbook === "rollback" && kept.schema.kind, "keep");
  });

  it("refuses a lossy one and says what would be lost and which flags say yes", () => {
    const { state, history } = deployed(migration("0002_table", { reversible: "lossy" }));
    const told = refusal(() => prepareRollback("staging", state, history, asked, NOW));
    assert.match(told, /0002_table \(expand: undoing it loses its data\): --keep-schema/);
    assert.match(
      told,
      new RegExp(`--restore-backup restores the backup that ${CHANGE} took at ${TAKEN}.*in the 3h since`),
    );
  });

  it("refuses to keep a contracted schema", () => {
    const { state, history } = deployed(migration("0002_drop", { phase: "contract", reversible: "no" }));
    for (const schema of ["back", "keep"] as const) {
      const told = refusal(() => prepareRollback("staging", state, history, { ...asked, schema }, NOW));
      assert.match(told, /0002_drop \(contract: it can't be undone\): --restore-backup/);
      assert.doesNotMatch(told, /--keep-schema/);
    }
  });

  it("restores the backup of just the old schema, and tells the window", () => {
    const drop = migration("0003_drop", { phase: "contract", reversible: "no" });
    const { state, history } = deployed(migration("0002_table", { reversible: "lossy" }), drop);
    const { prepared, loss } = prepareRollback("staging", state, history, { ...asked, schema: "restore" }, NOW);
    const wanted = { kind: "restore", backup: CHANGE, schema: old.manifest.migrations };
    assert.deepEqual(prepared.runbook === "rollback" && prepared.schema, wanted);
    assert.match(loss ?? "", /Everything written in the 3h since then is lost/);
  });

  it("has nothing to restore without a backup of that schema", () => {
    const { state, history } = deployed(migration("0002_more"));
    const request = { ...asked, schema: "restore" } as const;
    assert.match(
      refusal(() => prepareRollback("staging", state, history, request, NOW)),
      /there is no backup with the schema of 2026\.11\.22-1; known are none/,
    );
  });

  it("names what is known where the wanted version isn't", () => {
    const { state, history } = deployed();
    const told = refusal(() => prepareRollback("staging", state, history, { ...asked, to: "2025.1" }, NOW));
    assert.match(told, new RegExp(`"2025.1" is no release.*known are 2026.11.22-1 \\(${old.id}\\)`));
    const none = { releases: [], backups: [], manifests: [] };
    assert.match(
      refusal(() => prepareRollback("staging", state, none, asked, NOW)),
      /the record tells of none/,
    );
  });

  it("takes no history of another life of the stack", () => {
    const { state, events } = deployed();
    assert.ok(historyOf(state, [events]).releases.length > 0);
    assert.deepEqual(historyOf(firstState(manifest("7")), [events]).releases, []);
  });
});

describe("contracting migrations", () => {
  it("run when the old release has gone, behind a backup", () => {
    const base = firstState();
    const added = [migration("0002_more"), migration("0003_drop", { phase: "contract", reversible: "no" })];
    const release = nextRelease(base, manifest("2", { migrations: [...base.schema, ...added] }));
    const input = { runbook: "deploy", base, release, onCall: "Ada", timing, soak: { nominal: 1, wall: 1 } } as const;
    const { steps } = planOf(CHANGE, input);
    assert.deepEqual(
      steps.map(({ name }) => name),
      ["migrate", "release", "shift", "soak", "retire", "contract-backup", "contract", "finish"],
    );
    let state: ReleaseState = base;
    for (const step of steps) {
      const before = state;
      state = step.touches === "nothing" ? state : step.move(state);
      const applied = state.schema.some(({ id }) => id === "0003_drop");
      if (applied) assert.equal(state.releases.length, 1, step.name);
      if (before.schema.length !== state.schema.length) assert.ok(["migrate", "contract"].includes(step.name));
    }
    assert.deepEqual(state.schema, release.manifest.migrations);
  });
});
