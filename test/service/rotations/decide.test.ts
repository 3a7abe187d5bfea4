import assert from "node:assert/strict";
import fc from "fast-check";
import { SECRET_NAMES } from "../../../infra/domain/releases.ts";
import type { RotationAge } from "../../../infra/domain/rotation-age.ts";
import type { Turn } from "../../../infra/runner/opening/rotation-turns.ts";
import { decideRotation, type RotationFacts, type SecretFacts } from "../../../infra/service/rotations/decide.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-11-27T12:00:00.000Z");
const OPENS = NOW + 5 * 3_600_000;

const ageOf = (ageDays: number): RotationAge => ({
  ageDays,
  maxAge: 90 * DAY,
  rotateBy: new Date(NOW + (90 - ageDays) * DAY).toISOString().slice(0, 10),
  state: ageDays >= 90 ? "overdue" : ageDays >= 76 ? "due soon" : "in time",
});
const secretOf = (more: Partial<SecretFacts> = {}): SecretFacts => ({
  secret: "SESSION_SECRET",
  generation: "g1",
  age: ageOf(91),
  wantedBy: null,
  person: null,
  failed: null,
  staging: null,
  ...more,
});
const factsOf = (more: Partial<RotationFacts> = {}): RotationFacts => ({
  stack: "staging",
  secrets: [secretOf()],
  turn: null,
  openChange: null,
  window: { open: true },
  ...more,
});
const turnOf = (urgency: Turn["request"]["urgency"]): Turn => ({
  stack: "production",
  after: "CHG-2026-11-26-001",
  openedAt: NOW - DAY,
  request: {
    secret: "REDIS_URL",
    value: null,
    urgency,
    sessions: "kept",
    afterwards: [],
    reason: "quarterly",
    startedBy: "Ada",
  },
});

const age = fc.integer({ min: 0, max: 200 }).map(ageOf);
const maybe = <T>(what: fc.Arbitrary<T>) => fc.option(what, { nil: null, freq: 2 });
const secrets = fc.uniqueArray(fc.constantFrom(...SECRET_NAMES), { maxLength: 4 }).chain((names) =>
  fc.tuple(
    ...names.map((secret) =>
      fc.record({
        secret: fc.constant(secret),
        generation: fc.constantFrom("g1", "g7"),
        age,
        wantedBy: maybe(fc.integer({ min: 90, max: 200 }).map((days) => ({ stack: "production", age: ageOf(days) }))),
        person: maybe(fc.constant("a person has to bring it")),
        failed: maybe(fc.constant("CHG-2026-11-20-001")),
        staging: maybe(fc.constant("waits until staging has been rotated")),
      }),
    ),
  ),
);
const anyFacts: fc.Arbitrary<RotationFacts> = fc.record({
  stack: fc.constantFrom("staging", "production"),
  secrets,
  turn: maybe(fc.constantFrom(turnOf("planned"), turnOf("compromised"))),
  openChange: maybe(fc.constant("CHG-2026-11-27-001")),
  window: fc.oneof(
    fc.constant({ open: true as const }),
    fc.record({
      open: fc.constant(false as const),
      why: fc.constant("a freeze"),
      opensAt: maybe(fc.constant(OPENS)),
    }),
  ),
});
const holds = (property: (facts: RotationFacts) => void) =>
  fc.assert(fc.property(anyFacts, property), { seed: 17, numRuns: 2_000 });

const isDue = ({ age: own, wantedBy }: SecretFacts) => own.state === "overdue" || wantedBy !== null;

describe("which rotation a service opens by itself", () => {
  it("is that of a secret that has reached its age, and the reason says its age and the limit", () => {
    const { open, waits, asks } = decideRotation(factsOf());
    assert.deepEqual([waits, asks], [[], []]);
    assert.ok(open?.kind === "age");
    assert.equal(open.reason, "SESSION_SECRET g1 is due since 2026-11-26: 91 days old, rotation.maxAge is 90d");
    const before = decideRotation(factsOf({ secrets: [secretOf({ age: ageOf(89) })] }));
    assert.deepEqual([before.open, before.lookAgainAt], [null, Date.parse("2026-11-28")]);
  });

  it("is staging's where production's has reached its age and staging has to go first", () => {
    const wantedBy = { stack: "production", age: ageOf(95) };
    const { open } = decideRotation(factsOf({ secrets: [secretOf({ age: ageOf(10), wantedBy })] }));
    assert.ok(open?.kind === "age");
    assert.match(
      open.reason,
      /^SESSION_SECRET of production is due since .*: 95 days old.*; staging is rotated first$/,
    );
  });

  it("is the turn that another stack's rotation has left, before any other", () => {
    const { open, waits } = decideRotation(factsOf({ turn: turnOf("planned") }));
    assert.equal(open?.kind, "turn");
    assert.match(waits[0]?.text ?? "", /waits until the rotation before it has ended/);
  });

  it("is none where what it costs users was agreed to for the first stack alone", () => {
    const { open, asks } = decideRotation(factsOf({ secrets: [], turn: turnOf("compromised") }));
    assert.equal(open, null);
    assert.match(
      asks[0]?.text ?? "",
      /a person has to agree .* `runbook rotate REDIS_URL --compromised --stack staging`/,
    );
  });

  it("is none while another change is open or the window is closed", () => {
    holds((facts) => {
      if (facts.openChange !== null || !facts.window.open) assert.equal(decideRotation(facts).open, null);
    });
  });

  it("is only ever one that is due, that the program can make, that hasn't failed before, and that staging has had", () => {
    holds((facts) => {
      const { open } = decideRotation(facts);
      if (open === null) return;
      if (open.kind === "turn") return assert.equal(open.turn.request.urgency, "planned");
      const one = facts.secrets.find(({ secret }) => secret === open.secret);
      assert.ok(one && isDue(one));
      assert.deepEqual([one.person, one.failed, one.staging], [null, null, null]);
    });
  });

  it("leaves nothing unsaid: each secret that is due is opened, waits, or needs a person", () => {
    holds((facts) => {
      const { open, waits, asks } = decideRotation(facts);
      const said = [...waits, ...asks].filter(({ key }) => SECRET_NAMES.some((name) => key.startsWith(`${name}/`)));
      const opened = open?.kind === "age" ? 1 : 0;
      assert.equal(said.length + opened, facts.secrets.filter(isDue).length);
    });
  });

  it("is told once for each case, whatever time it is said at", () => {
    const at = (why: string) =>
      decideRotation(factsOf({ window: { open: false, why, opensAt: OPENS } })).waits.map(({ key }) => key);
    assert.deepEqual(at("it is sun 12:00"), at("it is sun 12:05"));
  });

  it("opens something whenever nothing is in the way", () => {
    holds((facts) => {
      const free = facts.openChange === null && facts.window.open;
      const ready = facts.secrets.some((one) => isDue(one) && (one.person ?? one.failed ?? one.staging) === null);
      if (free && ready) assert.notEqual(decideRotation(facts).open, null);
    });
  });

  it("looks again when the next secret will be due, or the window opens for one that waits", () => {
    holds((facts) => {
      const { lookAgainAt, waits } = decideRotation(facts);
      const next = facts.secrets.flatMap((one) => (isDue(one) ? [] : [Date.parse(one.age.rotateBy)]));
      if (!facts.window.open && facts.window.opensAt !== null && waits.length > 0) next.push(facts.window.opensAt);
      assert.equal(lookAgainAt, next.length === 0 ? null : Math.min(...next));
    });
  });
});
