import { z } from "zod";

const resourceSchema = z.object({
  urn: z.string(),
  type: z.string(),
  id: z.string().default(""),
  parent: z.string().optional(),
  protect: z.boolean().default(false),
  inputs: z.record(z.string(), z.unknown()).default({}),
});
const exportSchema = z.object({ deployment: z.object({ resources: z.array(resourceSchema).nullish() }) });

/** A resource as the stack's state has it. */
export type StandingResource = z.infer<typeof resourceSchema>;

/** Everything that `pulumi stack export` lists, the stack itself and providers left out (pure). */
export function standingIn(exported: unknown): StandingResource[] {
  const resources = exportSchema.parse(exported).deployment.resources ?? [];
  return resources.filter(({ type }) => !type.startsWith("pulumi:"));
}

/** A resource's name in the program. */
export function nameOf({ urn }: Pick<StandingResource, "urn">): string {
  return urn.split("::").at(-1) ?? "";
}
