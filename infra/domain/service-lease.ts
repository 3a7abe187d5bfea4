import { hashOf } from "./canonical-hash.ts";

/** A process as it is known anywhere. */
interface KnownProcess {
  host: string;
  pid: number;
  startTime: string;
}

/** Where a Lease says when its holder last looked at the stack's records, ISO 8601. */
export const LOOKED_AT_ANNOTATION = "runbooks.dev/looked-at";

/** Kubernetes' longest name of an object. */
const LONGEST = 253;

/** The name of the Lease in a stack's namespace by which one of several services is elected to run its changes (pure). */
export function serviceLeaseName(stack: string): string {
  const name = `runbooks-${stack.toLowerCase().replace(/[^a-z0-9.-]+/g, "-")}`
    .slice(0, LONGEST - 9)
    .replace(/[.-]+$/, "");
  // Two stacks whose names differ in letters' case alone have two Leases.
  return name === `runbooks-${stack}` ? name : `${name}-${hashOf(stack).slice(0, 8)}`;
}

/** How a process is named in a Lease, so that no other is named the same (pure). */
export function identityOf({ host, pid, startTime }: KnownProcess): string {
  return `${host}/${pid}/${startTime}`;
}

/** A Lease's holder in words: its host and its number there, where the name is one of ours (pure). */
export function identityInWords(identity: string): string {
  const [, host, pid] = /^([^/]+)\/(\d+)\//.exec(identity) ?? [];
  return host === undefined ? identity : `process ${pid} on ${host}`;
}
