import assert from "node:assert/strict";
import fc from "fast-check";
import type { LeaseRecord, StoredLease } from "../../infra/clients/kubernetes-leases.ts";
import { identityInWords, identityOf, ledBefore, serviceLeaseName } from "../../infra/domain/service-lease.ts";
import { moveFor, nextLook, released, type SeenLease, seenAs, TERMS } from "../../infra/service/election.ts";

const TIME = "2026-11-27T12:00:00.000Z";
const own = (identity: string) => ({ identity, annotations: {} });
const held = (holder: string, more: Partial<LeaseRecord> = {}): StoredLease => ({
  version: "1",
  record: {
    holder,
    seconds: TERMS.duration / 1_000,
    acquiredAt: TIME,
    renewedAt: TIME,
    transitions: 3,
    annotations: { kept: "yes" },
    ...more,
  },
});
const at = (milliseconds: number) => ({ at: milliseconds, time: new Date(milliseconds).toISOString() });

describe("what a candidate does about a Lease", () => {
  it("creates one where there is none, and renews its own with the time since when it has it", () => {
    assert.equal(moveFor(null, own("a"), at(0), TERMS).kind, "create");
    const move = moveFor({ ...held("a"), at: 0 }, own("a"), at(5_000), TERMS);
    assert.ok(move.kind === "renew");
    assert.deepEqual([move.record.acquiredAt, move.record.transitions], [TIME, 3]);
    assert.equal(move.record.annotations.kept, "yes", "what others have written stays");
  });

  it("takes it over once its time has passed since a renewal was seen, by its own clock alone", () => {
    const seen: SeenLease = { ...held("b", { renewedAt: "1999-01-01T00:00:00.000Z" }), at: 100_000 };
    assert.deepEqual(moveFor(seen, own("a"), at(100_000 + TERMS.duration - 1), TERMS), { kind: "follow", leader: "b" });
    const move = moveFor(seen, own("a"), at(100_000 + TERMS.duration), TERMS);
    assert.ok(move.kind === "take");
    assert.equal(move.record.transitions, 4);
  });

  it("waits as long as the leader has promised itself, where that is longer", () => {
    const seen: SeenLease = { ...held("b", { seconds: 60 }), at: 0 };
    assert.equal(moveFor(seen, own("a"), at(59_999), TERMS).kind, "follow");
    assert.equal(moveFor(seen, own("a"), at(60_000), TERMS).kind, "take");
  });

  it("takes one at once that was given back", () => {
    const seen: SeenLease = { version: "2", record: released(held("b").record, TIME), at: 0 };
    assert.equal(moveFor(seen, own("a"), at(1), TERMS).kind, "take");
  });

  it("counts no edit of somebody else's as a renewal", () => {
    const first = seenAs(null, held("b"), 0);
    assert.equal(seenAs(first, { ...held("b"), version: "9" }, 5_000)?.at, 0);
    assert.equal(seenAs(first, { ...held("b", { renewedAt: "later" }), version: "9" }, 5_000)?.at, 5_000);
  });
});

/** Candidates on one Lease whose writes name the version that they have read. */
function simulate(script: readonly { who: number; pause: number; reaches: boolean }[], candidates: number) {
  let stored: StoredLease | null = null;
  let versions = 0;
  let now = 0;
  const seen: (SeenLease | null)[] = Array.from({ length: candidates }, () => null);
  const leadsUntil = Array.from({ length: candidates }, () => Number.NEGATIVE_INFINITY);
  const haveLed = new Set<string>();
  for (const { who, pause, reaches } of script) {
    now += pause;
    if (!reaches) continue;
    // Each has a clock of its own, which is right in how fast it goes alone.
    const clock = now + 1e6 * who;
    seen[who] = seenAs(seen[who] ?? null, stored, clock);
    const move = moveFor(seen[who] ?? null, own(String(who)), { at: clock, time: new Date(now).toISOString() }, TERMS);
    if (move.kind === "follow") continue;
    versions += 1;
    stored = { record: move.record, version: String(versions) };
    leadsUntil[who] = now + TERMS.renewWithin;
    haveLed.add(String(who));
    const others = [...haveLed].filter((identity) => identity !== String(who));
    assert.deepEqual(ledBefore(move.record.annotations).toSorted(), others.toSorted(), "whoever led and leads no more");
    const leaders = leadsUntil.filter((until) => until >= now);
    assert.ok(leaders.length <= 1, `at ${now} there are ${leaders.length} leaders`);
  }
  return { stored: stored as StoredLease | null, now };
}

describe("when a candidate looks again", () => {
  it("is as often as it is told to, and as soon as the Lease can be free", () => {
    const seen: SeenLease = { ...held("b"), at: 0 };
    assert.equal(nextLook(null, 0, TERMS), TERMS.every);
    assert.equal(nextLook(seen, 1_000, TERMS), TERMS.every);
    assert.equal(nextLook(seen, TERMS.duration - 100, TERMS), 100);
    assert.equal(nextLook(seen, TERMS.duration + 1, TERMS), 0);
    assert.equal(nextLook({ ...held("b", { seconds: 60 }), at: 0 }, TERMS.duration, TERMS), TERMS.every);
    assert.equal(nextLook({ ...held(""), at: 0 }, TERMS.duration, TERMS), TERMS.every);
  });
});

describe("an election", () => {
  it("has one leader at most, whatever gets lost, whoever pauses, and however far the clocks are apart", () => {
    const turn = fc.record({ who: fc.nat(2), pause: fc.nat(4_000), reaches: fc.boolean() });
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 80 }), (script) => void simulate(script, 3)),
      { seed: 17, numRuns: 2_000 },
    );
  });

  it("has a new leader within 15 seconds of a kill", () => {
    // A renewal is seen one look after it was made at the latest; then its time passes, and the next look is when it is over.
    const slowest = 1.2 * TERMS.every + TERMS.duration + 0.2 * TERMS.every;
    assert.ok(slowest < 12_000, `${slowest} ms, and a session is opened after that`);
    assert.ok(TERMS.renewWithin < TERMS.duration);
  });
});

describe("those that have led before", () => {
  it("are the last forty, and nobody where the annotation can't be read", () => {
    let lease = held("0").record;
    for (let who = 1; who <= 60; who += 1) {
      const move = moveFor({ ...held("x"), record: lease, at: 0 }, own(String(who)), at(TERMS.duration), TERMS);
      assert.ok(move.kind === "take");
      lease = move.record;
    }
    assert.deepEqual(
      ledBefore(lease.annotations),
      Array.from({ length: 40 }, (_, index) => String(index + 20)),
    );
    for (const text of ["", "[", "{}", "[1]"]) assert.deepEqual(ledBefore({ "runbooks.dev/led-before": text }), []);
  });
});

describe("the names in an election", () => {
  it("are one Lease for each stack, as Kubernetes takes a name", () => {
    assert.equal(serviceLeaseName("production"), "runbooks-production");
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/),
        fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/),
        (one, other) => {
          assert.match(serviceLeaseName(one), /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/);
          if (one !== other) assert.notEqual(serviceLeaseName(one), serviceLeaseName(other));
        },
      ),
      { seed: 17 },
    );
  });

  it("are those of processes", () => {
    const identity = identityOf({ host: "runbooks-7d9f-x", pid: 1, startTime: "boot/42" });
    assert.equal(identityInWords(identity), "process 1 on runbooks-7d9f-x");
    assert.equal(identityInWords("somebody"), "somebody");
  });
});
