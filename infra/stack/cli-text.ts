/**
 * What the Pulumi CLI, its engine and its Kubernetes provider say of a failure, read in this one place: they give no code. Each text is proven
 * by a spec on the real CLI, or by the scenario of `test/e2e` that its comment names.
 */
import { codesIn } from "../domain/engine-codes.ts";

/** Who a stack's lock says it belongs to. */
export interface LockOwner {
  host: string;
  pid: number;
}

/** Why the CLI couldn't read a stack. */
export type ReadingTrouble = "no stack" | "no project" | "no login" | "torn" | "other";

const READING: readonly (readonly [ReadingTrouble, RegExp])[] = [
  ["no stack", /no stack named|no previous deployment|stack '[^']*' not found/i],
  // The CLI looks for the project in its folder and above. The last of these is how `stack output` says it.
  [
    "no project",
    /no Pulumi\.yaml project file found|no Pulumi project found|using the --stack flag, pass the fully qualified name/i,
  ],
  ["no login", /PULUMI_ACCESS_TOKEN must be set/],
  // A file backend's checkpoint, read while another update was writing it.
  ["torn", /failed to load checkpoint/],
];

/** Why a stack couldn't be read (pure). */
export function readingTrouble(stderr: string): ReadingTrouble {
  return READING.find(([, text]) => text.test(stderr))?.[0] ?? "other";
}

/** The file backend's lock, and the service's. */
const LOCKED = /stack is currently locked|conflict: Another update is currently in progress/i;

/** Whether another update has the stack (pure). */
export function isLocked(told: string): boolean {
  return LOCKED.test(told);
}

const LOCK_OWNER = /created by \S+@(\S+) \(pid (\d+)\) at /g;

/** The owners of a stack's locks (pure). */
export function lockOwners(told: string): LockOwner[] {
  return [...told.matchAll(LOCK_OWNER)].map(([, host = "", pid]) => ({ host, pid: Number(pid) }));
}

/** Whether the stack isn't where the desired state starts from: the program says so, by its code (pure). */
export function hasMovedOn(told: string): boolean {
  return codesIn(told).some(({ code }) => code === "stack-moved-on");
}

/** What gRPC says where a provider's process has ended: the engine takes it as the failure of a resource (test/e2e/crash.test.ts). */
const PROVIDER_GONE = /code = Unavailable|error reading from server: EOF|transport is closing/;

/** Whether a provider's process has ended in the middle (pure). */
export function hasLostProvider(told: string): boolean {
  return PROVIDER_GONE.test(told);
}

/** The engine keeps what is protected from being deleted or replaced. */
const PROTECTED =
  /resource "(?<urn>[^"]+)"\s+cannot be (deleted|replaced)\s+because it is protected|is protected from deletion/i;

/** The protected resource that an error says would be lost: its URN, `unnamed` where it says none; null where it says nothing of the kind (pure). */
export function protectedIn(error: string): { urn: string } | "unnamed" | null {
  const found = PROTECTED.exec(error);
  if (found === null) return null;
  const urn = found.groups?.urn;
  return urn === undefined ? "unnamed" : { urn };
}

/** What the engine says at its end of every preview and update that failed. */
const CLOSING = /(^|: )(preview|update) failed$/;

/** Whether an error says no more than that something failed (pure). */
export function isClosing(error: string): boolean {
  return CLOSING.test(error);
}

/** A conflict of server-side apply, as the provider tells it (pulumi-kubernetes, provider/pkg/await); on real parts: the scenario `orphans`. */
const CONFLICT = /apply field conflict|Apply failed with/;
const REPLICAS = /\.spec\.replicas/;

/**
 * Whether nothing but replicas stood in the way of an adoption: an autoscaler has scaled the Deployment since. A conflict over the annotation
 * is none: it is another change's object (pure).
 */
export function isReplicasAlone(problems: readonly string[], annotation: string): boolean {
  const conflicts = problems.filter((problem) => CONFLICT.test(problem));
  return conflicts.length > 0 && conflicts.every((text) => REPLICAS.test(text) && !text.includes(annotation));
}
