import { z } from "zod";

export const KINDS = ["none", "application", "network", "credential", "backend"] as const;
export type Kind = (typeof KINDS)[number];

const SUSPECTS = ["redis", "postgres", "supabase", "third party", "gateway", "pods"] as const;
export type Suspect = (typeof SUSPECTS)[number];

const CAUSES = [
  "down",
  "unreachable",
  "silent",
  "slow",
  "refusing",
  "full",
  "failover",
  "failing",
  "wrong credentials",
  "revoked credentials",
  "cut off from the pods",
  "some pods fail",
  "all pods fail",
  "no pods",
] as const;
export type Cause = (typeof CAUSES)[number];

const found = z.strictObject({
  kind: z.enum(KINDS),
  suspect: z.enum(SUSPECTS),
  cause: z.enum(CAUSES),
  /** What was seen that says so, one line each. */
  evidence: z.array(z.string()),
});

/** One fault that the facts show. */
export type Found = z.infer<typeof found>;

/** What a look came to: one cause, and whatever else is wrong by itself. */
export const verdictSchema = z.strictObject({
  kind: z.enum(KINDS),
  suspect: z.enum(SUSPECTS).nullable(),
  cause: z.enum(CAUSES).nullable(),
  summary: z.string(),
  evidence: z.array(z.string()),
  also: z.array(found),
});

export type IncidentVerdict = z.infer<typeof verdictSchema>;

const KIND_WORDS: Readonly<Record<Kind, string>> = {
  none: "no fault",
  application: "an application fault",
  network: "a network fault",
  credential: "a credential fault",
  backend: "a backend outage",
};

/** The verdict of the faults that were found, the first of them being the cause (pure). */
export function verdictOf(founds: readonly Found[]): IncidentVerdict {
  const [first, ...also] = founds;
  if (first === undefined) {
    const summary = "every dependency and every pod is well";
    return { kind: "none", suspect: null, cause: null, summary, evidence: [], also: [] };
  }
  const { kind, suspect, cause, evidence } = first;
  return { kind, suspect, cause, summary: `${KIND_WORDS[kind]}: ${suspect}, ${cause}`, evidence, also };
}
