import assert from "node:assert/strict";
import { SUPABASE_MANAGEMENT_TOKEN } from "../../../sandbox/cloud/accounts.ts";
import { type Afm, startAfm } from "../../../sandbox/cloud/services/afm.ts";
import type { Service } from "../../../sandbox/cloud/services/http.ts";
import { serveManagement, startProject } from "../../../sandbox/cloud/services/supabase.ts";
import { AFM_OLD, AFM_TOKEN, actor, OLD, openTurn, refusal, SUPABASE_OLD, servedInstead } from "./turn.ts";

const firstOf = { SUPABASE_KEY: SUPABASE_OLD, AFM_KEY: AFM_OLD };

describe("what a rotation sees of others before it revokes", function () {
  this.timeout(60_000);
  let afm: Afm;
  let project: Awaited<ReturnType<typeof startProject>>;
  let management: Service;

  before(async () => {
    afm = await startAfm([{ value: AFM_OLD, owner: AFM_TOKEN }]);
    project = await startProject({ ref: "127", key: SUPABASE_OLD, databaseState: () => "up" });
    management = await serveManagement([project]);
  });
  after(async () => {
    await Promise.all([afm.service.close(), afm.adapter.close(), project.gateway.close(), management.close()]);
  });
  servedInstead(() => ({ management, project, afm }));
  const turn = (secret: "SUPABASE_KEY" | "AFM_KEY" | "SESSION_SECRET") => openTurn(secret, {});

  it("isn't revoked where no pod is there that could say what it uses, leaked or not", async () => {
    const { outside, run } = await turn("AFM_KEY");
    outside.kubernetes.pods = async () => [];
    for (const urgency of ["planned", "compromised"] as const) {
      await assert.rejects(run("drained", urgency), refusal(/no live pod was found[\s\S]*g1 is not revoked/));
    }
  });

  it("SESSION_SECRET: stays on the ring where no pod is there that could say what it has verified", async () => {
    const { outside, run } = await turn("SESSION_SECRET");
    assert.match(await run("unused"), /no session was verified/);
    outside.kubernetes.pods = async () => [];
    await assert.rejects(run("unused"), refusal(/it isn't known whether a session was verified with it/));
  });

  const madeAtIssuer = {
    SUPABASE_KEY: (name: string) =>
      fetch(`${management.url}/v1/projects/127/api-keys`, {
        method: "POST",
        headers: { authorization: `Bearer ${SUPABASE_MANAGEMENT_TOKEN}` },
        body: JSON.stringify({ type: "secret", name }),
      }),
    AFM_KEY: (name: string) =>
      fetch(`${afm.adapter.url}/keys`, {
        method: "POST",
        headers: { authorization: `Bearer ${AFM_TOKEN}` },
        body: JSON.stringify({ name }),
      }),
  };
  for (const secret of ["SUPABASE_KEY", "AFM_KEY"] as const) {
    it(`${secret}: a key that an earlier change of this stack left at its issuer is found out, and nobody else's is taken for one`, async () => {
      const { outside, watch } = await turn(secret);
      const { credentials } = outside.stack;
      outside.stack.credentials = async () => ({ ...(await credentials()), [secret]: { [OLD]: firstOf[secret] } });
      const leftover = (await watch()).filter((breach) => /^I[34]/.test(breach));
      assert.deepEqual(leftover, [], "the open change's own key is kept in its record until the stack has it");
      outside.stack.credentials = credentials;
      for (const name of ["made_by_a_person", "chg_2026_11_01_001"]) {
        assert.equal((await madeAtIssuer[secret](name)).status, 201);
      }
      assert.deepEqual(await watch(), [], "another stack's change, or a person");
      outside.store.ofStack = async (stack) => (stack === "staging" ? ["CHG-2026-11-01-001", actor.change] : []);
      const breaches = await watch();
      assert.match(
        breaches[0] ?? "",
        /^I3: .*: the issuer accepts chg_2026_11_01_001 \(.+\), which neither .*: revoke it/,
      );
      assert.match(breaches[1] ?? "", /^I4: .* accepts 3 credentials: g1, g2, chg_2026_11_01_001/);
    });
  }

  const usedByAnother = {
    SUPABASE_KEY: () => fetch(`${project.gateway.url}/rest/v1/`, { headers: { apikey: SUPABASE_OLD } }),
    AFM_KEY: () => fetch(`${afm.service.url}/v1/status`, { headers: { "x-api-key": AFM_OLD } }),
  };
  for (const secret of ["SUPABASE_KEY", "AFM_KEY"] as const) {
    it(`${secret}: isn't revoked where something else used the old key after our last pod with it had gone`, async () => {
      const { times, run } = await turn(secret);
      assert.equal((await usedByAnother[secret]()).status, 200);
      times.startedAt = Date.now() + 5_000;
      await assert.rejects(run("drained"), refusal(/issuer shows 1 use of g1[\s\S]*find what uses it/));
      times.retiredAt = Date.now() + 5_000;
      assert.match(await run("drained"), /none of 1 pods uses it, and its issuer shows no use since \d{4}-/);
    });

    it(`${secret}: compromised, it is revoked whoever else uses it, and they are told of`, async () => {
      const { pods, run } = await turn(secret);
      assert.equal((await usedByAnother[secret]()).status, 200);
      assert.match(await run("drained", "compromised"), /issuer shows 1 use of g1: whoever it is loses it now/);
      pods.pins = OLD;
      await assert.rejects(run("drained", "compromised"), refusal(/pod app-pod-1 still uses g1/));
    });
  }
});
