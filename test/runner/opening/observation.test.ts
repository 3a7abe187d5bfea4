import assert from "node:assert/strict";
import type { Rotation } from "../../../infra/change/plan.ts";
import { repinned } from "../../../infra/domain/generations.ts";
import { SECRET_NAMES, type SecretName, stableRelease } from "../../../infra/domain/releases.ts";
import { repinnedRelease } from "../../../infra/runbooks/rotate/plan.ts";
import { inputOf } from "../../../infra/runner/opening/open.ts";
import { parseSettings } from "../../../infra/settings/index.ts";
import { firstState } from "../../../verification/mocks/release-state.ts";
import { validSettings } from "../../program/fixtures/settings.ts";
import { sessionOn, steppedClock } from "../session.ts";
import { memoryStack, memoryStore, tape } from "../world.ts";

const adapter = { url: "https://afm-keys.platform.example", mint: true, revoke: true, introspect: true };
const services = (afmKeys: Record<string, unknown>) => ({
  supabaseUrl: "https://project.supabase.co",
  afmUrl: "https://api.afm.example",
  afmKeys,
});

/** How long a rotation of a secret observes the old one's use, on a clock that runs 100 times as fast. */
function observed(secret: SecretName, own: Record<string, unknown>, urgency: Rotation["urgency"] = "planned") {
  const base = firstState();
  const stable = stableRelease(base);
  const stack = memoryStack(base, tape([]), () => undefined);
  const settings = parseSettings({ ...validSettings(), ...own });
  const clock = { ...steppedClock(), scale: 100 };
  const session = { ...sessionOn(stack, memoryStore(), clock, tape([])), settings, override: null };
  const change = "CHG-2026-11-23-001";
  const input = inputOf(
    session,
    {
      runbook: "rotate",
      reason: null,
      startedBy: "Ada",
      base,
      release: repinnedRelease(stable, repinned(stable, secret, "g2"), { change, onCall: "Ada" }),
      rotation: { secret, old: "g1", next: "g2", handedOver: null, urgency, unusedFor: 10 },
      createdOn: "2026-11-23T12:00:00.000Z",
      mintedBy: "issuer",
      sessions: "kept",
      afterwards: [],
    },
    change,
  );
  return input.runbook === "rotate" ? input.observeFor : assert.fail();
}

describe("how long the use of an old credential is observed", () => {
  it("is rotation.observeFor where its issuer reports use later, 10 minutes unless said, as fast as the clock", () => {
    assert.deepEqual(observed("SUPABASE_KEY", {}), { nominal: 600_000, wall: 6_000 });
    assert.deepEqual(observed("SUPABASE_KEY", { rotation: { observeFor: "1h" } })?.nominal, 3_600_000);
    assert.deepEqual(observed("AFM_KEY", { services: services({ overlap: true, adapter }) })?.nominal, 600_000);
  });

  it("is nothing where it shows use at once or never, and where the old one has leaked", () => {
    const without = services({ overlap: true, adapter: { ...adapter, revoke: false, introspect: false } });
    assert.equal(observed("SESSION_SECRET", {}), undefined);
    assert.equal(observed("REDIS_URL", {}), undefined);
    assert.equal(observed("AFM_KEY", { services: services({ overlap: true }) }), undefined);
    assert.equal(observed("AFM_KEY", { services: without }), undefined);
    for (const secret of SECRET_NAMES) {
      assert.equal(observed(secret, { services: services({ overlap: true, adapter }) }, "compromised"), undefined);
    }
  });
});
