import type { Plan, Step } from "../../change/plan.ts";
import { formatDuration } from "../../domain/durations.ts";
import { repinned, ringOf, withCurrent, withoutRevoked, withPending, withRevoked } from "../../domain/generations.ts";
import { type Release, releaseId, type SecretPins, stableRelease } from "../../domain/releases.ts";
import type { GateName } from "../../gates/index.ts";
import { CANARY } from "../canary-gates.ts";
import type { PlanInput } from "../input.ts";
import { type Actor, addStep, alone, held, passed, shift, step } from "../moves.ts";
import { limitsAmong, ownGatesAt } from "../own-gates.ts";

/** Runbook 3: a new generation of one secret through the canary, and the old one proven unused, revoked and proven refused. */
export type RotateInput = PlanInput<"rotate">;

const SMOKE: readonly GateName[] = ["health", "readiness", "pods", "websocket", "session-continuity", "login"];
const AFTER: readonly GateName[] = [...CANARY, "login"];

/** The step that makes the new value at its issuer, or takes the one that was handed over. */
export const MINT = "mint";

/** The step from whose end on no pod has the old generation: its release, and the pods of it, are gone. */
export const RETIRE = "retire";

/** A release of the same image and configuration with other pins, at weight 0 (pure). */
export function repinnedRelease(from: Release, secrets: SecretPins, actor: Pick<Actor, "change" | "onCall">): Release {
  const { manifest, configuration } = from;
  const id = releaseId(manifest, configuration, secrets);
  return { ...from, id, secrets, weight: 0, passed: null, change: actor.change, onCall: actor.onCall };
}

/** Whether a rotation ends one that was called off or has failed when the new generation signed already (pure). */
export function endsAnother({ base, rotation }: Pick<RotateInput, "base" | "rotation">): boolean {
  return base.secrets[rotation.secret].current === rotation.next;
}

/** One way through the canary: from the release that has the traffic to the one with the next pins. */
interface Phase {
  /** tells the phases of a ring apart; empty where there is one alone */
  mark: string;
  from: Release;
  to: Release;
  what: string;
}

/** Where sessions are to end, that none goes on is what is wanted, and a split would log everybody out again with every other request. */
function paceOf({ sessions, weights }: Pick<RotateInput, "sessions" | "weights">) {
  if (sessions === "kept") return { weights, smoke: SMOKE, canary: CANARY };
  const without = (gates: readonly GateName[]) => gates.filter((gate) => gate !== "session-continuity");
  return { weights: [100], smoke: without(SMOKE), canary: without(CANARY) };
}

function canarySteps({ mark, from, to, what }: Phase, input: RotateInput): Step[] {
  const { actor, timing, stepFor, rotation } = input;
  const { weights, smoke, canary } = paceOf(input);
  const subject = { release: to, stable: from };
  const named = (name: string) => `${mark}${name}`;
  const add = {
    ...addStep(to, actor, smoke),
    name: named("release"),
    title: `start a release with ${what} at 0 %`,
    subject,
  };
  const shifts = weights.map((weight) =>
    step({
      name: named(`canary-${weight}`),
      title: weight === 100 ? `move all traffic to ${what}` : `${weight} % of the traffic on ${what}`,
      touches: "weights",
      gates: [...canary, ...ownGatesAt(weight, input.ownGates)],
      bakeFor: stepFor,
      subject,
      move: shift(to, from, weight, actor),
    }),
  );
  const drain = step({
    name: named("drain"),
    title: "let the WebSockets of the release before drain",
    bakeFor: rotation.urgency === "compromised" ? 0 : timing.drain,
    subject,
  });
  return [add, ...shifts, drain];
}

