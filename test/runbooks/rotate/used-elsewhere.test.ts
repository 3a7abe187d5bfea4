import assert from "node:assert/strict";
import { issuerOf } from "../../../infra/issuers/index.ts";
import { credentialName } from "../../../infra/runbooks/rotate/tasks.ts";
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

  describe("SESSION_SECRET: the old key", () => {
    const HOUR = 3_600_000;
    const onRing = async () => {
      const opened = await turn("SESSION_SECRET");
      opened.pods.pins = "g2,g1";
      opened.times.unusedFor = 24 * HOUR;
      return opened;
    };

    it("leaves the ring where a pod has counted for as long as a session lives, and no use of it", async () => {
      const { pods, run } = await onRing();
      assert.match(await run("unused"), /no session was verified with it for as long as one lives/);
      pods.verifiedAt = Date.now() - 25 * HOUR;
      assert.match(await run("unused"), /no session was verified with it for as long as one lives/);
      pods.verifiedAt = Date.now() - HOUR;
      await assert.rejects(run("unused"), refusal(/a session was verified with it at \d{4}-.*stays on the ring/));
    });

    it("stays where no pod is there that could say what it has verified", async () => {
      const { outside, run } = await onRing();
      outside.kubernetes.pods = async () => [];
      await assert.rejects(run("unused"), refusal(/it isn't known whether a session was verified with it/));
    });

    it("stays where every pod is younger than that, and nobody has read the counters of those before", async () => {
      const { pods, run } = await onRing();
      pods.createdAt = Date.now() - HOUR / 6;
      await assert.rejects(
        run("unused"),
        refusal(/what it verified is known since .* alone: pods that ran before may have ended without their counters/),
      );
    });

    it("stays where one pod of several is old enough: it counts nobody's verifications but its own", async () => {
      const { outside, run } = await onRing();
      const listed = outside.kubernetes.pods;
      outside.kubernetes.pods = async (...asked) => {
        const young = (await listed(...asked)).map((pod) => ({
          ...pod,
          name: "app-pod-2",
          createdAt: Date.now() - HOUR,
        }));
        return [...(await listed(...asked)), ...young];
      };
      await assert.rejects(run("unused"), refusal(/what it verified is known since \d{4}-.* alone/));
    });

    it("leaves where they were read before those pods went, and stays where a use was among them", async () => {
      const { pods, run } = await onRing();
      assert.match(await run("key-uses"), /no session was verified with it since 1970-/);
      pods.createdAt = Date.now() - 1;
      assert.match(await run("unused"), /no session was verified with it/);
      pods.verifiedAt = Date.now();
      assert.match(await run("key-uses"), /sessions were verified with it since 1970-/);
      Object.assign(pods, { verifiedAt: null, createdAt: Date.now() });
      await assert.rejects(run("unused"), refusal(/a session was verified with it at/));
    });
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
      const left = credentialName("CHG-2026-11-01-001", outside.settings);
      const ofAnotherStage = credentialName("CHG-2026-11-01-001", { ...outside.settings, stage: "production" });
      for (const name of ["made_by_a_person", left, ofAnotherStage]) {
        assert.equal((await madeAtIssuer[secret](name)).status, 201);
      }
      assert.deepEqual(await watch(), [], "another stack's change, or a person");
      outside.store.ofStack = async (stack) => (stack === "staging" ? ["CHG-2026-11-01-001", actor.change] : []);
      const breaches = await watch();
      assert.match(
        breaches[0] ?? "",
        new RegExp(`^I3: .*: the issuer accepts ${left} \\(.+\\), which neither .*: revoke it`),
      );
      assert.match(breaches[1] ?? "", new RegExp(`^I4: .* accepts 3 credentials: g1, g2, ${left}`));
      assert.deepEqual(
        breaches.filter((breach) => breach.includes(ofAnotherStage)),
        [],
      );
    });
  }

  for (const secret of ["SUPABASE_KEY", "AFM_KEY"] as const) {
    it(`${secret}: the new key is taken back by the id that the record keeps, whatever it is called`, async () => {
      const { outside, run } = await turn(secret);
      const { credentials } = outside.stack;
      const issuer = issuerOf(secret, { ...outside, credentials, accepted: OLD, target: async () => assert.fail() });
      await run("mint");
      const before = await issuer.accepted();
      outside.settings = { ...outside.settings, stage: "production" };
      assert.match(await run("unmint"), /taken back at its issuer/);
      assert.equal((await issuer.accepted())?.length, (before?.length ?? 0) - 1);
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
