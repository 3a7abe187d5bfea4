import { z } from "zod";

const release = z.object({ version: z.string(), id: z.string() });

/** What a record's first event says of its change; more may stand in it, and records of earlier versions lack what came later. */
export const openedSchema = z.object({
  stack: z.string(),
  runbook: z.string(),
  onCall: z.string(),
  release: release.optional(),
  replaces: release.optional(),
  reason: z.string().nullish(),
  startedBy: z.string().nullish(),
  /** the stacks whose turn comes once this change has ended well */
  afterwards: z.array(z.string()).default([]),
  /** the names of the steps that it began with */
  plan: z.array(z.string()).nullish(),
  /** the version of that plan; records from before versions were kept have the first */
  planVersion: z.int().default(1),
  /** the commit of the program that began it */
  program: z.string().nullish(),
});

const someSchema = openedSchema.partial();

/**
 * The same of a first event that may lack anything, such as one of an earlier version (pure).
 * @throws ZodError where something in it is of another kind than it should be
 */
export function openedIn(data: unknown): z.output<typeof someSchema> {
  return someSchema.parse(data ?? {});
}