/** Takes the release before away, and its pods' logs with it: from here on no pod has the generation that only it had. */
function retireSteps({ mark, to }: Phase, input: RotateInput, restorePoint: Step["restorePoint"]): Step[] {
  const subject = { release: to, stable: null };
  const searched = step({
    name: `${mark}search`,
    title: "look for the values in the logs of all pods",
    task: "search",
    subject,
  });
  const retire = step({
    name: `${mark}${RETIRE}`,
    title: "remove the release before",
    touches: "bundles",
    subject,
    restorePoint,
    move: (state) => alone(held(state, input.actor), to),
  });
  return [searched, retire];
}

/** The new generation comes to be: minted by its issuer or in the stack, kept, and proven with a real authentication. */
function mintSteps({ base, rotation, actor, createdOn, mintedBy }: RotateInput): Step[] {
  const { secret, next } = rotation;
  const subject = { release: stableRelease(base), stable: null };
  if (base.secrets[secret].pending === next || endsAnother({ base, rotation })) return [];
  const outside = step({
    name: MINT,
    title:
      mintedBy === "operator" ? `keep the new ${secret} that was handed over` : `make a new ${secret} at its issuer`,
    task: "mint",
    subject,
  });
  // No pod knows a signing key yet: its proof are the sessions that go from release to release.
  const proof = secret === "SESSION_SECRET" ? null : "probe";
  const pend = step({
    name: "pend",
    title: `keep ${secret} ${next} as AWSPENDING${proof === null ? "" : " and log in with it"}`,
    touches: "bundles",
    task: proof,
    subject,
    move: (state) => withPending(held(state, actor), secret, { id: next, change: actor.change, createdOn }),
  });
  return [...(mintedBy === "program" ? [] : [outside]), pend];
}

/** The phases of a rotation: one, or the three of a ring. */
function phasesOf(input: RotateInput): Phase[] {
  const { base, release, actor, rotation, sessions } = input;
  const { secret, old, next } = rotation;
  const stable = stableRelease(base);
  if (endsAnother(input)) return [{ mark: "", from: stable, to: release, what: `${next} alone` }];
  const pinning = (pin: string) => repinnedRelease(stable, repinned(stable, secret, pin), actor);
  if (secret !== "SESSION_SECRET" || sessions === "ended") {
    return [{ mark: "", from: stable, to: release, what: `${secret} ${next}` }];
  }
  const known = stable.secrets[secret] === ringOf(old, next) ? stable : pinning(ringOf(old, next));
  const signing = pinning(ringOf(next, old));
  const ring: Phase[] = [
    { mark: "verify-", from: stable, to: known, what: `${next} verifying beside ${old}` },
    { mark: "sign-", from: known, to: signing, what: `${next} signing, ${old} still verifying` },
    { mark: "", from: signing, to: release, what: `${next} alone` },
  ];
  return ring.filter(({ from, to }) => from.id !== to.id);
}

function currentStep({ rotation, actor }: RotateInput, subject: Step["subject"]): Step {
  const { secret, next } = rotation;
  return step({
    name: "current",
    title: `move AWSCURRENT of ${secret} to ${next}`,
    touches: "bundles",
    subject,
    move: (state) => withCurrent(held(state, actor), secret, next),
  });
}

function soakStep({ soak, rotation, ownGates }: RotateInput, subject: Step["subject"]): Step[] {
  if (rotation.urgency === "compromised") return [];
  return [
    step({
      name: "soak",
      title: `watch it for ${formatDuration(soak.nominal)}`,
      gates: [...AFTER, ...limitsAmong(ownGates)],
      bakeFor: soak.wall,
      subject,
    }),
  ];
}

/** So many times the pods' counters are read for as long as a session lives: every 5 minutes for one that lives a day. */
const READINGS = 288;

/** How often they are read, in milliseconds (pure). */
export function readingsEvery(longestSession: number, interval: number): number {
  return Math.max(interval, Math.ceil(longestSession / READINGS));
}

/**
 * A signing key may go once it has verified nothing for as long as a session lives. Whoever comes back in the first such time is still
 * known by it, and gets a cookie that the new one signs; so the time that counts is the one after it.
 * @param after the step since which the old one signs nothing, at the latest
 */
