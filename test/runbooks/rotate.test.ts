import assert from "node:assert/strict";
import { generationsOf, isLive, leftVerifying, nextGeneration, repinned } from "../../infra/domain/generations.ts";
import {
  type ReleaseState,
  SECRET_NAMES,
  type SecretName,
  stableRelease,
  weightProblems,
} from "../../infra/domain/releases.ts";
import { type RotateInput, repinnedRelease, rotate } from "../../infra/runbooks/rotate/plan.ts";
import { validityOf } from "../../infra/runbooks/rotate/validity.ts";
import { hasRotatedSince, rotationProblems } from "../../infra/runner/opening/prepare-rotation.ts";
import { firstState } from "../../verification/mocks/release-state.ts";

const actor = { change: "CHG-2026-11-23-001", runbook: "rotate", onCall: "Ada" } as const;
const wait = { nominal: 10, wall: 10 };

function inputFor(base: ReleaseState, secret: SecretName, parts: Partial<RotateInput> = {}): RotateInput {
  const stable = stableRelease(base);
  const { current, pending } = base.secrets[secret];
  const next = pending ?? nextGeneration(base.secrets[secret]);
  return {
    base,
    release: repinnedRelease(stable, repinned(stable, secret, next), actor),
    actor,
    timing: { interval: 10, gateTimeout: 30, drain: 5 },
    rotation: { secret, old: current, next, handedOver: null, urgency: "planned", unusedFor: 10 },
    createdOn: "2026-11-23T12:00:00.000Z",
    mintedBy: "program",
    revokedBy: "stack",
    weights: [5, 100],
    stepFor: 10,
    soak: wait,
    longestSession: wait,
    sessions: "kept",
    ...parts,
  };
}

/** Every state that a rotation goes through, with the step that led there. */
function walk(input: RotateInput): { step: string; state: ReleaseState }[] {
  let state = input.base;
  return rotate(input).steps.flatMap(({ name, touches, move }) => {
    if (touches === "nothing") return [];
    state = move(state);
    return [{ step: name, state }];
  });
}

const endOf = (input: RotateInput): ReleaseState => walk(input).at(-1)?.state ?? input.base;

