import assert from "node:assert/strict";
import fc from "fast-check";
import type { SecretState } from "../../infra/domain/releases.ts";
import { type ListedVersion, labellingOf, stageLabels, unmanagedAmong } from "../../infra/domain/stage-labels.ts";
import {
  changeStages,
  deleteStages,
  type Labels,
  labelsOf,
  putVersion,
  updateStage,
} from "../../sandbox/cloud/aws/staging-labels.ts";

const generation = (id: string) => ({ id, change: "bootstrap", createdOn: "2026-11-22" });

function stateOf(ids: readonly string[], roles: Partial<SecretState>): SecretState {
  return { generations: ids.map(generation), revoked: {}, current: "g1", pending: null, previous: null, ...roles };
}

/** The engine's state of an entry: the versions that it knows, with the labels that it has of each. */
interface Entry {
  labels: Labels;
  known: Readonly<Record<string, { version: string; stages: readonly string[] }>>;
  made: number;
}

const EMPTY: Entry = { labels: {}, known: {}, made: 0 };

function listed({ labels }: Entry): ListedVersion[] {
  return [...new Set(Object.values(labels))].map((versionId) => ({
    versionId,
    versionStages: labelsOf(labels, versionId),
  }));
}

/** Everything that an update of the entry does, one call after the other; each changes the account, and then the state. */
function updateOf(entry: Entry, to: SecretState): ((now: Entry) => { account: Entry; recorded: Entry })[] {
  const plan = labellingOf(to, entry.made === 0 ? null : listed(entry));
  const set = plan
    .toSorted((one, other) => TURNS.indexOf(one.turn) - TURNS.indexOf(other.turn))
    .map(({ id, labels, labelling }) => (now: Entry) => {
      const known = now.known[id];
      const recordedOf = (account: Entry, version: string) => ({
        account,
        recorded: {
          ...account,
          known: { ...account.known, [id]: { version, stages: labelsOf(account.labels, version) } },
        },
      });
      if (known === undefined) {
        const version = `v${now.made + 1}`;
        return recordedOf({ ...now, made: now.made + 1, labels: putVersion(now.labels, version, labels) }, version);
      }
      const same = known.stages.length === labels.length && labels.every((label) => known.stages.includes(label));
      if (labelling === "as they are" || same) return { account: now, recorded: now };
      const after = changeStages(now.labels, known.version, { before: known.stages, after: labels });
      return recordedOf({ ...now, labels: after }, known.version);
    });
  const kept = new Set(to.generations.map(({ id }) => id));
  const gone = Object.keys(entry.known)
    .filter((id) => !kept.has(id))
    .map((id) => (now: Entry) => {
      const { [id]: known, ...rest } = now.known;
      if (known === undefined) return { account: now, recorded: now };
      const account = { ...now, labels: deleteStages(now.labels, known.version, known.stages) };
      return { account, recorded: { ...account, known: rest } };
    });
  return [...set, ...gone];
}

const TURNS = ["before", "current", "after"] as const;

function updated(entry: Entry, to: SecretState): Entry {
  return updateOf(entry, to).reduce((now, call) => call(now).recorded, entry);
}

/** An update whose engine is killed after so many calls: of the last one, the state knows nothing. */
function killed(entry: Entry, to: SecretState, calls: number): Entry {
  const all = updateOf(entry, to);
  const reached = Math.min(calls, all.length);
  return all.slice(0, reached).reduce((now, call, index) => {
    const { account, recorded } = call(now);
    return index === reached - 1 ? account : recorded;
  }, entry);
}

/** What reading the versions back does to the state. */
function read(entry: Entry): Entry {
  const known = Object.entries(entry.known).map(([id, { version }]) => [
    id,
    { version, stages: labelsOf(entry.labels, version) },
  ]);
  return { ...entry, known: Object.fromEntries(known) };
}

const generationsIn = (entry: Entry, label: string): string | undefined =>
  Object.entries(entry.known).find(([, { version }]) => entry.labels[label] === version)?.[0];

/** The states of a rotation, from the one that stands to the one at its end, which drops the generation before the last. */
function rotation(base: SecretState): SecretState[] {
  const last = base.generations.at(-1)?.id ?? "g1";
  const next = `g${Number(last.slice(1)) + 1}`;
  const pending = { ...base, generations: [...base.generations, generation(next)], pending: next };
  const current = { ...pending, pending: null, current: next, previous: base.current };
  const kept = current.generations.filter(({ id }) => id === next || id === base.current);
  return [pending, current, { ...current, generations: kept }];
}

const first = stateOf(["g1"], {});

