import { z } from "zod";

const resourceSchema = z.object({
  urn: z.string(),
  type: z.string(),
  id: z.string().default(""),
  parent: z.string().optional(),
  protect: z.boolean().default(false),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.unknown().optional(),
});
const operationSchema = z.object({ type: z.string(), resource: z.object({ urn: z.string() }) });
const providerSchema = z.object({ type: z.string(), state: z.object({ url: z.string().optional() }).optional() });

const exportSchema = z.object({
  deployment: z.object({
    resources: z.array(resourceSchema).nullish(),
    pending_operations: z.array(operationSchema).nullish(),
    secrets_providers: providerSchema.nullish(),
  }),
});

/** A resource as a stack's state has it. */
export type ExportedResource = z.infer<typeof resourceSchema>;

/** What a stack's state says. */
export interface Exported {
  resources: readonly ExportedResource[];
  /** what an engine had begun and not ended */
  operations: readonly z.infer<typeof operationSchema>[];
  /** whoever encrypts the stack's secrets; null where the state names nobody */
  secretsProvider: { type: string; url: string | null } | null;
}

/**
 * Reads what `pulumi stack export` prints, parsed as JSON (pure). A stack before its first update has no list of resources, or null.
 * @throws ZodError where it is something else
 */
export function exportedIn(printed: unknown): Exported {
  const { resources, pending_operations: operations, secrets_providers: by } = exportSchema.parse(printed).deployment;
  return {
    resources: resources ?? [],
    operations: operations ?? [],
    secretsProvider: by == null ? null : { type: by.type, url: by.state?.url ?? null },
  };
}
