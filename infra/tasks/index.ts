import type { TaskName } from "./names.ts";
import { type RotationOutside, rotationTasks } from "./rotation.ts";
import type { Task } from "./task.ts";

/** Every task by name; each runbook brings its own. */
export function openTasks(outside: RotationOutside): Record<TaskName, Task> {
  return { ...rotationTasks(outside) };
}
