import type { SecretName } from "../../infra/domain/releases.ts";
import type { Stage } from "../../sandbox/cloud/accounts.ts";
import type { LoadStats } from "../load/load.ts";

/** How it goes: the yearly turn, in an emergency, in one that logs everybody out. */
export const MANNERS = ["planned", "compromised", "ended"] as const;
export type Manner = (typeof MANNERS)[number];

/** One rotation and what the users met of it. */
export interface Rotated {
  secret: SecretName;
  stage: Stage;
  manner: Manner;
  /** which turn of the secret it was: the first, the second, or one that was called off */
  turn: "first" | "second" | "called off";
  seconds: number;
  exit: number;
  load: Pick<LoadStats, "sent" | "failed" | "sessions" | "lostSessions" | "lostWebSockets">;
}

/**
 * Whether a rotation ended as it should and its users met what they were told: nothing, or, where their sessions were ended,
 * a logout for each of them and a login that works (pure).
 */
export function isAsItShould({ manner, exit, load }: Rotated, users: number): boolean {
  const { failed, sessions, lostSessions, lostWebSockets } = load;
  if (exit !== 0 || failed > 0) return false;
  // A WebSocket that is opened again with a cookie of before is refused like any other request.
  if (manner === "ended") return lostSessions >= users && sessions === users;
  return lostSessions === 0 && lostWebSockets === 0;
}

const HEAD = ["secret", "stage", "turn", "exit", "seconds", "requests", "failed", "logouts", "WebSockets lost"];

/** The rotations as a table, one a line (pure). */
export function tableOf(rotated: readonly Rotated[]): string {
  const rows = rotated.map(({ secret, stage, turn, seconds, exit, load }) => [
    secret,
    stage,
    turn,
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
