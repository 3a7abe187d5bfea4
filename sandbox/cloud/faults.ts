import { z } from "zod";
import { SECRET_NAMES } from "../../infra/domain/releases.ts";
import { noStack, STAGES, type Stage } from "./accounts.ts";

const stack = z.enum(STAGES, { error: ({ input }) => noStack(input) }).optional();
const oneOf = <const Words extends readonly [string, string]>(words: Words) =>
  z.enum(words, { error: ({ input }) => `"${input}" isn't understood: say ${words.join(" or ")}` });
const name = z.enum(["SUPABASE_KEY", "AFM_KEY"], {
  error: ({ input }) => `"${input}" isn't understood: say SUPABASE_KEY or AFM_KEY`,
});
const milliseconds = z
  .int("say how long as a whole number of milliseconds, such as 200")
  .min(0, "say 0 or more milliseconds")
  .max(60_000, "say 60000 milliseconds or less");

/** The faults that are a state: the first word breaks, the second one mends. */
export const STATES = {
  redis: ["down", "up"],
  "redis-auth": ["refused", "accepted"],
  "redis-memory": ["full", "free"],
  "redis-failover": ["begun", "ended"],
  postgres: ["down", "up"],
  "postgres-connections": ["refused", "accepted"],
  supabase: ["down", "up"],
  "supabase-key": ["wrong", "right"],
  pod: ["bad", "good"],
  gateway: ["down", "up"],
} as const;

const ofState = <const Name extends keyof typeof STATES>(fault: Name) =>
  z.strictObject({ fault: z.literal(fault), state: oneOf(STATES[fault]), stack });

/** What can be broken, and how it is mended. */
export const faultSchema = z.discriminatedUnion(
  "fault",
  [
    ofState("redis"),
    ofState("redis-auth"),
    ofState("redis-memory"),
    ofState("redis-failover"),
    ofState("postgres"),
    ofState("postgres-connections"),
    ofState("supabase"),
    ofState("supabase-key"),
    ofState("pod"),
    ofState("gateway"),
    z.strictObject({ fault: z.literal("key-revoked"), name, stack }),
    z.strictObject({ fault: z.literal("key-accepted"), name, stack }),
    z.strictObject({ fault: z.literal("revoke-ignored"), name, stack }),
    z.strictObject({
      fault: z.literal("unmanaged-version"),
      name: z.enum(SECRET_NAMES, {
        error: ({ input }) => `"${input}" isn't understood: say one of ${SECRET_NAMES.join(", ")}`,
      }),
      stack,
    }),
    z.strictObject({ fault: z.literal("supabase-latency"), milliseconds, stack }),
    z.strictObject({ fault: z.literal("latency"), milliseconds }),
  ],
  {
    error: `there is no such fault: say one of ${[...Object.keys(STATES), "key-revoked", "key-accepted", "revoke-ignored", "unmanaged-version", "supabase-latency"].join(", ")} and latency`,
  },
);

export type Fault = z.infer<typeof faultSchema>;

interface Interruptible {
  down(): Promise<void>;
  up(): Promise<void>;
}

interface Redis extends Interruptible {
  auth(passwords: "refused" | "accepted"): Promise<void>;
  memory(memory: "full" | "free"): Promise<void>;
  failover(failover: "begun" | "ended"): Promise<void>;
}

interface Postgres extends Interruptible {
  connections(connections: "refused" | "accepted"): Promise<void>;
}

interface Supabase extends Interruptible {
  setLatency(milliseconds: number): void;
}

