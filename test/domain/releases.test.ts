import assert from "node:assert/strict";
import fc from "fast-check";
import { dueJobs } from "../../infra/domain/due-jobs.ts";
import {
  initialState,
  type ReleaseState,
  releaseId,
  releaseStateSchema,
  stableRelease,
  stateHash,
  weightProblems,
  weightsOf,
  withJob,
  withMigration,
  withoutJobs,
  withoutRelease,
  withRelease,
  withWeights,
} from "../../infra/domain/releases.ts";
import { Refusal } from "../../infra/errors.ts";
import { firstState, manifest, migration, nextRelease } from "../../verification/mocks/release-state.ts";

const actor = { change: "CHG-2026-11-22-001", onCall: "Ada" };

describe("the release state", () => {
  const first = firstState();
  const v2 = nextRelease(first, manifest("2", { migrations: [migration("0001_init"), migration("0002_more")] }));
  const old = stableRelease(first);
  const both = withRelease(first, v2);

  it("begins with the settings' release at 100 %, its migrations and every secret's first generation", () => {
    assert.deepEqual(weightsOf(first), { [old.id]: 100 });
    assert.deepEqual(
      first.migrations.map(({ target }) => target),
      ["0001_init"],
    );
    assert.equal(first.secrets.REDIS_URL.current, "g1");
    assert.equal(old.passed, "bootstrap");
    assert.deepEqual(releaseStateSchema.parse(JSON.parse(JSON.stringify(first))), first);
  });

  it("knows the same state by its hash, whatever the order of its keys", () => {
    const turned = Object.fromEntries(Object.entries(first).reverse());
    assert.equal(stateHash(releaseStateSchema.parse(turned)), stateHash(first));
    assert.notEqual(stateHash(both), stateHash(first));
  });

  it("gives a release another id when its image, configuration, secrets or schema differ", () => {
    const { manifest: built, configuration, secrets } = old;
    const ids = [
      releaseId(built, configuration, secrets),
      releaseId({ ...built, image: manifest("3").image }, configuration, secrets),
      releaseId(built, { ...configuration, LOG_LEVEL: "debug" }, secrets),
      releaseId(built, configuration, { ...secrets, AFM_KEY: "g2" }),
      releaseId({ ...built, migrations: [] }, configuration, secrets),
    ];
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(
      releaseId({ ...built, image: `mirror/app@${built.image.split("@")[1]}` }, configuration, secrets),
      ids[0],
    );
  });

  it("adds a release without traffic, once", () => {
    assert.deepEqual(weightsOf(both), { [old.id]: 100, [v2.id]: 0 });
    assert.deepEqual(withRelease(both, v2), both);
  });

  it("notes the schema with the Job that makes it", () => {
    const migrated = withMigration(first, v2);
    assert.deepEqual(migrated.migrations.at(-1)?.target, "0002_more");
    assert.deepEqual(migrated.schema, v2.manifest.migrations);
    assert.equal(withMigration(migrated, v2), migrated);
  });

  it("keeps a sum of 100 through any sequence of moves, or refuses", () => {
    const weight = fc.integer({ min: -5, max: 105 });
    fc.assert(
      fc.property(fc.array(fc.tuple(weight, weight), { maxLength: 8 }), (moves) => {
        let state = both;
        for (const [a, b] of moves) {
          try {
            state = withWeights(state, { [old.id]: a, [v2.id]: b }, actor);
          } catch (error) {
            assert.ok(error instanceof Refusal);
            assert.ok(a + b !== 100 || a < 0 || b < 0);
          }
          assert.deepEqual(weightProblems(state), []);
        }
      }),
      { seed: 20261122 },
    );
  });

  it("names every problem of a weight at once", () => {
    assert.throws(
      () => withWeights(both, { [old.id]: 60, [v2.id]: 41.5, r000000000: 1 }, actor),
      (error: unknown) => {
        assert.ok(error instanceof Refusal);
        assert.deepEqual(error.problems, [
          `weights: there is no release r000000000 on the stack (there are ${old.id}, ${v2.id})`,
          `weights: ${v2.id} has 41.5: a weight is a whole number from 0 to 100`,
          "weights: they sum to 101.5, not to 100",
        ]);
        return true;
      },
    );
  });

  it("removes a release and its Job, but none that has traffic", () => {
    assert.throws(() => withoutRelease(first, old.id), /has 100 % of the traffic/);
    const migrated = withRelease(withMigration(first, v2), v2);
    const without = withoutRelease(migrated, v2.id);
    assert.deepEqual(without.releases, first.releases);
    assert.deepEqual(without.migrations, first.migrations);
  });

  it("is refused without a release", () => {
    assert.throws(() => stableRelease({ ...first, releases: [] }), /run `pulumi up` once/);
  });

  it("starts from any manifest that brings no migrations", () => {
    const bare = initialState({
      manifest: manifest("1", { migrations: [] }),
      configuration: {},
      scale: { min: 2, max: 2 },
      onCall: "Ada",
      createdOn: "2026-11-22",
    });
    assert.deepEqual(bare.migrations, []);
  });

  it("tells the runs of a Job apart by change, direction and target", () => {
    const run = (change: string, target: string) =>
      withJob(first, old, { direction: "down", target }, { ...actor, change }).migrations.at(-1)?.id;
    const ids = [run("CHG-1", "0001"), run("CHG-1", "0002"), run("CHG-2", "0001")];
    assert.equal(new Set(ids).size, 3);
    assert.equal(run("CHG-1", "0001"), ids[0]);
  });

  it("runs a Job in the update that brings it, and in no other", () => {
    const ran = withMigration(first, v2);
    const due = (last: ReleaseState | undefined, next: ReleaseState) =>
      dueJobs(last, next).map(({ job, run }) => [job.target, run]);
    assert.deepEqual(due(undefined, first), [["0001_init", "now"]]);
    assert.deepEqual(due(first, ran), [
      ["0001_init", "never again"],
      ["0002_more", "now"],
    ]);
    assert.deepEqual(
      due(ran, ran).map(([, run]) => run),
      ["never again", "never again"],
    );
    assert.deepEqual(due(ran, withoutJobs(ran)), []);
  });

  it("is the same state with and without Jobs that have no id: they have run, and leave", () => {
    const earlier = { ...first, migrations: first.migrations.map((job) => ({ ...job, id: "" })) };
    assert.equal(stateHash(earlier), stateHash(withoutJobs(first)));
    assert.deepEqual(dueJobs(earlier, earlier), []);
    // An update of before that was interrupted still has its Job to run.
    assert.deepEqual(
      dueJobs(withoutJobs(first), earlier).map(({ run }) => run),
      ["now"],
    );
  });
});
