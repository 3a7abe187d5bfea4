import { z } from "zod";

/** What the daemon tells the command that started it, one message at a time. */
export const reportSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("progress"), line: z.string() }),
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("failed"), reason: z.string() }),
]);

export type Report = z.infer<typeof reportSchema>;
