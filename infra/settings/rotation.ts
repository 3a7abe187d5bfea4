import { z } from "zod";
import { duration, formatDuration } from "../domain/durations.ts";
import { SECRET_NAMES } from "../domain/releases.ts";
import { positiveDuration } from "./parts.ts";

/** What a rotation takes where the stack file says nothing. */
const ROTATION = { soak: "1h", longestSession: "24h", observeFor: "10m", maxAge: "90d" };
/** Ten years. */
const LONGEST_AGE = 3_650 * 24 * 3_600_000;

/** How secrets are rotated, and how old they may get. */
export const rotationSchema = z.strictObject({
  /** How long a new generation is watched with all traffic before the old one is revoked. */
  soak: duration.prefault(ROTATION.soak),
  /** How long a session lives that nobody uses: a signing key stays on the ring for that long after its last use. */
  longestSession: positiveDuration.prefault(ROTATION.longestSession),
  /** How long an old key's use is observed once no pod has it: longer than Supabase's logs, or AFM's adapter, take to show one. */
  observeFor: duration.prefault(ROTATION.observeFor),
  /** The age at which a generation is to be rotated: a tag, an alarm and a policy say when it has passed. */
  maxAge: positiveDuration
    .refine((milliseconds) => milliseconds <= LONGEST_AGE, `is no limit: write ${formatDuration(LONGEST_AGE)} at most`)
    .prefault(ROTATION.maxAge),
  /** The secrets whose rotation `runbook serve` opens by itself once they have reached that age. */
  auto: z.array(z.enum(SECRET_NAMES)).default([]),
});
