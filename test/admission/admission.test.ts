import assert from "node:assert/strict";
import fc from "fast-check";
import { type Admission, admittance, approvalProblem, valid } from "../../infra/admission/admission.ts";
import { admissionOf, opensAt } from "../../infra/admission/opening.ts";
import { changeRulesSchema } from "../../infra/admission/settings.ts";
import { Refusal } from "../../infra/errors.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z"); // a Monday
const HOUR = 3_600_000;
const rules = (parts: object) => changeRulesSchema.parse(parts);
const opening = { stack: "production", runbook: "promote", author: "Ada", override: null, now: NOW };

const two: Admission = {
  author: "Ada",
  quorum: 2,
  expiresAt: new Date(NOW + HOUR).toISOString(),
  approvers: null,
  aliases: { Ada: ["ada@example.com"] },
  calendar: null,
  override: null,
};
const by = (name: string, at = NOW) => ({ by: name, at, reason: null });

describe("whether a change may begin", () => {
  it("waits until as many others have approved as the quorum asks for", () => {
    assert.deepEqual(admittance(two, [], NOW), { kind: "approval", missing: 2, until: NOW + HOUR });
    assert.deepEqual(admittance(two, [by("Grace")], NOW), { kind: "approval", missing: 1, until: NOW + HOUR });
    assert.deepEqual(admittance(two, [by("Grace"), by("Alan")], NOW), { kind: "admitted" });
  });

  it("doesn't count the author under any spelling or alias, nor anyone twice", () => {
    const approvals = ["ADA", "a d a", "Ａｄａ", "Ada@Example.com", "Grace", "GRACE", " grace"].map((name) => by(name));
    assert.deepEqual(
      valid(two, approvals).map((one) => one.by),
      ["Grace"],
    );
    assert.match(approvalProblem(two, [], by("ada@EXAMPLE.com")) ?? "", /is the author \(Ada\): somebody else must/);
  });

  it("doesn't count an approval at the minute it ends, and ends there", () => {
    assert.equal(valid(two, [by("Grace", NOW + HOUR - 1)]).length, 1);
    assert.equal(valid(two, [by("Grace", NOW + HOUR)]).length, 0);
    assert.equal(admittance(two, [by("Grace")], NOW + HOUR - 1).kind, "approval");
    assert.equal(admittance(two, [by("Grace")], NOW + HOUR).kind, "expired");
    assert.equal(admittance(two, [by("Grace"), by("Alan")], NOW + 9 * HOUR).kind, "admitted");
  });

  it("counts only approvers where the settings name them", () => {
    const named = { ...two, approvers: ["Grace Hopper", "alan"] };
    assert.deepEqual(
      valid(named, [by("Eve"), by("ALAN"), by("grace  hopper")]).map((one) => one.by),
      ["ALAN", "grace  hopper"],
    );
  });

  it("never admits with fewer people than the quorum, whoever signs how often", () => {
    const names = ["Ada", "ada@example.com", "Grace", "grace ", "Alan"];
    const people = (list: readonly string[]) =>
      new Set(list.filter((name) => !/^ada/i.test(name)).map((name) => name.trim().toLowerCase())).size;
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...names), { maxLength: 8 }),
        fc.integer({ min: 1, max: 3 }),
        (list, quorum) => {
          const answer = admittance(
            { ...two, quorum },
            list.map((name) => by(name)),
            NOW,
          );
          assert.equal(answer.kind === "admitted", people(list) >= quorum);
        },
      ),
    );
  });
});

describe("opening a change", () => {
  const tuesday = rules({ windows: [{ days: ["tue"], from: "09:00", to: "10:00" }] });

  it("needs nothing where nothing is set, and for a way back", () => {
    assert.equal(admissionOf(undefined, opening), null);
    for (const runbook of ["rollback", "incident"]) assert.equal(admissionOf(tuesday, { ...opening, runbook }), null);
    assert.equal(admissionOf(rules({}), opening)?.quorum, 0);
  });

  it("is refused outside a window, with the time it opens at and the way round", () => {
    assert.throws(
      () => admissionOf(tuesday, opening),
      (error) =>
        error instanceof Refusal &&
        error.exit === 2 &&
        /no change may start on \S+ now: it is mon .* it opens at 2026-11-24T09:00:00.000Z: .*--override "REASON"/.test(
          error.message,
        ),
    );
  });

  it("tells whoever can wait when it opens, and nobody who needn't", () => {
    assert.equal(opensAt(tuesday, opening), Date.parse("2026-11-24T09:00:00Z"));
    assert.equal(opensAt(tuesday, { ...opening, now: Date.parse("2026-11-24T09:30:00Z") }), null);
    assert.equal(opensAt(tuesday, { ...opening, override: "the certificate expires at noon" }), null);
    assert.equal(opensAt(undefined, opening), null);
  });

  it("may be opened early where others must approve: it then waits for both", () => {
    const both = { ...tuesday, approvals: rules({ approvals: { quorum: 1, expireAfter: "2d" } }).approvals };
    const admission = admissionOf(both, opening);
    assert.ok(admission !== null);
    assert.equal(admittance(admission, [], NOW).kind, "approval");
    const closed = admittance(admission, [by("Grace")], NOW);
    assert.ok(closed.kind === "closed" && closed.until === Date.parse("2026-11-24T09:00:00Z"));
    assert.equal(admittance(admission, [by("Grace")], Date.parse("2026-11-24T09:00:00Z")).kind, "admitted");
  });

  it("is free with an override, whose reason is kept", () => {
    const strict = { ...tuesday, approvals: rules({ approvals: { quorum: 2, expireAfter: "1h" } }).approvals };
    const admission = admissionOf(strict, { ...opening, override: "the certificate expires at noon" });
    assert.equal(admission?.override, "the certificate expires at noon");
    assert.ok(admission !== null && admittance(admission, [], NOW).kind === "admitted");
  });

  it("refuses settings whose approvers can't make the quorum up without the author", () => {
    const few = changeRulesSchema.safeParse({ approvals: { quorum: 2, expireAfter: "1h", approvers: ["a", "b"] } });
    assert.match(few.error?.issues[0]?.message ?? "", /name more than quorum/);
  });
});
