import { setTimeout as delay } from "node:timers/promises";
import type { LeaseRecord } from "../clients/kubernetes-leases.ts";
import { identityInWords, LOOKED_AT_ANNOTATION, serviceLeaseName } from "../domain/service-lease.ts";
import type { Session } from "./session.ts";

/** The service that runs a stack's changes, as it was last seen. */
export interface RunningService {
  /** for people, such as "process 7 on runner-0" */
  who: string;
  /** since when, ISO 8601 */
  since: string;
  /** when it last looked at the stack's records or gates, ISO 8601; null where it hasn't yet */
  lookedAt: string | null;
}

/** So many times its own time without a renewal, and a service counts as gone. */
const INTERVALS = 2;
/** How long a renewal is waited for before that, in milliseconds: the clock here may be ahead of the service's. */
const RENEWED_WITHIN = 4_000;

/** Whether a service has shown itself lately, by the clock here (pure). */
export function isSeen({ holder, renewedAt, seconds }: LeaseRecord, now: number): boolean {
  return holder !== "" && now - Date.parse(renewedAt) <= INTERVALS * seconds * 1_000;
}

/** What a Lease says of the service that has it (pure). */
export function serviceIn({ holder, acquiredAt, annotations }: LeaseRecord): RunningService {
  return { who: identityInWords(holder), since: acquiredAt, lookedAt: annotations[LOOKED_AT_ANNOTATION] ?? null };
}

interface Asking {
  stack: Pick<Session["stack"], "name">;
  settings: { cluster: Pick<Session["settings"]["cluster"], "namespace"> };
  kubernetes: Pick<Session["kubernetes"], "lease">;
}

/** The Lease of the stack's service; null where there is none, or where it can't be read here: then no service is known. */
async function leaseOf({ stack, settings, kubernetes }: Asking): Promise<LeaseRecord | null> {
  return kubernetes.lease(settings.cluster.namespace, serviceLeaseName(stack.name)).catch(() => null);
}

/** The service that runs the stack's changes; null where no service was seen lately. One read. */
export async function readService(asking: Asking, now = Date.now()): Promise<RunningService | null> {
  const lease = await leaseOf(asking);
  return lease !== null && isSeen(lease, now) ? serviceIn(lease) : null;
}

/** The same for whoever would hand a change over: a Lease that seems to be old is looked at twice, since clocks differ. */
export async function findService(asking: Asking): Promise<RunningService | null> {
  const first = await leaseOf(asking);
  if (first === null || first.holder === "") return null;
  if (isSeen(first, Date.now())) return serviceIn(first);
  await delay(RENEWED_WITHIN);
  const second = await leaseOf(asking);
  return second !== null && second.holder !== "" && second.renewedAt !== first.renewedAt ? serviceIn(second) : null;
}
