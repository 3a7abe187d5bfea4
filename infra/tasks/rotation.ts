import { badInput } from "../changes/refusal.ts";
import type { Task } from "./task.ts";

/** What a rotation does outside the stack. */
export const ROTATION_TASKS = ["mint", "probe", "revoke", "refused", "reconnect", "unmint"] as const;
export type RotationTask = (typeof ROTATION_TASKS)[number];

/** The tasks of a rotation. */
export function rotationTasks(): Record<RotationTask, Task> {
  const noIssuer: Task = async ({ plan }) => {
    throw badInput(`${plan.runbook}: no issuer of credentials is known for it`);
  };
  return {
    mint: noIssuer,
    probe: noIssuer,
    revoke: noIssuer,
    refused: noIssuer,
    reconnect: noIssuer,
    unmint: noIssuer,
  };
}
