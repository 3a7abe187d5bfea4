import { z } from "zod";
import { type Client, messageOf } from "./kubernetes-client.ts";

/** A Lease of coordination.k8s.io/v1 as far as an election uses it (k8s.io/api/coordination/v1, LeaseSpec). */
export interface LeaseRecord {
  /** empty: nobody has it */
  holder: string;
  /** how long it is held without a renewal, in seconds */
  seconds: number;
  /** when its holder got it and when it was last renewed, ISO 8601, by its holder's clock */
  acquiredAt: string;
  renewedAt: string;
  /** how often its holder has changed */
  transitions: number;
  annotations: Readonly<Record<string, string>>;
}

/** A Lease with the version that a write names, so that it takes effect on that version alone. */
export interface StoredLease {
  record: LeaseRecord;
  version: string;
}

/** One Lease of a cluster. */
export interface LeaseObject {
  /** Null where there is none. @throws Error where it can't be read */
  read(): Promise<StoredLease | null>;
  /**
   * Creates it, or writes it over the version that was read.
   * @returns null where somebody else has written it in between. @throws Error where it can't be written
   */
  write(record: LeaseRecord, version: string | null): Promise<StoredLease | null>;
}

const LEASES = "/apis/coordination.k8s.io/v1";

const schema = z.object({
  metadata: z.object({ resourceVersion: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z
    .object({
      holderIdentity: z.string().default(""),
      leaseDurationSeconds: z.int().default(0),
      acquireTime: z.string().default(""),
      renewTime: z.string().default(""),
      leaseTransitions: z.int().default(0),
    })
    .prefault({}),
});

function storedIn(text: string): StoredLease {
  const { metadata, spec } = schema.parse(JSON.parse(text));
  return {
    version: metadata.resourceVersion,
    record: {
      holder: spec.holderIdentity,
      seconds: spec.leaseDurationSeconds,
      acquiredAt: spec.acquireTime,
      renewedAt: spec.renewTime,
      transitions: spec.leaseTransitions,
      annotations: metadata.annotations,
    },
  };
}

/** A time with microseconds, as the API server reads one: exactly six digits (k8s.io/apimachinery, meta/v1 MicroTime, RFC3339Micro). */
export function microTime(iso: string): string {
  return new Date(iso).toISOString().replace("Z", "000Z");
}

/** Opens a Lease by its name. */
export function openLease(
  { answer, write }: Pick<Client, "answer" | "write">,
  namespace: string,
  name: string,
): LeaseObject {
  const folder = `${LEASES}/namespaces/${namespace}/leases`;
  const refused = (does: string, { status, text }: { status: number | null; text: string }) =>
    new Error(`the Lease ${namespace}/${name} can't be ${does} (${status ?? "no answer"}: ${messageOf(text)})`);
  return {
    async read() {
      const answered = await answer(`${folder}/${name}`, WITHIN);
      if (answered.status === 404) return null;
      if (answered.status !== 200) throw refused("read", answered);
      return storedIn(answered.text);
    },
    async write(record, version) {
      const body = {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: {
          name,
          namespace,
          annotations: record.annotations,
          ...(version === null ? {} : { resourceVersion: version }),
        },
        spec: {
          holderIdentity: record.holder,
          leaseDurationSeconds: record.seconds,
          acquireTime: microTime(record.acquiredAt),
          renewTime: microTime(record.renewedAt),
          leaseTransitions: record.transitions,
        },
      };
      const [method, path] = version === null ? (["POST", folder] as const) : (["PUT", `${folder}/${name}`] as const);
      const answered = await write(method, path, body, WITHIN);
      if (answered.status === 409) return null;
      if (answered.status !== 200 && answered.status !== 201) throw refused("written", answered);
      return storedIn(answered.text);
    },
  };
}

/** How long the API server has for an answer, in milliseconds: less than a holder may go without renewing. */
const WITHIN = 3_000;
