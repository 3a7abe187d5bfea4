import type { SecretName } from "../../infra/releases.ts";
import type { Stage } from "../cloud/accounts.ts";
import type { LoadStats } from "../load/load.ts";

/** One rotation and what the users met of it. */
export interface Rotated {
  secret: SecretName;
  stage: Stage;
  seconds: number;
  exit: number;
  load: Pick<LoadStats, "sent" | "failed" | "lostSessions" | "lostWebSockets">;
}

const HEAD = ["secret", "stage", "exit", "seconds", "requests", "failed", "logouts", "WebSockets lost"];

/** The rotations as a table, one a line (pure). */
export function tableOf(rotated: readonly Rotated[]): string {
  const rows = rotated.map(({ secret, stage, seconds, exit, load }) => [
    secret,
    stage,
    String(exit),
    seconds.toFixed(0),
    String(load.sent),
    String(load.failed),
    String(load.lostSessions),
    String(load.lostWebSockets),
  ]);
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [HEAD, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
