import assert from "node:assert/strict";
import { hashOf } from "../../infra/domain/canonical-hash.ts";
import { planOf } from "../../infra/runbooks/index.ts";
import { PLAN_VERSIONS } from "../../infra/runbooks/kept-plan.ts";
import { CHANGE, RUNBOOKS } from "../fixtures/runbooks.ts";

/** What the steps of each plan come to, by the plan's version. */
const KNOWN: Record<string, string> = {
  deploy: "version 1: 754d6e89aaf0",
  promote: "version 1: 52a356677cc9",
  "promote beside a fresh copy": "version 1: c8facbbd2b84",
  "rollback, warm, only weight": "version 1: 7fc3407322c0",
  "rollback, cold, with downs": "version 1: 1ec90c4fa3de",
  "rollback, cold, with the backup": "version 1: 7e62150f3629",
  "rotate SUPABASE_KEY": "version 1: abb40c494d64",
  "rotate SESSION_SECRET": "version 1: 617d1b6818d6",
  "rotate AFM_KEY": "version 1: abb40c494d64",
  "rotate REDIS_URL": "version 1: 74da3fbe7baf",
};

describe("a plan's version", () => {
  for (const [name, input] of Object.entries(RUNBOOKS)) {
    it(`${name}: goes up where its steps come to mean something else`, () => {
      const steps = planOf(CHANGE, input).steps.map((step) => {
        const { touches, task, onFailure, restorePoint, tells, due } = step;
        const foothold = restorePoint ? "yes" : "no";
        return { name: step.name, touches, task, onFailure, foothold, tells, after: due?.after ?? null };
      });
      const made = `version ${PLAN_VERSIONS[input.runbook]}: ${hashOf(steps).slice(0, 12)}`;
      const remedy = `the plan of an open change would change under it: switch the new steps on by a field of the input that older records lack, or raise the version of ${input.runbook} in PLAN_VERSIONS; then write "${made}" here`;
      assert.equal(made, KNOWN[name], remedy);
    });
  }
});
