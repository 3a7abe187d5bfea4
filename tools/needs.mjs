/**
 * `runtime` is the production dependencies, `packages` all of them.
 * @typedef {"node" | "runtime" | "packages" | "pulumi" | "redis" | "chromium"} Tool
 */

/** @type {Tool[]} */
const TO_START = ["node", "packages"];
/** @type {Tool[]} */
const IN_PRODUCTION = ["node", "runtime"];

/** @type {Tool[]} */
const EVERYTHING = [...TO_START, "pulumi", "redis"];

const HELP = ["--help", "-h", "--version", "-V"];

/**
 * Help starts without the engine.
 * @param {string[]} args
 */
const asksHelp = (args) => args.some((argument) => HELP.includes(argument));

/**
 * What a command of package.json needs; undefined where there is none of that name.
 * @param {string} command
 * @param {string[]} args
 * @returns {Tool[] | undefined}
 */
export function needsOfScript(command, args) {
  return NEEDS[command] === undefined || !asksHelp(args) ? NEEDS[command] : TO_START;
}

/** Commands of `runbook` that call the Pulumi CLI; one that is misspelt is told so without it. */
const WITH_ENGINE = new Set([
  "verify-release",
  "deploy",
  "promote",
  "rollback",
  "incident",
  "rotate",
  "resume",
  "abort",
  "approve",
  "status",
  "serve",
  "teardown",
]);

/**
 * What a `runbook` command line needs. Help and reading commands start without the Pulumi engine, and all but the
 * sandbox's without the development dependencies.
 * @param {string[]} args
 * @returns {Tool[]}
 */
export function needsOfRunbook(args) {
  const [command, subcommand] = args.filter((argument) => !argument.startsWith("-"));
  if (command === undefined || asksHelp(args)) return IN_PRODUCTION;
  if (command === "sandbox") return subcommand === "up" ? EVERYTHING : TO_START;
  // Where a stack's records are stands in its settings, which the CLI reads.
  const ofStack = command === "records" && args.some((argument) => argument.startsWith("--stack"));
  return ofStack || WITH_ENGINE.has(command) ? [...IN_PRODUCTION, "pulumi"] : IN_PRODUCTION;
}

/**
 * What the commands of package.json need.
 * @type {Record<string, Tool[] | undefined>}
 */
export const NEEDS = {
  demo: EVERYTHING,
  test: EVERYTHING,
  bench: EVERYTHING,
  crash: EVERYTHING,
  rotations: EVERYTHING,
  faults: EVERYTHING,
  canaries: EVERYTHING,
  real: EVERYTHING,
  apiserver: TO_START,
  s3: TO_START,
  aws: [...TO_START, "pulumi"],
  iam: TO_START,
  image: [...IN_PRODUCTION, "pulumi"],
  architecture: TO_START,
  configuration: TO_START,
  workflows: TO_START,
  preview: [...IN_PRODUCTION, "pulumi"],
};
