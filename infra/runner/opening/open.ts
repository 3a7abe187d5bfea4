import type { Admission } from "../../admission/admission.ts";
import { admissionOf } from "../../admission/opening.ts";
import type { Plan, Rotation, Timing } from "../../change/plan.ts";
import { waitingChange } from "../../change/waiting.ts";
import { knownCommit } from "../../clients/git.ts";
import { type Manifest, migrationProblems } from "../../domain/manifest.ts";
import {
  makeRelease,
  manifestHash,
  phaseProblems,
  type Release,
  type ReleaseState,
  type SecretName,
  stableRelease,
} from "../../domain/releases.ts";
import { badInput, busy, type Refusal } from "../../errors.ts";
import { reportsUseLater } from "../../issuers/reported-use.ts";
import { planOf, type RunbookInput } from "../../runbooks/index.ts";
import type { PlanInput, SchemaWay } from "../../runbooks/input.ts";
import { keepPlan } from "../../runbooks/kept-plan.ts";
import { ownGatesFor } from "../../runbooks/own-gates.ts";
import { configurationOf } from "../../settings/configuration.ts";
import { scaled } from "../clock.ts";
import { type Journal, openJournal } from "../journal.ts";
import type { Session } from "../session.ts";

/** What opening a change needs of a session. */
export type OpeningSession = Pick<
  Session,
  "stack" | "store" | "clock" | "reporter" | "settings" | "onCall" | "override"
>;

/** What a person or CI asks for. */
export interface Request {
  runbook: "deploy" | "promote";
  manifest: Manifest;
  reason: string | null;
  startedBy: string;
}

/** A change that may begin: everything was checked, nothing was changed. */
export type Prepared = {
  reason: string | null;
  startedBy: string;
  base: ReleaseState;
  release: Release;
} & (
  | { runbook: "deploy" | "promote" | "incident" }
  | { runbook: "rollback"; schema: SchemaWay }
  /** `afterwards` are the stacks whose turn comes once this one has passed */
  | ({ runbook: "rotate"; afterwards: readonly string[] } & Pick<
      PlanInput<"rotate">,
      "rotation" | "createdOn" | "mintedBy" | "sessions"
    >)
);

/** The shortest that the sandbox's shortened time makes the pause between two looks at a gate, in milliseconds. */
const SHORTEST_INTERVAL = 500;

/** The refusal (exit 4) of a change on a stack that another one holds. */
export function heldBy(stack: string, change: NonNullable<ReleaseState["change"]>): Refusal {
  return busy(
    `stack ${stack} is held by ${change.id} (${change.runbook}, on call: ${change.onCall}): look at it with \`runbook status --stack ${stack}\`, continue it with \`runbook resume --stack ${stack}\`, or end it with \`runbook abort --stack ${stack}\`; \`deploy\` and \`promote\` have --supersede, which aborts it and then starts yours`,
  );
}

/** The release state of a stack that has had its first update. */
export async function mustHaveState(session: {
  stack: Pick<Session["stack"], "name" | "state">;
}): Promise<ReleaseState> {
  const state = await session.stack.state();
  if (state !== null) return state;
  throw badInput(
    `stack ${session.stack.name} has had no update yet: run \`pulumi up --stack ${session.stack.name}\` once, which creates the release of its settings`,
  );
}

/**
 * Checks a request against the stack as it is.
 * @throws Refusal (exit 2 or 4) with every problem at once
 */
export async function prepare(session: OpeningSession, request: Request): Promise<Prepared> {
  const base = await mustHaveState(session);
  if (base.change !== null) throw heldBy(session.stack.name, base.change);
  return prepareOn(session, base, request);
}

/**
 * Checks a request against a state that the stack has or will have.
 * @throws Refusal (exit 2) with every problem at once
 */
export function prepareOn(session: OpeningSession, base: ReleaseState, request: Request): Prepared {
  const problems = [
    ...migrationProblems(base.schema, request.manifest.migrations),
    ...phaseProblems(base, request.manifest),
  ];
  const release = makeRelease(base, {
    manifest: request.manifest,
    configuration: configurationOf(session.settings),
    scale: session.settings.application.replicas,
    change: "",
    onCall: session.onCall,
  });
  const stable = stableRelease(base);
  if (stable.id === release.id) {
    problems.push(
      `release: ${release.manifest.version} (${release.id}) has the traffic of ${session.stack.name} already: there is nothing to do`,
    );
  }
  if (problems.length > 0) throw badInput(...problems);
  const { runbook, reason, startedBy } = request;
  return { runbook, reason, startedBy, base, release };
}

function timingOf(session: OpeningSession): Timing {
  const { clock, settings } = session;
  return {
    interval: Math.max(SHORTEST_INTERVAL, scaled(clock, settings.gates.interval)),
    gateTimeout: settings.gates.timeout,
    drain: scaled(clock, settings.application.drain),
  };
}

/** The shortest time for which more is logged, in milliseconds: lines must have a chance to be written. */
const SHORTEST_LOGGING = 5_000;

/** What pods need to recover and to start isn't shortened: processes are as slow in a sandbox. */
function incidentLimitsOf(session: OpeningSession) {
  const { clock, settings } = session;
  const { writes, recoverWithin, persistsAfter, logMoreFor } = settings.incident;
  return {
    interval: timingOf(session).interval,
    writes,
    recoverWithin,
    startWithin: settings.application.readyWithin,
    persistsAfter: scaled(clock, persistsAfter),
    logMoreFor: Math.max(SHORTEST_LOGGING, scaled(clock, logMoreFor)),
  };
}

/** A shortened canary still has a look at the smallest share, this long at most, in milliseconds. */
const HURRY = 60_000;

