import { SECRET_NAMES } from "../../infra/domain/releases.ts";
import type { Stage } from "../../sandbox/cloud/accounts.ts";

/** What a command line of a tale is made of. */
interface Parts {
  /** the file of version 2's manifest */
  release: string;
}

/** A change that is carried out, and what was done before it undisturbed. */
export interface Tale {
  name: string;
  stack: Stage;
  /** `runbook` commands that come first, each ending with 0 or 75 */
  before(parts: Parts): string[][];
  /** the `runbook` command that is killed, and begins the change */
  begin(parts: Parts): string[];
}

const deployed = ({ release }: Parts): string[] => ["deploy", "--stack", "staging", "--release", release];

export const TALES: readonly Tale[] = [
  { name: "deploy", stack: "staging", before: () => [], begin: (parts) => [...deployed(parts), "--wait"] },
  {
    name: "promote",
    stack: "production",
    before: (parts) => [[...deployed(parts), "--wait"]],
    begin: () => ["promote", "--from", "staging", "--to", "production", "--wait"],
  },
  {
    // Back to a release that is gone, across a migration that can be taken back: every kind of step that a rollback has.
    name: "rollback",
    stack: "staging",
    before: (parts) => [[...deployed(parts), "--wait"]],
    begin: () => ["rollback", "--stack", "staging", "--wait"],
  },
  {
    // Back while the old release is warm: the promotion under way is called off.
    name: "rollback-warm",
    stack: "production",
    before: (parts) => [
      [...deployed(parts), "--wait"],
      ["promote", "--from", "staging", "--to", "production"],
    ],
    begin: () => ["rollback", "--stack", "production"],
  },
  {
    // One pod that can't reach its database: told to its owner, looked at with more logged, and replaced.
    name: "incident",
    stack: "staging",
    before: () => [["sandbox", "fault", "pod", "bad", "--stack", "staging"]],
    begin: () => ["incident", "database", "--stack", "staging", "--wait"],
  },
  {
    name: "abort",
    stack: "staging",
    before: (parts) => [deployed(parts)],
    begin: () => ["abort", "--stack", "staging"],
  },
  // Each step of each rotation, with what an issuer is asked for in between.
  ...SECRET_NAMES.map((secret) => ({
    name: `rotate-${secret}`,
    stack: "staging" as const,
    before: () => [],
    begin: () => ["rotate", secret, "--stack", "staging", "--wait"],
  })),
];
