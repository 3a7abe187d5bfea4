import { z } from "zod";
import { STAGES, type Stage } from "./accounts.ts";

const stack = z.enum(STAGES, { error: `stack: is one of ${STAGES.join(", ")}` }).optional();
const SECRETS = ["SUPABASE_KEY", "SESSION_SECRET", "AFM_KEY", "REDIS_URL"] as const;
const state = z.enum(["down", "up"], { error: "say down or up" });

/** What can be broken: a store or service taken down, a key revoked, a revocation ignored, an entry rotated by hand, requests slowed down. */
export const faultSchema = z.discriminatedUnion(
  "fault",
  [
    z.strictObject({ fault: z.literal("redis"), state, stack }),
    z.strictObject({ fault: z.literal("postgres"), state, stack }),
    z.strictObject({ fault: z.literal("supabase"), state, stack }),
    z.strictObject({
      fault: z.literal("key-revoked"),
      name: z.enum(["SUPABASE_KEY", "AFM_KEY"], { error: "name: is SUPABASE_KEY or AFM_KEY" }),
      stack,
    }),
    z.strictObject({
      fault: z.literal("revoke-ignored"),
      name: z.enum(["SUPABASE_KEY", "AFM_KEY"], { error: "name: is SUPABASE_KEY or AFM_KEY" }),
      stack,
    }),
    z.strictObject({
      fault: z.literal("foreign-version"),
      name: z.enum(SECRETS, { error: `name: is one of ${SECRETS.join(", ")}` }),
      stack,
    }),
    z.strictObject({
      fault: z.literal("latency"),
      milliseconds: z.int("is a whole number of milliseconds").min(0).max(60_000, "is at most 60000 milliseconds"),
    }),
  ],
  { error: "the faults are redis, postgres, supabase, key-revoked, revoke-ignored, foreign-version and latency" },
);

export type Fault = z.infer<typeof faultSchema>;

interface Interruptible {
  down(): Promise<void>;
  up(): Promise<void>;
}

/** What faults act on, by stage. */
export interface Breakable {
  redis(stage: Stage): readonly Interruptible[];
  postgres(stage: Stage): readonly Interruptible[];
  supabase(stage: Stage): readonly Interruptible[];
  revokeSupabaseKeys(stage: Stage): number;
  revokeAfmKeys(stage: Stage): number;
  /** The next revocation of a key is acknowledged and not done. */
  ignoreNextRevoke(name: "SUPABASE_KEY" | "AFM_KEY", stage: Stage): void;
  /** Somebody rotates an entry in the console; answers the new version's id. */
  putForeignVersion(name: (typeof SECRETS)[number], stage: Stage): string;
  setLatency(milliseconds: number): void;
}

function revoke(world: Breakable, name: "SUPABASE_KEY" | "AFM_KEY", stage: Stage): string {
  if (name === "SUPABASE_KEY") return `${stage}: ${world.revokeSupabaseKeys(stage)} Supabase key(s) revoked`;
  return `${stage}: ${world.revokeAfmKeys(stage)} AFM key(s) revoked`;
}

/** Breaks or mends something, and tells what. */
export async function applyFault(world: Breakable, fault: Fault): Promise<string[]> {
  if (fault.fault === "latency") {
    world.setLatency(fault.milliseconds);
    return [`every request at the gateway waits ${fault.milliseconds} ms`];
  }
  const stages = fault.stack === undefined ? STAGES : [fault.stack];
  if (fault.fault === "key-revoked") return stages.map((stage) => revoke(world, fault.name, stage));
  if (fault.fault === "revoke-ignored") {
    return stages.map((stage) => {
      world.ignoreNextRevoke(fault.name, stage);
      return `${stage}: the next revocation of a ${fault.name} will be acknowledged and not done`;
    });
  }
  if (fault.fault === "foreign-version") {
    const put = (stage: Stage) => world.putForeignVersion(fault.name, stage);
    return stages.map((stage) => `${stage}: somebody else has made version ${put(stage)} of ${fault.name} current`);
  }
  const told: string[] = [];
  for (const stage of stages) {
    const targets = world[fault.fault](stage);
    await Promise.all(targets.map((target) => target[fault.state]()));
    told.push(
      targets.length === 0 ? `${stage}: there is no ${fault.fault}` : `${stage}: ${fault.fault} is ${fault.state}`,
    );
  }
  return told;
}
