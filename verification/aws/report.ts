import { table } from "../../infra/cli/table.ts";
import type { Verdict } from "./replay.ts";
import type { Compared } from "./rights.ts";

/** How often each text is there, the most frequent first. */
function counted(texts: readonly string[]): [text: string, times: number][] {
  const times = new Map<string, number>();
  for (const text of texts) times.set(text, (times.get(text) ?? 0) + 1);
  return [...times].sort(([, one], [, other]) => other - one);
}

/** The violations, one a line: which resource's call, and what is against it. */
export function violationsIn(verdicts: readonly Verdict[]): string[] {
  return verdicts.flatMap(({ call, violations }) =>
    violations.map((why) => `${call.service} ${call.operation} of ${call.resource || "a look-up"}: ${why}`),
  );
}

/** What was called, what is against it, and what moto can't do. */
export function report(verdicts: readonly Verdict[]): string {
  const byService = counted(verdicts.map(({ call }) => call.service)).map(([service, calls]) => {
    const own = verdicts.filter(({ call }) => call.service === service);
    const operations = new Set(own.map(({ call }) => call.operation)).size;
    return [service, `${calls} calls of ${operations} operations`, `${violationsIn(own).length} violations`];
  });
  const lacking = counted(
    verdicts.flatMap(({ call, lacking: why }) =>
      why === null ? [] : [`${call.service} ${call.operation}: moto ${why}`],
    ),
  );
  const violations = violationsIn(verdicts);
  return [
    table(byService),
    "",
    `What moto can't do (held against the models and our rules alone):`,
    ...lacking.map(([what, times]) => `  ${what} (${times} calls)`),
    "",
    ...violations.map((line) => `  VIOLATION ${line}`),
    `${verdicts.length} calls, ${violations.length} violations`,
  ].join("\n");
}

const listed = (actions: readonly string[]): string => (actions.length === 0 ? "none" : actions.join(", "));

/** What the calls and docs/iam say of each other. What `pulumi up` needs for a change of settings alone isn't called by this run. */
export function rightsReport({ up, rotate }: { up: Compared; rotate: Compared }): string {
  return [
    ...[up, rotate].map(({ policy, lacking }) => `Rights that docs/iam's ${policy} lacks: ${listed(lacking)}`),
    `Rights of ${rotate.policy} that no rotation calls for: ${listed(rotate.unused)}`,
    `Rights of ${up.policy} that only a change of settings calls for: ${listed(up.unused)}`,
  ].join("\n");
}
