import { z } from "zod";
import { ACCOUNTS, STAGES, type Stage } from "./accounts.ts";

const stack = z.enum(STAGES, { error: `stack: is one of ${STAGES.join(", ")}` }).optional();
const state = z.enum(["down", "up"], { error: "say down or up" });

/** What can be broken: a store or service taken down, a key revoked, requests slowed down. */
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
      fault: z.literal("latency"),
      milliseconds: z.int("is a whole number of milliseconds").min(0).max(60_000, "is at most 60000 milliseconds"),
    }),
  ],
  { error: "the faults are redis, postgres, supabase, key-revoked and latency" },
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
  revokeAfmKey(key: string): boolean;
  setLatency(milliseconds: number): void;
}

function revoke(world: Breakable, name: "SUPABASE_KEY" | "AFM_KEY", stage: Stage): string {
  if (name === "SUPABASE_KEY") return `${stage}: ${world.revokeSupabaseKeys(stage)} Supabase key(s) revoked`;
  return world.revokeAfmKey(ACCOUNTS[stage].afmKey)
    ? `${stage}: AFM's key revoked`
    : `${stage}: AFM's key was revoked before`;
}

/** Breaks or mends something, and tells what. */
export async function applyFault(world: Breakable, fault: Fault): Promise<string[]> {
  if (fault.fault === "latency") {
    world.setLatency(fault.milliseconds);
    return [`every request at the gateway waits ${fault.milliseconds} ms`];
  }
  const stages = fault.stack === undefined ? STAGES : [fault.stack];
  if (fault.fault === "key-revoked") return stages.map((stage) => revoke(world, fault.name, stage));
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
