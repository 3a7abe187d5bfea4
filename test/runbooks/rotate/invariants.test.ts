import assert from "node:assert/strict";
import fc from "fast-check";
import {
  acceptedAreKept,
  atMostTwo,
  breachesOf,
  mayBeRevoked,
  type Observed,
  type Reference,
  referencedAreAccepted,
} from "../../../infra/runbooks/rotate/invariants.ts";

const generations = ["g1", "g2", "g3"];
const some = fc.uniqueArray(fc.constantFrom(...generations));
const references = fc.array(
  fc.record({ who: fc.stringMatching(/^pod [a-z]{3}$/), generations: fc.uniqueArray(fc.constantFrom(...generations)) }),
  { maxLength: 4 },
);
const observations: fc.Arbitrary<Observed> = fc.record({
  secret: fc.constant("AFM_KEY"),
  pods: references,
  targets: references,
  accepted: fc.option(some),
  kept: some,
  uses: fc.dictionary(fc.constantFrom(...generations), fc.option(fc.nat(3))),
});
const referred = (list: readonly Reference[]) => list.flatMap(({ generations: used }) => used);

describe("the invariants of a rotation", () => {
  it("I1 holds exactly where whatever is referred to is accepted", () => {
    fc.assert(
      fc.property(observations, (observed) => {
        const used = [...referred(observed.pods), ...referred(observed.targets)];
        const { accepted } = observed;
        const empty = observed.pods.length + observed.targets.length === 0;
        const holds = accepted === null ? empty : used.every((generation) => accepted.includes(generation));
        assert.equal(referencedAreAccepted(observed).length === 0, holds);
      }),
    );
  });

  it("I2 lets a generation go only with pods there, none of them on it, and a use of exactly 0 shown", () => {
    fc.assert(
      fc.property(observations, fc.constantFrom(...generations), (observed, generation) => {
        const free =
          observed.pods.length > 0 && !referred(observed.pods).includes(generation) && observed.uses[generation] === 0;
        assert.equal(mayBeRevoked(generation, observed).length === 0, free);
      }),
    );
  });

  it("I3 holds exactly where whatever is accepted is kept, I4 up to two", () => {
    fc.assert(
      fc.property(observations, (observed) => {
        const accepted = observed.accepted ?? [];
        assert.equal(acceptedAreKept(observed).length, accepted.filter((one) => !observed.kept.includes(one)).length);
        assert.equal(atMostTwo(observed).length === 0, new Set(accepted).size <= 2);
      }),
    );
  });

  it("says who breaks what, for people", () => {
    const observed: Observed = {
      secret: "REDIS_URL",
      pods: [{ who: "pod app-r1-abcde", generations: ["g1"] }],
      targets: [],
      accepted: ["g2", "g3", "g4"],
      kept: ["g1", "g2", "g3"],
      uses: { g1: 2 },
    };
    assert.deepEqual(
      breachesOf(observed).map(({ invariant, says }) => `${invariant} ${says}`),
      [
        "I1 REDIS_URL: pod app-r1-abcde uses g1, which the issuer doesn't accept",
        "I3 REDIS_URL: the issuer accepts g4, which neither the stack nor a record keeps: revoke it there",
        "I4 REDIS_URL: the issuer accepts 3 credentials: g2, g3, g4",
      ],
    );
    assert.deepEqual(
      mayBeRevoked("g1", observed).map(({ says }) => says),
      ["REDIS_URL: pod app-r1-abcde still uses g1", "REDIS_URL: the issuer shows 2 uses of g1"],
    );
    assert.match(mayBeRevoked("g9", observed)[0]?.says ?? "", /doesn't say whether g9 is in use/);
  });
});

/** One thing that a rotation does, on what can be observed. */
type Move = [name: string, (observed: Observed) => Observed];

const pod = (...used: string[]): Reference => ({ who: "pod p", generations: used });
const before: Observed = {
  secret: "AFM_KEY",
  pods: [pod("g1"), pod("g1")],
  targets: [{ who: "release r0", generations: ["g1"] }],
  accepted: ["g1"],
  kept: ["g1"],
  uses: { g1: 1 },
};
const PROTOCOL: Move[] = [
  ["keep", (was) => ({ ...was, kept: ["g1", "g2"] })],
  ["mint", (was) => ({ ...was, accepted: ["g1", "g2"], uses: { g1: 1, g2: 0 } })],
  ["canary", (was) => ({ ...was, pods: [pod("g1"), pod("g2")], uses: { g1: 1, g2: 1 } })],
  ["release", (was) => ({ ...was, pods: [pod("g2"), pod("g2")] })],
  ["drain", (was) => ({ ...was, targets: [], uses: { g1: 0, g2: 1 } })],
  ["revoke", (was) => ({ ...was, accepted: ["g2"] })],
];

/** What an observer says at every point of a run, asked about I2 right before the revocation. */
function breachesAlong(moves: readonly Move[]): string[] {
  let observed = before;
  return moves.flatMap(([name, move]) => {
    const early = name === "revoke" ? mayBeRevoked("g1", observed) : [];
    observed = move(observed);
    return [...early, ...breachesOf(observed)].map(({ invariant }) => invariant);
  });
}

describe("the common protocol", () => {
  it("breaks no invariant at any point", () => {
    assert.deepEqual(breachesAlong(PROTOCOL), []);
  });

  it("breaks one where a step is left out that another one rests on, or comes too late", () => {
    for (const name of ["keep", "mint", "drain"]) {
      const without = PROTOCOL.filter(([step]) => step !== name);
      assert.notDeepEqual(breachesAlong(without), [], `without ${name}`);
    }
    const [keep, mint, canary, release, drain, revoke] = PROTOCOL;
    assert.ok(keep && mint && canary && release && drain && revoke);
    assert.deepEqual(breachesAlong([mint, keep]), ["I3"]);
    assert.deepEqual(breachesAlong([keep, canary]), ["I1"]);
    assert.ok(breachesAlong([keep, mint, canary, revoke]).includes("I2"));
    assert.ok(breachesAlong([keep, mint, release, revoke]).includes("I2"));
    assert.ok(breachesAlong([keep, mint, revoke]).includes("I1"));
  });
});
