import type { GateName } from "./index.ts";

/** The gates that only read what others have counted, and send nothing. A look costs nobody anything, so they are looked at more often than the others. */
export const COUNTED: ReadonlySet<GateName> = new Set<GateName>(["error-rate", "latency", "pods"]);

/** Those of a step's gates that only read what others have counted (pure). */
export function countedOf(gates: readonly GateName[]): GateName[] {
  return gates.filter((name) => COUNTED.has(name));
}
