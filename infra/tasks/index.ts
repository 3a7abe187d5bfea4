import { rotationTasks } from "./rotation.ts";
import type { Task, TaskName } from "./task.ts";

/** Every task by name; each runbook brings its own. */
export function openTasks(): Record<TaskName, Task> {
  return { ...rotationTasks() };
}
