import { z } from "zod";
import { manifestSchema, migrationSchema } from "../domain/manifest.ts";
import { releaseSchema, releaseStateSchema, SECRET_NAMES } from "../domain/releases.ts";
import type { Actor } from "./moves.ts";

const milliseconds = z.number().min(0);
const shared = {
  base: releaseStateSchema,
  /** the release that all of the traffic ends on */
  release: releaseSchema,
  onCall: z.string(),
  timing: z.strictObject({ interval: milliseconds, gateTimeout: milliseconds, drain: milliseconds }),
};
/** The gates of the team's own metrics that the change's steps have; records from before lack them. */
const ownGates = z.array(z.enum(["metrics", "metric-limits"])).exactOptional();
/** On the wall, and as the settings say it. */
const wait = z.strictObject({ wall: milliseconds, nominal: milliseconds });

/** What a rollback does to the database. */
const schemaWay = z.discriminatedUnion("kind", [
  /** nothing: the schema is the same, or was only expanded */
  z.strictObject({ kind: z.literal("keep") }),
  /** the downs, newest first, once no traffic needs what they take away; `manifest` is the one whose image has them */
  z.strictObject({ kind: z.literal("downs"), manifest: manifestSchema }),
  /** the backup of before, with its schema: what was written since is lost */
  z.strictObject({ kind: z.literal("restore"), backup: z.string(), schema: z.array(migrationSchema) }),
]);
export type SchemaWay = z.infer<typeof schemaWay>;

/** How patient an incident is. */
const incidentLimits = z.strictObject({
  /** between two looks */
  interval: milliseconds,
  /** real writes in a row that prove the backends to be back */
  writes: z.int().min(1),
  /** how long pods have to recover by themselves */
  recoverWithin: milliseconds,
  /** how long a pod that was put in another's place has to become ready */
  startWithin: milliseconds,
  /** how long a fault lasts before people are told and more is logged */
  persistsAfter: milliseconds,
  logMoreFor: milliseconds,
});

/** What a change was opened with: enough to make its plan again in any process. */
export const inputSchema = z.discriminatedUnion("runbook", [
  z.strictObject({ runbook: z.literal("deploy"), ...shared, soak: wait, ownGates }),
  z.strictObject({
    runbook: z.literal("promote"),
    ...shared,
    /** in percent, rising to 100 */
    weights: z.array(z.int()),
    /** how long each weight is watched */
    stepFor: milliseconds,
    /** the checks after all traffic has moved */
    checks: z.array(wait),
    /** whether what is counted is watched between the checks; not in changes that began without */
    guarded: z.boolean().default(false),
    /** whether the canary is compared with a second copy of the stable release that starts with it */
    freshBaseline: z.boolean().default(false),
    ownGates,
  }),
  z.strictObject({ runbook: z.literal("rollback"), ...shared, schema: schemaWay }),
  z.strictObject({ runbook: z.literal("incident"), ...shared, limits: incidentLimits }),
  z.strictObject({
    runbook: z.literal("rotate"),
    ...shared,
    rotation: z.strictObject({
      secret: z.enum(SECRET_NAMES),
      old: z.string(),
      next: z.string(),
      handedOver: z.string().nullable(),
      urgency: z.enum(["planned", "compromised"]),
      unusedFor: milliseconds,
    }),
    /** ISO 8601: when the new generation was made */
    createdOn: z.string(),
    mintedBy: z.enum(["program", "issuer", "operator"]),
    /** whether the issuer withdraws by itself, or the stack's own update does (a scrambled password, a key off the ring) */
    revokedBy: z.enum(["issuer", "stack"]),
    /** in percent, rising to 100: one whole shift on staging */
    weights: z.array(z.int()),
    stepFor: milliseconds,
    /** how long the new release is watched with all traffic before anything is revoked */
    soak: wait,
    /** how long a session lives that nobody uses: a signing key is not dropped before it has verified none for that long */
    longestSession: wait,
    /** how long the issuer's reports of use are waited for once the release before is gone; left out where it makes none, and in older records */
    observeFor: wait.exactOptional(),
    /** `ended` leaves the ring out: every session that the old key signed ends */
    sessions: z.enum(["kept", "ended"]),
    ownGates,
  }),
]);

export type RunbookInput = z.infer<typeof inputSchema>;

/** What a runbook's plan is made from: what its change was opened with, and who moves. */
export type PlanInput<Name extends RunbookInput["runbook"]> = { actor: Actor } & Omit<
  Extract<RunbookInput, { runbook: Name }>,
  "runbook" | "onCall"
>;
