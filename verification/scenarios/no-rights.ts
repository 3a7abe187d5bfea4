import assert from "node:assert/strict";
import { join } from "node:path";
import { run, saidLast } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { ROOT } from "./world.ts";

/** Someone who may look and do nothing is told so, before anything is begun. */
export const noRights: Scenario = {
  name: "no-rights",
  title: "doctor and sandbox up --cluster say which rights are lacking, and leave with 2",
  stages: [],
  on: ["real parts"],
  async play({ env, viewer, project }) {
    assert.ok(viewer !== null);
    const asViewer = { ...env, KUBECONFIG: viewer, RUNBOOKS_SANDBOX: ".sandbox-no-rights" };
    const runbook = (args: string[]) =>
      run(process.execPath, [join(ROOT, "bin/runbook.ts"), ...args], { cwd: project.folder, env: asViewer });
    const doctor = await runbook(["doctor", "--stack", "staging"]);
    assert.equal(doctor.code, 2, saidLast(doctor));
    assert.match(doctor.stdout, /may not create namespaces/);
    const up = await runbook(["sandbox", "up", "--cluster", "real-parts"]);
    assert.equal(up.code, 2, saidLast(up));
    assert.match(up.stderr, /may not create namespaces/);
    const unknown = await runbook(["sandbox", "up", "--cluster", "moon"]);
    assert.equal(unknown.code, 2, saidLast(unknown));
    assert.match(unknown.stderr, /no context "moon"/);
    return { exit: doctor.code };
  },
};
