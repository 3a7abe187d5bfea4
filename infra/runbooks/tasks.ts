import type { TaskName } from "../change/task-names.ts";
import { type RotationOutside, rotationTasks } from "./rotate/tasks.ts";
import type { Task } from "./task.ts";

/** Every task by name; each runbook brings its own. */
export function openTasks(outside: RotationOutside): Record<TaskName, Task> {
  return { ...rotationTasks(outside) };
}
