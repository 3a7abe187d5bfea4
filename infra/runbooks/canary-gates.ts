import type { GateName } from "../gates/index.ts";

/** What a release is judged by before it has users: its pods have started and answer. */
export const STARTED: readonly GateName[] = ["health", "readiness", "pods"];

/** What a release is judged by while it has a part of the users. */
export const CANARY: readonly GateName[] = [...STARTED, "error-rate", "latency", "websocket", "session-continuity"];
