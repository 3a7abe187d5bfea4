import { z } from "zod";

/** How one question to a dependency went. */
export const STATES = [
  "well",
  /** it answered, later than the workload waits */
  "slow",
  /** the host is there and nothing listens */
  "closed",
  /** no way to the host: its name, a route or a firewall */
  "unreachable",
  /** connected, and no answer in time */
  "silent",
  /** the credentials are refused */
  "unauthorized",
  /** it answers that it takes nobody now */
  "unavailable",
  /** no memory or disk is left for a write */
  "full",
  /** a failover is under way: what answers takes no writes */
  "replica",
  /** any other answer that is none */
  "failing",
  /** not asked, since an earlier question had failed */
  "untried",
] as const;

export type State = (typeof STATES)[number];

const probe = z.strictObject({
  state: z.enum(STATES),
  milliseconds: z.number().nullable(),
  /** A code or a few words, never an address or a credential. */
  detail: z.string(),
});

/** One question and how it went. */
export type Probe = z.infer<typeof probe>;

export const UNTRIED: Probe = { state: "untried", milliseconds: null, detail: "" };

const podFacts = z.strictObject({
  name: z.string(),
  release: z.string().nullable(),
  /** what Kubernetes says */
  ready: z.boolean(),
  /** true while its end is under way */
  leaving: z.boolean(),
  health: probe,
  /** the pod's own readiness answer; untried in records from before it was kept */
  readiness: probe.default(UNTRIED),
  /** each dependency's check by the pod's own readiness answer; null where it gave none */
  checks: z.record(z.string(), probe).nullable(),
});

export type PodFacts = z.infer<typeof podFacts>;

/** Everything that was observed in one look, with nothing secret in it. */
const factsSchema = z.strictObject({
  gateway: probe,
  pods: z.array(podFacts),
  /** how many pods the release that serves is asked to have, by its autoscaler or by hand; null where nobody could say */
  desired: z.int().nullable().default(null),
  redis: z.strictObject({
    /** TCP and TLS */
    connection: probe,
    login: probe,
    /** a session-shaped key written, read back and removed */
    write: probe,
    usedMemoryPercent: z.number().nullable(),
    role: z.enum(["primary", "replica"]).nullable(),
    /** keys that look like sessions; null where nobody could count them */
    sessions: z.int().nullable(),
  }),
  postgres: z.strictObject({ connection: probe, login: probe, write: probe }),
  supabase: z.strictObject({
    reachable: probe,
    auth: probe,
    rest: probe,
    /** what Supabase says of the stack's own key, where the pods carry another one */
    stackKey: z.enum(["the same", "accepted", "refused", "unknown"]),
  }),
});

export type Facts = z.infer<typeof factsSchema>;

export const well = (milliseconds: number, detail = ""): Probe => ({ state: "well", milliseconds, detail });

export const trouble = (state: State, detail: string, milliseconds: number | null = null): Probe => ({
  state,
  milliseconds,
  detail,
});

/** Whether what was asked has answered, in time or later: the next question may be asked (pure). */
export function hasAnswered({ state }: Probe): boolean {
  return state === "well" || state === "slow";
}

/** The first of several probes that isn't well; an untried one behind it says nothing of its own (pure). */
export function worst(probes: readonly Probe[]): Probe | null {
  return probes.find(({ state }) => state !== "well" && state !== "untried") ?? null;
}
