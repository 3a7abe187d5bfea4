import assert from "node:assert/strict";
import { nextGeneration, repinned } from "../../../infra/generations.ts";
import {
  SECRET_NAMES,
  stableRelease,
  stateHash,
  weightProblems,
  withMigration,
  withoutRelease,
  withRelease,
  withWeights,
} from "../../../infra/releases.ts";
import { planOf, type RunbookInput } from "../../../infra/runbooks/index.ts";
import { repinnedRelease } from "../../../infra/runbooks/rotate.ts";
import { firstState, manifest, migration, nextRelease } from "../../fixtures/release-state.ts";
import { endOf, exploreEveryState } from "./explore.ts";

const CHANGE = "CHG-2026-11-22-001";
const base = firstState();
const release = nextRelease(base, manifest("2", { migrations: [...base.schema, migration("0002_more")] }));
const wait = { nominal: 20, wall: 20 };
const shared = { base, release, onCall: "Ada", timing: { interval: 10, gateTimeout: 10, drain: 5 } };

const warm = withWeights(withRelease(base, release), { [release.id]: 100 }, { change: "CHG-1", onCall: "Ada" });
const alone = withoutRelease(withMigration(warm, release), stableRelease(base).id);
const back = { ...shared, runbook: "rollback", release: stableRelease(base) } as const;

function rotation(secret: (typeof SECRET_NAMES)[number]): RunbookInput {
  const stable = stableRelease(base);
  const next = nextGeneration(base.secrets[secret]);
  const issued = secret === "SUPABASE_KEY" || secret === "AFM_KEY";
  return {
    ...shared,
    runbook: "rotate",
    release: repinnedRelease(stable, repinned(stable, secret, next), {
      change: CHANGE,
      onCall: "Ada",
    }),
    rotation: { secret, old: base.secrets[secret].current, next, handedOver: null, urgency: "planned", unusedFor: 10 },
    createdOn: "2026-11-23T12:00:00.000Z",
    mintedBy: issued ? "issuer" : "program",
    revokedBy: issued ? "issuer" : "stack",
    weights: [100],
    stepFor: 10,
    soak: wait,
    longestSession: wait,
    sessions: "kept",
  };
}

const RUNBOOKS: Record<string, RunbookInput> = {
  deploy: { ...shared, runbook: "deploy", soak: wait },
  promote: { ...shared, runbook: "promote", weights: [50, 100], stepFor: 10, checks: [{ nominal: 50, wall: 50 }] },
  "rollback, warm": { ...back, base: warm, schema: { kind: "keep" } },
  "rollback, with downs": { ...back, base: alone, schema: { kind: "downs", manifest: release.manifest } },
  "rollback, with the backup": {
    ...back,
    base: alone,
    schema: { kind: "restore", backup: "CHG-1", schema: base.schema },
  },
  ...Object.fromEntries(SECRET_NAMES.map((secret) => [`rotate ${secret}`, rotation(secret)])),
};

describe("every state of a change", function () {
  this.timeout(600_000);

  for (const [name, input] of Object.entries(RUNBOOKS)) {
    it(`${name}: whatever fails, holds or dies, and whoever resumes it besides, it can be ended by resume and by abort`, async () => {
      const plan = planOf(CHANGE, input);
      const explored = await exploreEveryState(plan, input.base, ({ state }) => {
        assert.deepEqual(weightProblems(state), []);
      });
      const first = endOf(explored, explored.keys().next().value ?? "");
      const done = explored.get(first ?? "")?.node;
      assert.equal(done?.progress.closed?.exit, 0);
      let ways = 0;
      for (const [key, { node, onwards, aborted, exit }] of explored) {
        ways += onwards.length;
        const told = node.events.map(({ step, type }) => `${step} ${type}`).join(", ");
        assert.equal(exit !== null, node.progress.closed !== null, `it stops only where it is closed: ${told}`);
        assert.ok(endOf(explored, key) !== null, `resume comes to no end: ${told}`);
        if (aborted !== null) {
          const end = explored.get(endOf(explored, aborted) ?? "");
          assert.equal(end?.exit, 1, `abort doesn't come back: ${told}`);
        }
        if (exit === null) continue;
        const { foothold } = node.progress;
        const origin = foothold === null ? input.base : { ...foothold, change: null };
        const same =
          exit === 0
            ? stateHash(node.state) === stateHash(done.state)
            : stateHash({ ...node.state, schema: origin.schema }) === stateHash(origin);
        assert.ok(same, `it ended with ${exit} elsewhere: ${told}`);
        assert.ok(exit === 0 || !node.outside.has("mint"), `what was minted is left behind: ${told}`);
      }
      console.log(`        ${explored.size} states, ${ways} ways from one to another`);
    });
  }
});