describe("a secret's stage labels", () => {
  it("are those that the program gives out: AWSPREVIOUS is Secrets Manager's own", () => {
    const rotated = stateOf(["g1", "g2", "g3"], { current: "g2", pending: "g3", previous: "g1" });
    assert.deepEqual(
      ["g1", "g2", "g3", "g0"].map((id) => stageLabels(id, rotated)),
      [["g1"], ["g2", "AWSCURRENT"], ["g3", "AWSPENDING"], ["g0"]],
    );
  });

  it("survive rotations in a row, each called off anywhere, the engine killed anywhere, with the generation of the state current", () => {
    const attempt = fc.record({
      /** how many of the states are gone through */
      reach: fc.integer({ min: 1, max: 3 }),
      /** after how many calls of the last one its engine is killed; null: it isn't */
      kill: fc.option(fc.integer({ min: 1, max: 6 })),
      end: fc.constantFrom("goes on", "is called off"),
      /** the same of the way back */
      killBack: fc.option(fc.integer({ min: 1, max: 6 })),
    });
    fc.assert(
      fc.property(fc.array(attempt, { minLength: 1, maxLength: 5 }), (attempts) => {
        let state = first;
        let entry = updated(EMPTY, first);
        for (const { reach, kill, end, killBack } of attempts) {
          const base = state;
          const states = rotation(base);
          for (const [index, to] of states.slice(0, reach).entries()) {
            if (kill !== null && index === reach - 1) {
              // What was interrupted is made once more, after a look at what it has left.
              entry = read(killed(entry, to, kill));
            }
            entry = updated(entry, to);
            state = to;
          }
          // The last state is the rotation's end: from there on it only goes forward.
          if (end === "is called off" && reach < 3) {
            if (killBack !== null) entry = read(killed(entry, base, killBack));
            entry = updated(entry, base);
            state = base;
          } else {
            for (const to of states.slice(reach)) entry = updated(entry, to);
            state = states.at(-1) ?? base;
          }
          assert.equal(generationsIn(entry, "AWSCURRENT"), state.current);
          assert.equal(entry.labels.AWSPENDING, undefined);
          assert.deepEqual(unmanagedAmong(listed(entry)), []);
          assert.deepEqual(Object.keys(entry.known).sort(), state.generations.map(({ id }) => id).sort());
          assert.deepEqual(updated(entry, state), entry, "a second update changes nothing");
        }
      }),
      { seed: 13, numRuns: 2_000 },
    );
  });

  it("leave AWSPREVIOUS on the generation before once a rotation has ended", () => {
    const [pending, current, end] = rotation(first);
    assert.ok(pending && current && end);
    const once = [pending, current, end].reduce(updated, updated(EMPTY, first));
    assert.equal(generationsIn(once, "AWSPREVIOUS"), "g1");
    const twice = rotation(end).reduce(updated, once);
    assert.equal(generationsIn(twice, "AWSPREVIOUS"), "g2");
    assert.deepEqual(Object.keys(twice.known), ["g2", "g3"]);
  });

  it("of a rotation that was called off leave nothing that counts as somebody else's", () => {
    const [pending, current] = rotation(first);
    assert.ok(pending && current);
    const off = [pending, current, first].reduce(updated, updated(EMPTY, first));
    assert.deepEqual(off.labels, { AWSCURRENT: "v1", AWSPREVIOUS: "v2", g1: "v1" });
    assert.deepEqual(unmanagedAmong(listed(off)), []);
    // Killed before its create was known: the version has our label, and is the next rotation's to take over.
    const orphan = { ...killed(updated(EMPTY, first), pending, 2), known: off.known };
    assert.deepEqual(unmanagedAmong(listed(orphan)), []);
    assert.equal(rotation(first).reduce(updated, orphan).labels.AWSCURRENT, "v3");
  });

  it("are somebody else's where they rotated in the console, and nothing of the entry is moved then", () => {
    const entry = updated(EMPTY, first);
    const taken = { ...entry, labels: putVersion(entry.labels, "theirs", ["AWSCURRENT"]) };
    assert.deepEqual(unmanagedAmong(listed(taken)), [{ versionId: "theirs", versionStages: ["AWSCURRENT"] }]);
    assert.deepEqual(updated(read(taken), first), read(taken));
    const back = { ...taken, labels: updateStage(taken.labels, { stage: "AWSCURRENT", to: "v1", from: "theirs" }) };
    assert.deepEqual(unmanagedAmong(listed(back)), [], "AWSPREVIOUS alone is in nobody's way");
    assert.equal(generationsIn(rotation(first).reduce(updated, read(back)), "AWSCURRENT"), "g2");
  });
});
