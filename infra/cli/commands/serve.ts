import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { badInput } from "../../errors.ts";
import { output } from "../../records/redaction/captured-output.ts";
import { DEFAULT_LISTEN, listenAddressIn } from "../../service/listen-address.ts";
import { leaveSignal } from "../run-request.ts";

const optionsSchema = z.object({
  stack: z.array(z.string()),
  listen: z.string(),
  records: z.string().optional(),
  election: z.boolean(),
});

const HELP = `
It takes up the open change of each stack, runs it to its end as \`runbook resume --wait\` does, and waits for the next: side by side,
one change a stack. One stack that can't be read or run doesn't stop the others; it is tried again within 15 seconds, and
within 5 minutes where a person is needed.

Of several services with the same stacks one runs each stack's changes: a Lease in the stack's namespace says which. Where it is
killed, another one takes over within 15 seconds. --no-election is for one service alone, without the right to Leases; commands
can't see it then, and run their changes themselves.

SIGTERM ends it: an update that runs is finished first, and what is open waits for the next service. It serves the board at /, answers
/healthz, /readyz and /metrics, and logs a JSON document a line on stdout. The board is read-only unless RUNBOOKS_BOARD_TOKENS, or
the setting board.proxyHeader and RUNBOOKS_BOARD_PROXY_SECRET, say who may act (docs/board.md).`;

/** `runbook serve`: the runner as a service, which runs the changes that commands open. */
export function serveCommand(): Command {
  return new Command("serve")
    .description("Run the changes of stacks as a service: what is open now, and whatever is opened next.")
    .requiredOption("--stack <name>", "a stack whose changes it runs; once for each", collected)
    .option("--listen <address>", "HOST:PORT for HTTP; :PORT for every address of the machine", DEFAULT_LISTEN)
    .option(
      "--records <url>",
      "where change records are kept (else RUNBOOKS_RECORDS, else each stack's setting records)",
    )
    .option("--no-election", "run the changes without asking whether another service does")
    .addHelpText("after", HELP)
    .action(async (raw: unknown) => {
      const { stack: stacks, listen, records, election } = optionsSchema.parse(raw);
      const cwd = process.cwd();
      const address = listenAddressIn(listen);
      const problems = [...stackProblems(stacks), ...missing(cwd, stacks)];
      if (address === null)
        problems.push(`--listen: "${listen}" isn't understood: write HOST:PORT, such as ${DEFAULT_LISTEN}`);
      if (address === null || problems.length > 0) throw badInput(...problems);
      const [{ serve }, { jsonLog }, { boardSecretsIn }, { hookSettingsIn }] = await Promise.all([
        import("../../service/serve.ts"),
        import("../../service/log.ts"),
        import("../../service/board-identity.ts"),
        import("../../service/hooks/settings.ts"),
      ]);
      const [boardSecrets, hooks] = [boardSecretsIn(process.env), hookSettingsIn(process.env)];
      const log = jsonLog(output);
      await serve({
        cwd,
        stacks,
        listen: address,
        records: records ?? null,
        elects: election,
        boardSecrets,
        hooks,
        log,
        signal: leaveSignal(),
      });
    });
}

const collected = (stack: string, before: readonly string[] | undefined): string[] => [...(before ?? []), stack];

function stackProblems(stacks: readonly string[]): string[] {
  const twice = stacks.filter((stack, index) => stacks.indexOf(stack) < index);
  return [
    ...[...new Set(twice)].map((stack) => `--stack: ${stack} is named twice: name each stack once`),
    ...stacks
      .filter((stack) => !/^[A-Za-z0-9_.-]+$/.test(stack))
      .map(
        (stack) =>
          `--stack: "${stack}" is no stack's name: name each by an option of its own, as in --stack staging --stack production`,
      ),
  ];
}

/** Where no stack has its file here, the folder or the names are wrong; where some have, the others are told and tried again. */
function missing(cwd: string, stacks: readonly string[]): string[] {
  const files = stacks.map((stack) => `Pulumi.${stack}.yaml`);
  if (files.some((file) => existsSync(join(cwd, file)))) return [];
  return [
    `--stack: there is no ${files.join(" or ")} in ${cwd}: name the stacks of this checkout, or run the command in yours`,
  ];
}
