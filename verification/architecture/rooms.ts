/** A folder of `infra/` and what it holds. */
export interface Room {
  name: string;
  what: string;
}

/** The folders of `infra/` in their order: each imports only from those that stand before it. */
export const ROOMS: readonly Room[] = [
  { name: "errors", what: "what every part may throw (`errors.ts`)" },
  {
    name: "domain",
    what: "releases, generations, the manifest, the schema boundary, rollback targets, durations: pure",
  },
  { name: "clients", what: "HTTP, Kubernetes, Prometheus, git, the registry, CloudWatch Logs" },
  { name: "metrics", what: "where requests are counted, a source a file" },
  { name: "gates", what: "what a release is judged by, a gate a file: the verdict is pure, the probe beside it" },
  { name: "migrations", what: "a release's SQL: found, linted, proven" },
  { name: "admission", what: "windows, freezes, approvals" },
  { name: "settings", what: "a stack's settings, parsed once" },
  { name: "program", what: "the Pulumi program: settings and release state in, resources and the next state out" },
  { name: "records", what: "the change records: stores, chain, lease, redaction" },
  { name: "stack", what: "the Pulumi CLI: previews, updates, locks, what an interrupted one left" },
  { name: "issuers", what: "who makes, tries and revokes each secret" },
  { name: "notify", what: "who is told, a channel a file" },
  { name: "change", what: "where a change stands, and what comes next (`decide.ts`): pure" },
  { name: "runbooks", what: "a folder each: its plan, and what it does beside the stack" },
  { name: "reports", what: "pages, the terminal, JSON, messages, tickets" },
  { name: "runner", what: "runs a change: opening, effects, reading back, taking up" },
  { name: "board", what: "the pages that people open: how the stacks stand, each change live, what can be done" },
  { name: "service", what: "the runner as a service: elects, runs changes, answers by HTTP" },
  { name: "onboarding", what: "`init` and `doctor`" },
  { name: "teardown", what: "taking a stack down" },
  { name: "cli", what: "the `runbook` command: parse once, dispatch" },
];

/** Nothing but itself imports the program: the engine runs it. */
export const IMPORTED_BY_NOBODY = "program";
/** They know nothing of Pulumi. */
export const WITHOUT_PULUMI: readonly string[] = ["domain", "gates"];

/** Folders beside `infra/`, and those that each may not import. */
export const BESIDE: readonly { folder: string; without: readonly string[]; why: string }[] = [
  {
    folder: "policies",
    without: ["infra", "sandbox", "verification"],
    why: "the policies judge any program, and import nothing of this one",
  },
  {
    folder: "runner",
    without: ["sandbox", "verification", "test", "policies"],
    why: "the service's own stack has its rights from bootstrap and its names from infra",
  },
  { folder: "verification", without: ["test"], why: "the tests try the verification, and it none of them" },
  { folder: "tools", without: ["sandbox", "verification"], why: "tools start every command, and import none" },
  {
    folder: "sandbox",
    without: ["verification", "test"],
    why: "the sandbox is what the verification runs in, and imports none of it",
  },
];
/** What no file of `infra/` imports. */
export const OUTSIDE: readonly string[] = ["sandbox", "verification", "test", "policies"];
