import { Command } from "commander";
import { z } from "zod";
import { formatDuration } from "../../domain/durations.ts";
import { printable } from "../../domain/plain-text.ts";
import { SECRET_NAMES, type SecretName } from "../../domain/releases.ts";
import { output } from "../../records/redaction/captured-output.ts";
import { readStanding, type Standing } from "../../runner/status.ts";
import { changeText } from "../change-text.ts";
import { reporterFor, sessionFor } from "../opening.ts";
import { recordsOption } from "../options.ts";
import { leaveSignal } from "../run-request.ts";
import { jsonWatcher, liveWatcher, plainWatcher, watch } from "../watch.ts";

const optionsSchema = z.object({
  stack: z.string(),
  json: z.literal(true).optional(),
  watch: z.literal(true).optional(),
  records: z.string().optional(),
});

/** The status as people read it (pure). */
export function statusText({ status, ages }: Standing, now: number): string {
  const releases = status.releases.map(
    ({ id, version, weight, ready, desired }) =>
      `  ${String(weight).padStart(3)} %  ${version}  ${id}  ${ready}/${desired} ready`,
  );
  // After a rotation a version may stand with one generation and have stood with another: their ids tell them apart.
  const named = [...status.releases, ...status.rollbackTargets].map(({ version }) => version);
  const nameOf = ({ version, id }: { version: string; id: string }) =>
    named.filter((one) => one === version).length > 1 ? `${version} (${id})` : version;
  const targets = status.rollbackTargets.map(
    (target) => `  ${target.legal ? "yes" : "no "}  ${nameOf(target)}: ${target.why}`,
  );
  return [
    `${status.stack}  ${status.gateway}`,
    ...releases,
    ...changeText(status, now),
    ...(targets.length === 0 ? ["no release to roll back to is known"] : ["rollback targets:", ...targets]),
    "secrets:",
    ...SECRET_NAMES.map((name) => secretLine(name, { status, ages })),
  ].join("\n");
}

function secretLine(name: SecretName, { status, ages }: Standing): string {
  const { current, pending, ageDays } = status.secrets[name];
  const line = `  ${name}  ${current}, ${ageDays} days old${pending === null ? "" : `, ${pending} pending`}`;
  const { state, rotateBy, maxAge } = ages[name];
  if (state === "in time") return line;
  const due = state === "overdue" ? `overdue since ${rotateBy}` : `due on ${rotateBy}`;
  // Where the next generation is there already, the rotation is under way.
  const remedy = pending === null ? `: runbook rotate ${name} --stack ${status.stack}` : "";
  return `${line}: ${due} (rotation.maxAge ${formatDuration(maxAge)})${remedy}`;
}

/** `runbook status`: what stands, what is under way, what one could go back to. */
export function statusCommand(): Command {
  return new Command("status")
    .description("Show the stack's releases, the change under way, the rollback targets and the secrets' ages.")
    .requiredOption("--stack <name>", "the stack")
    .option("--json", "as JSON")
    .option("--watch", "live, until the change has ended or Ctrl-C; plain lines where there is no terminal")
    .addOption(recordsOption())
    .action(async (raw: unknown) => {
      const { stack, json, watch: asked, records } = optionsSchema.parse(raw);
      const session = await sessionFor(stack, { records }, reporterFor({}));
      if (asked) {
        const { store } = session;
        const source = { standing: () => readStanding(session), events: (change: string) => store.read(change) };
        await watch(source, watcherFor(json), leaveSignal());
        return;
      }
      const standing = await readStanding(session);
      output.write(`${json ? JSON.stringify(standing.status) : printable(statusText(standing, Date.now()))}\n`);
    });
}

function watcherFor(json: true | undefined) {
  if (json) return jsonWatcher(output);
  const live = output.isTTY && !process.env.CI;
  return live ? liveWatcher(output) : plainWatcher(output);
}