function unusedStep({ longestSession, rotation, timing }: RotateInput, subject: Step["subject"], after: string): Step {
  const compromised = rotation.urgency === "compromised";
  return step({
    name: "unused",
    title: compromised
      ? `sessions that ${rotation.old} signed end with it (compromised)`
      : `see ${rotation.old} verify no session for ${formatDuration(longestSession.nominal)}`,
    task: compromised ? null : "unused",
    due: compromised ? null : { after, offset: 2 * longestSession.wall },
    sampling: compromised ? null : { task: "key-uses", every: readingsEvery(longestSession.wall, timing.interval) },
    subject,
  });
}

/** From here on it only goes forward: the old one is proven unused, revoked, and proven refused. */
function revokeSteps(input: RotateInput): Step[] {
  const { rotation, actor, revokedBy, release } = input;
  const { secret, old } = rotation;
  const forward = { subject: { release, stable: null }, onFailure: "stop" } as const;
  return [
    step({
      name: "revoke",
      title: `revoke ${secret} ${old}`,
      ...forward,
      touches: "bundles",
      task: revokedBy === "issuer" ? "revoke" : null,
      move: (state) => withRevoked(held(state, actor), secret, old, actor.change),
    }),
    step({
      name: "refused",
      title: `see ${old} refused`,
      ...forward,
      task: "refused",
    }),
    step({
      name: "reconnect",
      title: "let one pod connect anew",
      ...forward,
      task: "reconnect",
      gates: ["health", "readiness", "pods", "login"],
    }),
    step({
      name: "scan",
      title: "look for the values in everything that was written",
      ...forward,
      task: "scan",
    }),
    step({
      name: "finish",
      title: "end the change: the stack is free",
      ...forward,
      touches: "bundles",
      move: (state) => passed(withoutRevoked(alone(state, release), secret), release, actor),
    }),
  ];
}

/**
 * The proof that nobody uses the old generation any more, asked right before it is revoked. An issuer that reports use later is asked
 * once it can have told of what else used it since our last pod was gone.
 */
function provenStep({ rotation, observeFor }: RotateInput, subject: Step["subject"]): Step {
  const nobody = `prove that nobody uses ${rotation.old}`;
  return step({
    name: "proven",
    title:
      observeFor === undefined ? nobody : `${nobody}, and that nobody did for ${formatDuration(observeFor.nominal)}`,
    task: "drained",
    due: observeFor === undefined ? null : { after: RETIRE, offset: observeFor.wall },
    subject,
  });
}

export function rotate(input: RotateInput): Plan {
  const { base, release, timing, rotation } = input;
  const stable = stableRelease(base);
  const phases = phasesOf(input);
  const ends = endsAnother(input);
  const signs = phases.length > 1 || ends;
  const standing = { release: stable, stable: null };
  const steps = [
    ...mintSteps(input),
    ...(ends ? [...soakStep(input, standing), unusedStep(input, standing, "soak")] : []),
    ...phases.flatMap((phase) => {
      const subject = { release: phase.to, stable: null };
      const last = phase.to.id === release.id;
      const retire = retireSteps(phase, input, signs && !last);
      const through = canarySteps(phase, input);
      if (phase.mark === "verify-") return [...through, ...retire];
      const proof = phase.mark === "sign-" ? unusedStep(input, subject, "sign-canary-100") : provenStep(input, subject);
      const settles = phase.mark === "sign-" || !signs;
      const settle = settles ? [currentStep(input, subject), ...soakStep(input, subject)] : [];
      return [...through, ...settle, ...retire, proof];
    }),
    ...revokeSteps(input),
  ];
  return {
    runbook: "rotate",
    steps,
    release,
    stable,
    base,
    undo: input.mintedBy === "program" ? null : "unmint",
    timing,
    rotation,
  };
}
