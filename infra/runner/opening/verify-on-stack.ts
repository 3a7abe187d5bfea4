import { windowAt } from "../../admission/calendar.ts";
import { waitingChange } from "../../change/waiting.ts";
import { type Manifest, migrationProblems } from "../../domain/manifest.ts";
import {
  makeRelease,
  pendingByPhase,
  phaseProblems,
  type ReleaseState,
  stateHash,
  withMigration,
  withRelease,
} from "../../domain/releases.ts";
import { fails, holds, type Line } from "../../runbooks/verify-release/check.ts";
import { configurationOf } from "../../settings/configuration.ts";
import type { Session } from "../session.ts";
import { mustHaveState } from "./open.ts";

/** The state with the release beside what stands, as a deploy's first steps would make it (pure). */
function withCandidate(
  base: ReleaseState,
  session: Pick<Session, "settings" | "onCall">,
  manifest: Manifest,
): ReleaseState {
  const { settings, onCall } = session;
  const release = makeRelease(base, {
    manifest,
    configuration: configurationOf(settings),
    scale: settings.application.replicas,
    change: "verification",
    onCall,
  });
  if (base.releases.some(({ id }) => id === release.id)) return base;
  const { expand } = pendingByPhase(base, manifest);
  return withRelease(withMigration(base, release, [...base.schema, ...expand]), release);
}

async function judgePreview(session: Session, base: ReleaseState, manifest: Manifest): Promise<Line> {
  const { name } = session.stack;
  const check = `preview of ${name}`;
  const outcome = await session.stack.preview({ from: stateHash(base), to: withCandidate(base, session, manifest) });
  if (outcome.kind === "done") {
    const changes = Object.entries(outcome.changes).map(([kind, count]) => `${count} ${kind}`);
    return holds(check, `no policy is violated: ${changes.join(", ")}`);
  }
  const why = outcome.kind === "policy" ? "a policy is violated" : "it failed";
  return fails(
    check,
    `${why}: ${outcome.problems.join("; ").replace(/\s+/g, " ")}`,
    `fix what it names, then check with \`pulumi preview --policy-pack policies --stack ${name}\``,
  );
}

/** What has to hold on a stack before the release goes there. */
export async function lookAtStack(session: Session, manifest: Manifest): Promise<Line[]> {
  const { stack, store, clock, settings } = session;
  const { name } = stack;
  const base = await mustHaveState(session);
  const holder = base.change ?? (await waitingChange(store, name, clock.now()));
  const under = `no change under way on ${name}`;
  const problems = [...migrationProblems(base.schema, manifest.migrations), ...phaseProblems(base, manifest)];
  const calendar = { timeZone: "UTC", freezes: [], ...settings.changes, windows: [] };
  const window = windowAt(calendar, clock.now());
  return [
    holder === null
      ? holds(under, "the stack is free")
      : fails(
          under,
          `${holder.id} (${holder.runbook}, on call: ${holder.onCall})`,
          `runbook status --stack ${name}; wait for it, or runbook abort --stack ${name}`,
        ),
    problems.length === 0
      ? holds(`continues ${name}'s schema`, `${base.schema.length} migrations are applied there`)
      : fails(
          `continues ${name}'s schema`,
          problems.join("; "),
          "restore the applied files, and put new ones after them",
        ),
    window.open
      ? holds(`no freeze on ${name}`, `${calendar.freezes.length} freezes are set, none holds now`)
      : fails(
          `no freeze on ${name}`,
          window.why,
          window.opensAt === null
            ? "end the freeze in the stack's settings"
            : `wait until ${new Date(window.opensAt).toISOString()}`,
        ),
    await judgePreview(session, base, manifest),
  ];
}
