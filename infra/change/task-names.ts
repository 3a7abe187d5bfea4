/** What a rotation does outside the stack. */
const ROTATION_TASKS = [
  "mint",
  "probe",
  "key-uses",
  "unused",
  "search",
  "drained",
  "revoke",
  "refused",
  "reconnect",
  "scan",
  "unmint",
] as const;

/** Every task that a step may name. */
export type TaskName = (typeof ROTATION_TASKS)[number];
