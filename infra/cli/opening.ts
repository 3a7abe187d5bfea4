import { access } from "node:fs/promises";
import { badInput } from "../errors.ts";
import { errorOutput, output } from "../records/redaction/captured-output.ts";
import { createReporter, type Reporter } from "../reports/reporter/index.ts";
import { openSession, type Session } from "../runner/session.ts";
import type { Asked } from "../stack/reading.ts";
import type { Common } from "./options.ts";

export function reporterFor(common: Pick<Common, "json">): Reporter {
  const live = output.isTTY && process.env.CI === undefined;
  const mode = common.json ? "json" : live ? "terminal" : "plain";
  return createReporter(mode, { stdout: output, stderr: errorOutput });
}

/** Opens a stack's session from the common options; with what was asked of the stack already, where something was. */
export async function sessionFor(stack: string, common: Common, reporter: Reporter, asked?: Asked): Promise<Session> {
  await mustRead(common.configFile);
  return openSession({
    cwd: process.cwd(),
    stack,
    onCall: common.onCall ?? null,
    records: common.records ?? null,
    configFile: common.configFile,
    override: common.override,
    reporter,
    listing: asked?.settings,
  });
}

/** The engine would take a settings file that isn't there for one that is empty. */
async function mustRead(configFile: string | undefined): Promise<void> {
  if (configFile === undefined) return;
  await access(configFile).catch((error: NodeJS.ErrnoException) => {
    throw badInput(
      `--config-file: ${configFile} can't be read (${error.code ?? error.message}): name the settings' file`,
    );
  });
}
