/** What one update of a program is started with: the parts of the engine's RunRequest that reach the command line. */
export interface ProgramRun {
  monitor: string;
  engine: string;
  organization: string;
  project: string;
  rootDirectory: string;
  stack: string;
  pwd: string;
  dryRun: "preview" | "apply";
  parallel: number;
  program: string;
  args: string[];
}

/**
 * The engine's address: the one argument of the host that isn't a flag.
 * @throws Error when the host was started without one
 */
export function engineAddress(args: string[]): string {
  const address = args.find((argument) => !argument.startsWith("-"));
  if (address === undefined) {
    throw new Error("pulumi-language-nodejs is started by the Pulumi CLI, with the engine's address as its argument");
  }
  return address;
}

/** Command line of @pulumi/pulumi's own program runner (its `cmd/run`), without the runner's path. */
export function runnerArguments(run: ProgramRun): string[] {
  const flags: [string, string][] = [
    ["monitor", run.monitor],
    ["engine", run.engine],
    ["organization", run.organization],
    ["project", run.project],
    ["root-directory", run.rootDirectory],
    ["stack", run.stack],
    ["pwd", run.pwd],
    ["parallel", run.parallel > 0 ? String(run.parallel) : ""],
  ];
  const given = flags.filter(([, value]) => value !== "").map(([flag, value]) => `--${flag}=${value}`);
  return [...given, ...(run.dryRun === "preview" ? ["--dry-run"] : []), run.program, ...run.args];
}

/**
 * Why the options of `runtime:` in Pulumi.yaml can't be honoured, or undefined when they can. TypeScript is run by Node
 * itself here, so the official host's TypeScript compiler and its other options have no counterpart.
 */
export function unsupportedOption(options: Record<string, unknown>): string | undefined {
  if (options.typescript === true) {
    return "runtime option typescript is true: set it to false in Pulumi.yaml, Node runs TypeScript as it is";
  }
  const unknown = Object.keys(options).filter((option) => option !== "typescript");
  return unknown.length === 0
    ? undefined
    : `runtime options that need the official language host: ${unknown.join(", ")}; take them out of Pulumi.yaml`;
}
