import type { Rotation } from "../../change/plan.ts";
import { type Coded, codesIn } from "../../domain/engine-codes.ts";
import { generationsOf, isLive, leftVerifying, nextGeneration, repinned } from "../../domain/generations.ts";
import { type ReleaseState, type SecretName, stableRelease, stateHash } from "../../domain/releases.ts";
import { badInput, Refusal } from "../../errors.ts";
import { providerGap } from "../../issuers/afm-keys.ts";
import { endsAnother, repinnedRelease } from "../../runbooks/rotate/plan.ts";
import type { Settings } from "../../settings/index.ts";
import type { Outcome } from "../../stack/stack.ts";
import { scaled } from "../clock.ts";
import { REFUSED_WITH } from "../effects/update.ts";
import type { Session } from "../session.ts";
import { heldBy, mustHaveState, type OpeningSession, type Prepared } from "./open.ts";

/** What a person or a schedule asks for. */
export interface RotationRequest {
  secret: SecretName;
  /** the value that the operator hands over; null where none was */
  value: string | null;
  urgency: Rotation["urgency"];
  sessions: "kept" | "ended";
  /** the stacks whose turn comes afterwards */
  afterwards: readonly string[];
  reason: string | null;
  startedBy: string;
}

/** A rotation that may begin. */
export type PreparedRotation = Extract<Prepared, { runbook: "rotate" }>;

/** Everything about the stack's state that keeps a secret from being rotated (pure). */
export function rotationProblems(state: ReleaseState, secret: SecretName): string[] {
  const { current, pending, previous } = state.secrets[secret];
  const stable = stableRelease(state);
  const pin = generationsOf(stable.secrets[secret]);
  const problems: string[] = [];
  if (previous !== null && isLive(state.secrets[secret], previous) && leftVerifying(state, secret) === null) {
    problems.push(
      `${secret}: ${previous} is still accepted: the rotation before hasn't ended; look at \`runbook status\``,
    );
  }
  if (pending !== null && !pin.includes(pending)) {
    problems.push(`${secret}: ${pending} is pending and no release uses it: abort the change that made it`);
  }
  if (!pin.includes(current)) {
    problems.push(
      `${secret}: ${stable.manifest.version} (${stable.id}) has the traffic and pins ${pin.join(",")}, not ${current}: deploy a release first, which takes the current one`,
    );
  }
  return problems;
}

/** A value that is handed over goes before an adapter that could make one: the operator has a reason. */
export function mintedBy(
  { services }: { services: Pick<Settings["services"], "afmKeys"> },
  { secret, value }: Pick<RotationRequest, "secret" | "value">,
): PreparedRotation["mintedBy"] {
  const adapted = value === null && services.afmKeys.adapter?.mint === true;
  const who: Record<SecretName, PreparedRotation["mintedBy"]> = {
    SUPABASE_KEY: "issuer",
    SESSION_SECRET: "program",
    AFM_KEY: adapted ? "issuer" : "operator",
    REDIS_URL: "program",
  };
  return who[secret];
}

function valueProblems({ secret, value }: RotationRequest, by: PreparedRotation["mintedBy"]): string[] {
  if (by !== "operator") {
    const who = by === "program" ? "the stack" : "its issuer";
    return value === null ? [] : [`--value-stdin: ${secret} is made by ${who}: leave the option out`];
  }
  if (value === null) {
    return [
      `--value-stdin: this program can't create an ${secret}: get one from its issuer and pass it on stdin, or set services.afmKeys.adapter to one that makes them`,
    ];
  }
  if (/^\S{8,}$/.test(value)) return [];
  return [`--value-stdin: what came on stdin is no ${secret}: one line of at least 8 characters, no blanks`];
}

/** What a rotation does that ends another one, in a sentence for the plan; null where it begins anew (pure). */
export function endingOf(prepared: Pick<PreparedRotation, "base" | "rotation">): string | null {
  if (!endsAnother(prepared)) return null;
  const { secret, old, next } = prepared.rotation;
  return `${secret}: this ends the rotation from ${old} to ${next}, which was called off or has failed; to replace ${next}, rotate once more afterwards`;
}

