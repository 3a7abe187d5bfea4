import { Command } from "commander";
import { EXIT } from "../../infra/errors.ts";

/**
 * The command line of one of package.json's scripts: `--help` says what it does, and a line that isn't understood is answered with what may
 * stand there and exit 2, before anything is started.
 */
export function scriptCommand(name: string, description: string): Command {
  const called = `npm run ${name} --`;
  return new Command(called)
    .description(description)
    .showHelpAfterError(`(${called} --help says the rest)`)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.done : EXIT.refused));
}