describe("a rotation's plan", () => {
  for (const secret of SECRET_NAMES) {
    it(`${secret}: at every step each release finds its generations, none of them revoked, and two at most are good`, () => {
      let base = firstState();
      for (let turn = 0; turn < 4; turn += 1) {
        for (const { step, state } of walk(inputFor(base, secret))) {
          assert.deepEqual(weightProblems(state), [], step);
          const kept = state.secrets[secret];
          for (const { id, secrets } of state.releases) {
            const pins = generationsOf(secrets[secret]);
            assert.ok(
              pins.every((pin) => isLive(kept, pin)),
              `${step}: ${id} pins ${pins}`,
            );
          }
          assert.ok(kept.generations.filter(({ id }) => isLive(kept, id)).length <= 2, step);
        }
        base = endOf(inputFor(base, secret));
        const { current, previous, pending, revoked, generations } = base.secrets[secret];
        assert.deepEqual([current, previous, pending], [`g${turn + 2}`, `g${turn + 1}`, null]);
        assert.equal(revoked[`g${turn + 1}`], actor.change);
        assert.deepEqual(
          generations.map(({ id }) => id),
          [`g${turn + 1}`, `g${turn + 2}`],
        );
        assert.equal(base.change, null);
        assert.equal(stableRelease(base).passed, actor.change);
      }
    });
  }

  it("SESSION_SECRET goes through the ring, and no release meets a session that it can't verify", () => {
    const pins = walk(inputFor(firstState(), "SESSION_SECRET")).map(({ state }) =>
      state.releases.map(({ secrets }) => secrets.SESSION_SECRET).join(" | "),
    );
    assert.deepEqual(
      pins.filter((pin, index) => pin !== pins[index - 1]),
      ["g1", "g1 | g1,g2", "g1,g2", "g1,g2 | g2,g1", "g2,g1", "g2,g1 | g2", "g2"],
    );
  });

  it("SESSION_SECRET: a failure while the new key signs goes back to where both verify", () => {
    const restorePoints = rotate(inputFor(firstState(), "SESSION_SECRET")).steps.filter(
      ({ restorePoint }) => restorePoint,
    );
    assert.deepEqual(
      restorePoints.map(({ name }) => name),
      ["verify-retire", "sign-retire"],
    );
  });

  it("SESSION_SECRET goes on from the restore point that an earlier rotation left", () => {
    const left = walk(inputFor(firstState(), "SESSION_SECRET")).find(({ step }) => step === "verify-retire")?.state;
    assert.ok(left !== undefined);
    const input = inputFor({ ...left, change: null }, "SESSION_SECRET");
    const names = rotate(input).steps.map(({ name }) => name);
    assert.equal(names[0], "sign-release");
    assert.equal(endOf(input).secrets.SESSION_SECRET.current, "g2");
  });

  it("SESSION_SECRET: one that was called off while the new key signs is ended by the next, which makes no other key", () => {
    const first = inputFor(firstState(), "SESSION_SECRET");
    const left = walk(first).find(({ step }) => step === "sign-retire")?.state;
    assert.ok(left !== undefined);
    const base = { ...left, change: null };
    assert.equal(leftVerifying(base, "SESSION_SECRET"), "g1");
    assert.deepEqual(rotationProblems(base, "SESSION_SECRET"), []);
    assert.equal(hasRotatedSince(base, firstState(), "SESSION_SECRET"), false, "production doesn't follow yet");
    const stable = stableRelease(base);
    const ending = inputFor(base, "SESSION_SECRET", {
      release: repinnedRelease(stable, repinned(stable, "SESSION_SECRET", "g2"), actor),
      rotation: { ...first.rotation, old: "g1", next: "g2" },
    });
    const { steps } = rotate(ending);
    assert.deepEqual(
      steps.slice(0, 4).map(({ name }) => name),
      ["soak", "unused", "release", "canary-5"],
    );
    // Who comes back is known by the old key for as long as a session lives; the time that counts is the one after it.
    assert.deepEqual(steps[1]?.due, { after: "soak", offset: 2 * wait.wall });
    assert.ok(steps.every(({ task }) => task !== "mint"));
    const end = endOf(ending);
    assert.deepEqual(
      [stableRelease(end).secrets.SESSION_SECRET, end.secrets.SESSION_SECRET.current, end.change],
      ["g2", "g2", null],
    );
    assert.equal(leftVerifying(end, "SESSION_SECRET"), null);
    assert.equal(hasRotatedSince(end, firstState(), "SESSION_SECRET"), true);
    assert.equal(end.secrets.SESSION_SECRET.revoked.g1, actor.change);
  });

  it("SESSION_SECRET: what is called off before the new key is current leaves nothing to end", () => {
    for (const { step, state } of walk(inputFor(firstState(), "SESSION_SECRET"))) {
      if (step === "current") break;
      assert.equal(leftVerifying({ ...state, change: null }, "SESSION_SECRET"), null, step);
    }
  });

  it("revokes only what was proven unused, and from there on only goes forward", () => {
    for (const secret of SECRET_NAMES) {
      const { steps } = rotate(inputFor(firstState(), secret));
      const revoke = steps.findIndex(({ name }) => name === "revoke");
      assert.equal(steps[revoke - 1]?.task, "drained");
      assert.ok(steps.slice(0, revoke).every(({ onFailure }) => onFailure === "restore"));
      assert.ok(steps.slice(revoke).every(({ onFailure }) => onFailure === "stop"));
      assert.deepEqual(
        steps.slice(revoke).map(({ name }) => name),
        ["revoke", "refused", "reconnect", "scan", "finish"],
      );
    }
  });

  it("asks who uses the old generation only once its issuer can have said so, counted from when no pod has it", () => {
    const observeFor = { nominal: 600_000, wall: 600 };
    for (const secret of ["SUPABASE_KEY", "AFM_KEY"] as const) {
      const { steps } = rotate(inputFor(firstState(), secret, { observeFor }));
      const proven = steps.find(({ name }) => name === "proven");
      assert.deepEqual(proven?.due, { after: "retire", offset: 600 });
      assert.equal(proven?.title, "prove that nobody uses g1, and that nobody did for 10m");
      assert.equal(steps[steps.findIndex(({ name }) => name === "proven") - 1]?.name, "retire");
    }
  });

  it("asks at once where the plan was made before there was such a wait", () => {
    const { steps } = rotate(inputFor(firstState(), "SUPABASE_KEY"));
    assert.equal(steps.find(({ name }) => name === "proven")?.due, null);
  });

  it("makes a credential at its issuer before the stack keeps it, and takes it back on the way back", () => {
    const { steps, undo } = rotate(inputFor(firstState(), "SUPABASE_KEY", { mintedBy: "issuer", revokedBy: "issuer" }));
    assert.deepEqual(
      steps.slice(0, 2).map(({ name, task }) => [name, task]),
      [
        ["mint", "mint"],
        ["pend", "probe"],
      ],
    );
    assert.equal(undo, "unmint");
    assert.equal(rotate(inputFor(firstState(), "REDIS_URL")).undo, null);
  });

  it("says for a dry run what is good and used after each step", () => {
    assert.deepEqual(validityOf(rotate(inputFor(firstState(), "REDIS_URL", { weights: [100] }))), [
      "before: good: g1; used: g1 by 100 %; AWSCURRENT: g1",
      "after 1: good: g1, g2; used: g1 by 100 %; AWSCURRENT: g1",
      "after 3: good: g1, g2; used: g2 by 100 %; AWSCURRENT: g1",
      "after 5: good: g1, g2; used: g2 by 100 %; AWSCURRENT: g2",
      "after 10: good: g2; used: g2 by 100 %; AWSCURRENT: g2",
    ]);
  });

  it("compromised: no soak, no waiting for the longest session; with sessions ended no ring either", () => {
    const base = firstState();
    const rotation = { ...inputFor(base, "SESSION_SECRET").rotation, urgency: "compromised" } as const;
    const quick = rotate(inputFor(base, "SESSION_SECRET", { rotation })).steps;
    assert.ok(quick.every(({ name, due }) => name !== "soak" && due === null));
    const ended = rotate(inputFor(base, "SESSION_SECRET", { rotation, sessions: "ended" })).steps;
    assert.deepEqual(
      ended.filter(({ name }) => name.endsWith("release")).map(({ name }) => name),
      ["release"],
    );
  });

  it("sessions ended: all traffic at once, and no gate that asks for a session to go on", () => {
    const base = firstState();
    const rotation = { ...inputFor(base, "SESSION_SECRET").rotation, urgency: "compromised" } as const;
    const { steps } = rotate(inputFor(base, "SESSION_SECRET", { rotation, sessions: "ended" }));
    assert.deepEqual(
      steps.filter(({ touches }) => touches === "weights").map(({ name }) => name),
      ["canary-100"],
    );
    assert.ok(steps.every(({ gates }) => !gates.includes("session-continuity")));
    assert.ok(steps.some(({ gates }) => gates.includes("login")));
  });

  it("searches the logs of the pods that leave, every time that a release is taken away", () => {
    for (const secret of SECRET_NAMES) {
      const { steps } = rotate(inputFor(firstState(), secret));
      const retired = steps.flatMap(({ name }, index) => (name.endsWith("retire") ? [index] : []));
      assert.equal(retired.length, secret === "SESSION_SECRET" ? 3 : 1);
      assert.deepEqual([...new Set(retired.map((index) => steps[index - 1]?.task))], ["search"]);
    }
  });
});