/** The gap that the issuer forces, in a sentence for the plan; null where both credentials work side by side. */
export function gapOf(session: Pick<Session, "settings">, secret: SecretName): string | null {
  return secret === "AFM_KEY" ? providerGap(session.settings.services.afmKeys) : null;
}

/**
 * Looks for a version of a secret that somebody else made, in a preview of what stands (pure).
 * @throws Refusal where there is one, or the preview couldn't say: none that was seen isn't none that is there
 */
export function mustBeOurs(outcome: Outcome, secret: SecretName): void {
  if (outcome.kind !== "done") {
    const unknown = `${secret}: so it isn't known whether a version of it was made outside this program, and nothing was started`;
    throw new Refusal({ exit: REFUSED_WITH[outcome.kind], problems: [...outcome.problems, unknown] });
  }
  const isUnmanaged = ({ code, of }: Coded) => code === "unmanaged-version" && of === secret;
  const unmanaged = (outcome.warnings ?? []).filter((text) => codesIn(text).some(isUnmanaged));
  if (unmanaged.length > 0) throw badInput(...unmanaged);
}

/**
 * Checks a rotation against the stack as it is.
 * @throws Refusal (exit 2 or 4) with every problem at once
 */
export async function prepareRotation(session: OpeningSession, request: RotationRequest): Promise<PreparedRotation> {
  const { secret, value, urgency, sessions, afterwards, reason, startedBy } = request;
  const base = await mustHaveState(session);
  if (base.change !== null) throw heldBy(session.stack.name, base.change);
  const by = mintedBy(session.settings, request);
  const ended = sessions === "ended" && (secret !== "SESSION_SECRET" || urgency !== "compromised");
  const left = leftVerifying(base, secret);
  const problems = [
    ...rotationProblems(base, secret),
    ...valueProblems(request, by),
    ...(ended ? ["--end-sessions: goes with SESSION_SECRET --compromised alone: no other rotation ends sessions"] : []),
    ...(sessions === "ended" && left !== null
      ? [
          `--end-sessions: ${left} still verifies sessions: first end its rotation with \`runbook rotate ${secret} --compromised\``,
        ]
      : []),
  ];
  if (problems.length > 0) throw badInput(...problems);
  mustBeOurs(await session.stack.preview({ from: stateHash(base), to: base }), secret);
  const { current, pending } = base.secrets[secret];
  const [old, next] = left === null ? [current, pending ?? nextGeneration(base.secrets[secret])] : [left, current];
  const stable = stableRelease(base);
  const unusedFor = scaled(session.clock, session.settings.rotation.longestSession);
  const handedOver =
    value === null ? null : await session.stack.encrypt(JSON.stringify({ [secret]: { [next]: value } }));
  return {
    runbook: "rotate",
    reason,
    startedBy,
    base,
    release: repinnedRelease(stable, repinned(stable, secret, next), { change: "", onCall: session.onCall }),
    rotation: { secret, old, next, handedOver, urgency, unusedFor },
    createdOn: new Date(session.clock.now()).toISOString(),
    mintedBy: by,
    sessions,
    afterwards,
  };
}

/** Whether a stack has been through a rotation of the secret since another one was (pure). */
export function hasRotatedSince(passed: ReleaseState, here: ReleaseState, secret: SecretName): boolean {
  const madeOn = ({ secrets }: ReleaseState) => {
    const { current, generations } = secrets[secret];
    return Date.parse(generations.find(({ id }) => id === current)?.createdOn ?? "");
  };
  const { previous } = passed.secrets[secret];
  const ended = passed.change === null && previous !== null && !isLive(passed.secrets[secret], previous);
  return ended && madeOn(passed) > madeOn(here);
}

/**
 * Sees to it that another stack has been through the same rotation since this one was.
 * @throws Refusal (exit 2) where it hasn't
 */
export function mustHaveRotated(
  from: string,
  to: string,
  passed: ReleaseState,
  here: ReleaseState,
  secret: SecretName,
): void {
  if (hasRotatedSince(passed, here, secret)) return;
  throw badInput(
    `--stack: ${secret} hasn't been rotated on ${from} since it was here: run \`runbook rotate ${secret} --stack ${from}\` first, or both in one with \`--stack ${from},${to}\``,
  );
}
