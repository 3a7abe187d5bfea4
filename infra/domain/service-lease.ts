import { z } from "zod";
import { hashOf } from "./canonical-hash.ts";
import { parsedJson } from "./json.ts";

/** A process as it is known anywhere. */
interface KnownProcess {
  host: string;
  pid: number;
  startTime: string;
}

/** Where a Lease says when its holder last looked at the stack's records, ISO 8601. */
export const LOOKED_AT_ANNOTATION = "runbooks.dev/looked-at";

/** Where a Lease names those that have led before its holder, as a JSON list of identities: none of them leads any more. */
const LED_BEFORE_ANNOTATION = "runbooks.dev/led-before";
/**
 * So many are named, the last ones: a silent holder is followed after 9 s at the earliest, and what one that was silent for five minutes has held is
 * free for that alone.
 */
const MOST_NAMED = 40;

const identitiesSchema = z.array(z.string());

/** Those that have led before a Lease's holder, the last one last; what can't be read names nobody (pure). */
export function ledBefore(annotations: Readonly<Record<string, string>>): string[] {
  return identitiesSchema.safeParse(parsedJson(annotations[LED_BEFORE_ANNOTATION] ?? "[]")).data ?? [];
}

/** A Lease's annotations once its leadership has passed from one to another; an empty identity is nobody (pure). */
export function afterLeading(
  annotations: Readonly<Record<string, string>>,
  { from, to }: { from: string; to: string },
): Readonly<Record<string, string>> {
  const others = ledBefore(annotations).filter((identity) => identity !== from && identity !== to);
  const named = from === "" ? others : [...others, from].slice(-MOST_NAMED);
  return { ...annotations, [LED_BEFORE_ANNOTATION]: JSON.stringify(named) };
}

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
