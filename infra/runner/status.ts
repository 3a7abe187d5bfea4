import { valid } from "../admission/admission.ts";
import { awaitedBy, decide } from "../change/decide.ts";
import { unwatchedSince } from "../change/unwatched.ts";
import { bundleName } from "../domain/release-id.ts";
import { bySecret, type ReleaseState, type SecretName, stableRelease } from "../domain/releases.ts";
import { type RollbackTarget, rollbackTargets } from "../domain/rollback-targets.ts";
import { type RotationAges, rotationAges } from "../domain/rotation-age.ts";
import { openedIn } from "../records/opened.ts";
import { readHistory } from "./opening/history.ts";
import { mustHaveState } from "./opening/open.ts";
import { type Reopened, reopenChange } from "./opening/reopen.ts";
import { findOpenChange } from "./resume.ts";
import { type RunningService, readService } from "./running-service.ts";
import type { Session } from "./session.ts";

/** What `runbook status --json` prints. */
export interface Status {
  stack: string;
  gateway: string;
  releases: { id: string; version: string; image: string; weight: number; ready: number; desired: number }[];
  change: {
    id: string;
    runbook: string;
    step: string | null;
    state: string;
    resumeAt: string | null;
    onCall: string;
    /** since when nobody looks at a canary that has users, ISO 8601; null where somebody may, or nobody has to */
    unwatchedSince: string | null;
    /** who has approved, where others must; ISO 8601 */
    approvals: { quorum: number; by: string[]; expiresAt: string } | null;
    /** why the change rules were overridden; null where they hold */
    override: string | null;
  } | null;
  /** the service that runs the stack's changes, as it was last seen; null where none was */
  service: RunningService | null;
  rollbackTargets: RollbackTarget[];
  secrets: Record<SecretName, { current: string; pending: string | null; previous: string | null; ageDays: number }>;
}

/** A stack's status, and what people are told beside it of the secrets' ages. */
export interface Standing {
  status: Status;
  ages: RotationAges;
}

function secretsOf(state: ReleaseState, ages: RotationAges): Status["secrets"] {
  return bySecret((name) => {
    const { current, pending, previous } = state.secrets[name];
    return { current, pending, previous, ageDays: ages[name].ageDays };
  });
}

/** The state of a change that only the program which began it may run. */
const ANOTHER_PLAN = "started with another plan than this program makes";

/** What a record's first event says of its change (pure). */
export function openedAs(opened: unknown, onCall: string): { runbook: string; onCall: string } {
  const said = openedIn(opened);
  return { runbook: said.runbook ?? "unknown", onCall: said.onCall ?? onCall };
}

function changeStatus(
  session: Pick<Session, "clock" | "onCall">,
  state: ReleaseState,
  open: Reopened | null,
): Status["change"] {
  if (open === null) return null;
  const { journal, plan, differs } = open;
  // One that hasn't been planned yet holds the stack by its record alone, which says what it is.
  const holder = state.change ?? { id: journal.change, ...openedAs(journal.events()[0]?.data, session.onCall) };
  const { admission, approvals, failure } = journal.progress();
  const given = admission === null ? [] : valid(admission, approvals).map(({ by }) => by);
  const asked =
    admission === null || admission.quorum === 0
      ? null
      : { quorum: admission.quorum, by: given, expiresAt: admission.expiresAt };
  const now = session.clock.now();
  const since = plan === null ? null : unwatchedSince(plan, journal.progress(), journal.events(), now);
  const rules = {
    unwatchedSince: since === null ? null : new Date(since).toISOString(),
    approvals: asked,
    override: admission?.override ?? null,
  };
  if (differs !== null) return { ...holder, step: null, state: ANOTHER_PLAN, resumeAt: null, ...rules };
  if (plan === null) return { ...holder, step: null, state: "opening", resumeAt: null, ...rules };
  const action = decide(plan, journal.progress(), now);
  const step = "step" in action && action.step !== null ? action.step.name : null;
  const until = awaitedBy(action);
  const resumeAt = until === null ? null : new Date(until).toISOString();
  if (action.kind === "await-approval") {
    return { ...holder, runbook: plan.runbook, step: null, state: "awaiting approval", resumeAt, ...rules };
  }
  const stage = failure !== null ? "returning" : until === null ? "due" : "waiting";
  return { ...holder, runbook: plan.runbook, step, state: stage, resumeAt, ...rules };
}

/** What the status looks at. */
type StandingSession = Pick<Session, "stack" | "store" | "clock" | "reporter" | "settings" | "onCall"> & {
  kubernetes: Pick<Session["kubernetes"], "gatewayUrl" | "deployment" | "lease">;
};

/** Reads the stack, its pods and its open change. */
export async function readStanding(session: StandingSession): Promise<Standing> {
  const state = await mustHaveState(session);
  const { settings, kubernetes } = session;
  const { namespace } = settings.cluster;
  const found = await findOpenChange(session);
  const open = found === null ? null : await reopenChange(session, found.change);
  // In mid-change one goes back from the release that is coming in, however little traffic it has.
  const coming = state.releases.find(({ id }) => id === open?.plan?.release.id);
  const from = coming ?? stableRelease(state);
  const releaseStatus = async ({ id, manifest, weight }: ReleaseState["releases"][number]) => {
    const deployment = await kubernetes.deployment(namespace, bundleName(settings.application.name, id));
    return {
      id,
      version: manifest.version,
      image: manifest.image,
      weight,
      ready: deployment?.ready ?? 0,
      desired: deployment?.desired ?? 0,
    };
  };
  const ages = rotationAges(state.secrets, settings.rotation.maxAge, session.clock.now());
  // All at once and waited for together: a failure that nobody waits for yet would end the service that shows this.
  const [gateway, releases, service, history] = await Promise.all([
    kubernetes.gatewayUrl(settings.gateway.namespace, settings.gateway.name, settings.stage),
    Promise.all(state.releases.map(releaseStatus)),
    readService(session),
    readHistory(session, state),
  ]);
  const status = {
    stack: session.stack.name,
    gateway,
    releases,
    change: changeStatus(session, state, open),
    service,
    rollbackTargets: rollbackTargets(state, from, history.releases),
    secrets: secretsOf(state, ages),
  };
  return { status, ages };
}
