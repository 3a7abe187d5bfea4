import { withLease } from "../changes/lease.ts";
import { openChange } from "../changes/open.ts";
import {
  gapOf,
  mustHaveRotated,
  type PreparedRotation,
  prepareRotation,
  type RotationRequest,
} from "../changes/prepare-rotation.ts";
import { badInput, EXIT, type Exit } from "../changes/refusal.ts";
import { run } from "../changes/runner.ts";
import type { Session } from "../changes/session.ts";
import { openStack } from "../changes/stack/stack.ts";
import { conclude, leaveSignal, printPlan } from "./carry-out.ts";
import { confirm } from "./confirm.ts";
import { type Common, reporterFor, sessionFor } from "./options.ts";

/** The stack on which a rotation has to have passed before production's turn. */
const FIRST = "staging";

/** What an emergency costs the users: said before anything is done (pure). */
export function costOf({ rotation, sessions }: Pick<PreparedRotation, "rotation" | "sessions">): string | null {
  const { secret, old, urgency } = rotation;
  if (urgency === "planned") return null;
  const quick = `${secret} ${old} counts as compromised: a short canary, no soak.`;
  if (secret !== "SESSION_SECRET") return `${quick} Nobody is logged out.`;
  if (sessions === "ended") return `${quick} Everybody is logged out: no session that ${old} signed is taken any more.`;
  return `${quick} Whoever doesn't come back during the canary is logged out: ${old} leaves the ring without waiting for them.`;
}

function tell(session: Session, prepared: PreparedRotation): void {
  const gap = gapOf(session, prepared.rotation.secret);
  if (gap !== null) process.stderr.write(`${gap}\n`);
}

/** Production takes a rotation only after staging has passed the same. */
async function mustComeAfterStaging(session: Session, prepared: PreparedRotation): Promise<void> {
  if (session.settings.stage !== "production") return;
  const passed = await openStack({ cwd: process.cwd(), name: FIRST }).state();
  if (passed === null) throw badInput(`--stack: ${FIRST} has had no update yet: rotate there first`);
  mustHaveRotated(FIRST, passed, prepared.base, prepared.rotation.secret);
}

type Part = "alone" | "after another";

async function rotateOne(stack: string, request: RotationRequest, common: Common, part: Part): Promise<Exit> {
  const session = await sessionFor(stack, common, reporterFor(common));
  const prepared = await prepareRotation(session, request);
  tell(session, prepared);
  const cost = costOf(prepared);
  if (common.dryRun) {
    if (cost !== null) process.stdout.write(`${cost}\n`);
    printPlan(session, prepared);
    return EXIT.done;
  }
  if (part === "alone") await mustComeAfterStaging(session, prepared);
  if (cost !== null) await confirm({ loss: cost, word: session.stack.name, yes: common.yes ? "given" : "not given" });
  return withLease(session, async () => {
    const { journal, plan } = await openChange(session, prepared);
    if (cost !== null) await journal.write("note", null, { text: cost });
    const whenWaiting = common.wait ? "stay" : "leave";
    const result = await run(session, journal, plan, { whenWaiting, signal: leaveSignal() });
    await conclude(session, journal, result);
    return result.exit;
  });
}

/** Rotates a secret on one stack, or on both in their order: the second one's turn comes once the first has passed. */
export async function carryRotation(
  stacks: readonly string[],
  request: RotationRequest,
  common: Common,
): Promise<void> {
  for (const [index, stack] of stacks.entries()) {
    const exit = await rotateOne(stack, request, common, index === 0 ? "alone" : "after another");
    if (exit === EXIT.done) continue;
    const rest = stacks.slice(index + 1);
    if (rest.length > 0)
      process.stderr.write(
        `${rest.join(", ")} waits: \`runbook rotate ${request.secret} --stack ${rest.join(",")}\` once ${stack} has passed\n`,
      );
    return;
  }
}