/** How fast a rotation goes: one whole shift on staging; in production the canary, shortened where users' data is at stake. */
function rotationPace(
  { stage, canary, rotation }: Session["settings"],
  urgency: Rotation["urgency"],
  wait: (nominal: number) => { nominal: number; wall: number },
) {
  const hurried = urgency === "compromised";
  const [first = 100] = canary.steps;
  const weights = stage === "staging" ? [100] : hurried ? [...new Set([first, 100])] : [...canary.steps];
  const stepFor = wait(hurried ? Math.min(canary.stepFor, HURRY) : canary.stepFor).wall;
  return { weights, stepFor, soak: wait(rotation.soak) };
}

/** How long an issuer's reports of use are waited for: nobody waits for one that makes none, or with a key that has leaked. */
function observation(
  { rotation: { observeFor }, services }: Session["settings"],
  { secret, urgency }: Pick<Rotation, "secret" | "urgency">,
  wait: (nominal: number) => { nominal: number; wall: number },
) {
  return urgency === "compromised" || !reportsUseLater(secret, services) ? {} : { observeFor: wait(observeFor) };
}

/** Who withdraws an old credential: its issuer when asked, or the stack's own update (a scrambled password, a key off the ring). */
const REVOKED_BY: Readonly<Record<SecretName, "issuer" | "stack">> = {
  SUPABASE_KEY: "issuer",
  SESSION_SECRET: "stack",
  AFM_KEY: "issuer",
  REDIS_URL: "stack",
};

/** The runbook's input from the settings and the clock. */
export function inputOf(session: OpeningSession, prepared: Prepared, change: string): RunbookInput {
  const { clock, settings } = session;
  const shared = {
    base: prepared.base,
    onCall: session.onCall,
    timing: timingOf(session),
  };
  const made = { ...prepared.release, change };
  const ownGates = ownGatesFor(settings.gates.metrics);
  const wait = (nominal: number) => ({ nominal, wall: scaled(clock, nominal) });
  switch (prepared.runbook) {
    case "deploy":
      return { runbook: "deploy", ...shared, release: made, soak: wait(settings.soak), ownGates };
    case "promote":
      return {
        runbook: "promote",
        ...shared,
        release: made,
        weights: [...settings.canary.steps],
        stepFor: scaled(clock, settings.canary.stepFor),
        checks: settings.canary.checks.map(wait),
        guarded: true,
        freshBaseline: settings.canary.baseline === "fresh",
        ownGates,
      };
    case "incident":
      return { runbook: "incident", ...shared, release: prepared.release, limits: incidentLimitsOf(session) };
    case "rollback":
      // It comes back as what it was: its bundle, where it still stands, isn't touched.
      return { runbook: "rollback", ...shared, release: prepared.release, schema: prepared.schema };
    case "rotate": {
      const { rotation, createdOn, mintedBy, sessions } = prepared;
      return {
        runbook: "rotate",
        ...shared,
        release: made,
        rotation,
        createdOn,
        mintedBy,
        sessions,
        revokedBy: REVOKED_BY[rotation.secret],
        ...rotationPace(settings, rotation.urgency, wait),
        longestSession: wait(settings.rotation.longestSession),
        ...observation(settings, rotation, wait),
        ownGates,
      };
    }
  }
}

/**
 * What the change needs before its first step by the rules of its stack, whatever is under way there.
 * @throws Refusal (exit 2) where it may not begin
 */
export function admissionAt(
  { stack, clock, settings, override }: OpeningSession,
  runbook: Prepared["runbook"],
  author: string,
): Admission | null {
  return admissionOf(settings.changes, { stack: stack.name, runbook, author, override, now: clock.now() });
}

/**
 * What the change needs before its first step.
 * @throws Refusal (exit 2) where it may not begin; (exit 4) where another one waits already
 */
export async function admissionFor(
  session: OpeningSession,
  { runbook, startedBy }: Prepared,
): Promise<Admission | null> {
  const { stack, store, clock } = session;
  const admission = admissionAt(session, runbook, startedBy);
  const waiting = admission === null ? null : await waitingChange(store, stack.name, clock.now());
  if (waiting !== null) throw heldBy(stack.name, waiting);
  return admission;
}

/** Opens the change record; from here on the change has a number and can be resumed. */
export async function openChange(
  session: OpeningSession,
  prepared: Prepared,
): Promise<{ journal: Journal; plan: Plan }> {
  const { base, release } = prepared;
  const { store, stack, onCall, clock, reporter } = session;
  const from = stableRelease(base);
  const admission = await admissionFor(session, prepared);
  await store.check();
  const program = await knownCommit(import.meta.dirname);
  const change = await store.open(stack.name, new Date(clock.now()), {
    stack: stack.name,
    runbook: prepared.runbook,
    release: { version: release.manifest.version, id: release.id, image: release.manifest.image },
    replaces: { version: from.manifest.version, id: from.id },
    manifest: manifestHash(release.manifest),
    onCall,
    reason: prepared.reason,
    startedBy: prepared.startedBy,
    ...(prepared.runbook === "rotate" && prepared.afterwards.length > 0
      ? { afterwards: [...prepared.afterwards] }
      : {}),
    ...keepPlan(planOf("", inputOf(session, prepared, "")), program.commit),
  });
  const journal = await openJournal(store, change, clock, reporter);
  for (const event of journal.events()) reporter.event(event);
  const input = inputOf(session, prepared, change);
  // Before the plan: a runner that dies in between must leave nothing that would begin without it.
  if (admission !== null) await journal.write("admission", null, { ...admission });
  await journal.write("planned", null, input);
  if (program.why !== null) {
    await journal.write("note", null, { text: `the commit of this program isn't known: ${program.why}` });
  }
  return { journal, plan: planOf(change, input) };
}
