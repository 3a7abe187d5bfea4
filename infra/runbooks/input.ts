import { z } from "zod";
import { manifestSchema, migrationSchema } from "../domain/manifest.ts";
import { releaseSchema, releaseStateSchema, SECRET_NAMES } from "../domain/releases.ts";

const milliseconds = z.number().min(0);
const shared = {
  base: releaseStateSchema,
  release: releaseSchema,
  onCall: z.string(),
  timing: z.strictObject({ interval: milliseconds, gateTimeout: milliseconds, drain: milliseconds }),
};
/** The gates of the team's own metrics that the change's steps have; records from before lack them. */
const ownGates = z.array(z.enum(["metrics", "metric-limits"])).exactOptional();
const wait = z.strictObject({ wall: milliseconds, nominal: milliseconds });

const schemaWay = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("keep") }),
  z.strictObject({ kind: z.literal("downs"), manifest: manifestSchema }),
  z.strictObject({ kind: z.literal("restore"), backup: z.string(), schema: z.array(migrationSchema) }),
]);

const incidentLimits = z.strictObject({
  interval: milliseconds,
  writes: z.int().min(1),
  recoverWithin: milliseconds,
  startWithin: milliseconds,
  persistsAfter: milliseconds,
  logMoreFor: milliseconds,
});

/** What a change was opened with: enough to make its plan again in any process. */
export const inputSchema = z.discriminatedUnion("runbook", [
  z.strictObject({ runbook: z.literal("deploy"), ...shared, soak: wait, ownGates }),
  z.strictObject({
    runbook: z.literal("promote"),
    ...shared,
    weights: z.array(z.int()),
    stepFor: milliseconds,
    checks: z.array(wait),
    guarded: z.boolean().default(false),
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
    createdOn: z.string(),
    mintedBy: z.enum(["program", "issuer", "operator"]),
    revokedBy: z.enum(["issuer", "stack"]),
    weights: z.array(z.int()),
    stepFor: milliseconds,
    soak: wait,
    longestSession: wait,
    sessions: z.enum(["kept", "ended"]),
    ownGates,
  }),
]);

export type RunbookInput = z.infer<typeof inputSchema>;
