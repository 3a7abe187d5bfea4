import assert from "node:assert/strict";
import { changeText } from "../../infra/cli/change-text.ts";
import { statusText } from "../../infra/cli/commands/status.ts";
import { rotationAges } from "../../infra/domain/rotation-age.ts";
import { openedAs, type Standing } from "../../infra/runner/status.ts";
import { firstState } from "../../verification/mocks/release-state.ts";

const DAY = 86_400_000;
const { secrets } = firstState();
const made = (createdOn: string) => ({
  ...secrets.AFM_KEY,
  generations: [{ id: "g1", change: "bootstrap", createdOn }],
});

/** A stack on 2026-11-23, whose secrets may be 90 days old: one in every state, and one whose rotation is under way. */
function standing(): Standing {
  const states = {
    SUPABASE_KEY: made("2026-08-20"),
    SESSION_SECRET: made("2026-09-04"),
    AFM_KEY: made("2026-11-22"),
    REDIS_URL: { ...made("2026-08-20"), pending: "g2" },
  };
  const ages = rotationAges(states, 90 * DAY, Date.parse("2026-11-23T08:00:00Z"));
  const of = (name: keyof typeof states) => {
    const { current, pending, previous } = states[name];
    return { current, pending, previous, ageDays: ages[name].ageDays };
  };
  return {
    status: {
      stack: "production",
      gateway: "https://app.example.com",
      releases: [],
      change: null,
      service: null,
      rollbackTargets: [],
      secrets: {
        SUPABASE_KEY: of("SUPABASE_KEY"),
        SESSION_SECRET: of("SESSION_SECRET"),
        AFM_KEY: of("AFM_KEY"),
        REDIS_URL: of("REDIS_URL"),
      },
    },
    ages,
  };
}

describe("the status as people read it", () => {
  it("says which secrets are overdue or due soon, and what to type", () => {
    const lines = statusText(standing(), Date.parse("2026-11-22T12:00:00Z")).split("\n");
    assert.deepEqual(lines.slice(lines.indexOf("secrets:") + 1), [
      "  SUPABASE_KEY  g1, 95 days old: overdue since 2026-11-18 (rotation.maxAge 90d): runbook rotate SUPABASE_KEY --stack production",
      "  SESSION_SECRET  g1, 80 days old: due on 2026-12-03 (rotation.maxAge 90d): runbook rotate SESSION_SECRET --stack production",
      "  AFM_KEY  g1, 1 days old",
      "  REDIS_URL  g1, 95 days old, g2 pending: overdue since 2026-11-18 (rotation.maxAge 90d)",
    ]);
  });

  it("shows a version once, and tells its generations apart by their ids where it stands twice", () => {
    const release = (version: string, id: string) => ({ version, id, image: "", weight: 100, ready: 2, desired: 2 });
    const target = (version: string, id: string) => ({ version, id, legal: true, why: "warm" });
    const targets = (rollbackTargets: ReturnType<typeof target>[]) => {
      const status = { ...standing().status, releases: [release("2", "r2")], rollbackTargets };
      const lines = statusText({ ...standing(), status }, 0).split("\n");
      return lines.slice(lines.indexOf("rollback targets:") + 1, lines.indexOf("secrets:"));
    };
    assert.deepEqual(targets([target("1", "r1"), target("0", "r0")]), ["  yes  1: warm", "  yes  0: warm"]);
    assert.deepEqual(targets([target("2", "r2old"), target("1", "r1"), target("1", "r1old")]), [
      "  yes  2 (r2old): warm",
      "  yes  1 (r1): warm",
      "  yes  1 (r1old): warm",
    ]);
  });

  it("says of a change without a plan what its record's first event does", () => {
    assert.deepEqual(openedAs({ stack: "production", runbook: "rotate", onCall: "Ada" }, "Grace"), {
      runbook: "rotate",
      onCall: "Ada",
    });
    assert.deepEqual(openedAs(undefined, "Grace"), { runbook: "unknown", onCall: "Grace" });
  });

  it("says of a change whose time has come that it is due, not that it waits", () => {
    const change = {
      id: "CHG-2026-11-22-001",
      runbook: "deploy",
      step: "soak",
      state: "waiting" as const,
      resumeAt: "2026-11-22T12:00:00.000Z",
      onCall: "Ada",
      approvals: null,
      override: null,
      unwatchedSince: null,
    };
    const status = { ...standing().status, change };
    const at = (time: string) => changeText(status, Date.parse(time)).join("\n");
    assert.match(at("2026-11-22T11:00:00Z"), /soak, waiting until 2026-11-22T12:00:00.000Z;/);
    assert.match(at("2026-11-22T12:30:00Z"), /soak, waiting, due since .* \(`runbook resume --stack production`\);/);
  });

  it("says which service runs the stack's changes, since when, and when it last looked", () => {
    const service = { who: "process 1 on runbooks-0", since: "2026-11-22T10:00:00Z", lookedAt: "2026-11-22T11:59:59Z" };
    const said = (lookedAt: string | null) =>
      changeText({ ...standing().status, service: { ...service, lookedAt } }, 0).at(-1);
    const who = "run by the service: process 1 on runbooks-0 since 2026-11-22T10:00:00Z";
    assert.equal(said(service.lookedAt), `${who}, last looked at 2026-11-22T11:59:59Z`);
    assert.equal(said(null), `${who}, hasn't looked yet`);
  });
});