/** What faults act on, by stage. */
export interface Breakable {
  redis(stage: Stage): readonly Redis[];
  postgres(stage: Stage): readonly Postgres[];
  supabase(stage: Stage): readonly Supabase[];
  revokeSupabaseKeys(stage: Stage): number;
  acceptSupabaseKeys(stage: Stage): number;
  revokeAfmKeys(stage: Stage): number;
  acceptAfmKeys(stage: Stage): number;
  /** The next revocation of a key is acknowledged and not done. */
  ignoreNextRevoke(name: "SUPABASE_KEY" | "AFM_KEY", stage: Stage): void;
  /** Somebody rotates an entry in the console; answers the new version's id. */
  putUnmanagedVersion(name: (typeof SECRET_NAMES)[number], stage: Stage): string;
  supabaseKey(stage: Stage, key: "wrong" | "right"): string;
  pod(stage: Stage, state: "bad" | "good"): string;
  cutGateway(stage: Stage, line: "cut" | "joined"): void;
  setLatency(milliseconds: number): void;
}

function revoke(world: Breakable, key: "SUPABASE_KEY" | "AFM_KEY", stage: Stage): string {
  if (key === "SUPABASE_KEY") return `${world.revokeSupabaseKeys(stage)} Supabase key(s) revoked`;
  return `${world.revokeAfmKeys(stage)} AFM key(s) revoked`;
}

function accept(world: Breakable, key: "SUPABASE_KEY" | "AFM_KEY", stage: Stage): string {
  if (key === "SUPABASE_KEY") return `${world.acceptSupabaseKeys(stage)} Supabase key(s) accepted again`;
  return `${world.acceptAfmKeys(stage)} AFM key(s) accepted again`;
}

async function each<T>(targets: readonly T[], what: string, done: string, act: (target: T) => Promise<void>) {
  if (targets.length === 0) return `there is no ${what}`;
  await Promise.all(targets.map(act));
  return `${what} ${done}`;
}

/** One fault on one stage; answers what it did. */
async function applyTo(world: Breakable, fault: Exclude<Fault, { fault: "latency" }>, stage: Stage): Promise<string> {
  switch (fault.fault) {
    case "redis":
    case "postgres":
    case "supabase": {
      const targets: readonly Interruptible[] = world[fault.fault](stage);
      return each(targets, fault.fault, `is ${fault.state}`, (target) => target[fault.state]());
    }
    case "redis-auth":
      return each(world.redis(stage), "redis", `passwords ${fault.state}`, (redis) => redis.auth(fault.state));
    case "redis-memory":
      return each(world.redis(stage), "redis", `memory ${fault.state}`, (redis) => redis.memory(fault.state));
    case "redis-failover":
      return each(world.redis(stage), "redis", `failover ${fault.state}`, (redis) => redis.failover(fault.state));
    case "postgres-connections":
      return each(world.postgres(stage), "postgres", `connections ${fault.state}`, (postgres) =>
        postgres.connections(fault.state),
      );
    case "supabase-key":
      return world.supabaseKey(stage, fault.state);
    case "pod":
      return world.pod(stage, fault.state);
    case "gateway":
      world.cutGateway(stage, fault.state === "down" ? "cut" : "joined");
      return `the gateway is ${fault.state === "down" ? "cut off" : "joined again"}`;
    case "supabase-latency":
      for (const supabase of world.supabase(stage)) supabase.setLatency(fault.milliseconds);
      return `every answer of Supabase takes ${fault.milliseconds} ms longer`;
    case "key-revoked":
      return revoke(world, fault.name, stage);
    case "key-accepted":
      return accept(world, fault.name, stage);
    case "revoke-ignored":
      world.ignoreNextRevoke(fault.name, stage);
      return `the next revocation of a ${fault.name} will be acknowledged and not done`;
    case "unmanaged-version":
      return `somebody else has made version ${world.putUnmanagedVersion(fault.name, stage)} of ${fault.name} current`;
  }
}

/** Breaks or mends something, and tells what. */
export async function applyFault(world: Breakable, fault: Fault): Promise<string[]> {
  if (fault.fault === "latency") {
    world.setLatency(fault.milliseconds);
    return [`every request at the gateway waits ${fault.milliseconds} ms`];
  }
  const told: string[] = [];
  for (const stage of fault.stack === undefined ? STAGES : [fault.stack]) {
    told.push(`${stage}: ${await applyTo(world, fault, stage)}`);
  }
  return told;
}
