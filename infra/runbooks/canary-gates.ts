import type { GateName } from "../gates/index.ts";

/** What a release is judged by while it has a part of the users. */
export const CANARY: readonly GateName[] = [
  "health",
  "readiness",
  "pods",
  "error-rate",
  "latency",
  "websocket",
  "session-continuity",
];
