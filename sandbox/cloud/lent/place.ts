import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { STAGES, type Stage } from "../accounts.ts";

const gatewaySchema = z.object({ name: z.string(), namespace: z.string(), podsIn: z.string().optional() });

const stageSchema = z.object({
  namespace: z.string(),
  gateway: gatewaySchema,
  /** where the Gateway's listener is reached, where not at the address of its status */
  url: z.url().nullable(),
});

/** Where the stacks run on a cluster that is lent to the sandbox: what the daemon is told. */
export const lentSchema = z.object({ kubeconfig: z.string(), stages: z.record(z.enum(STAGES), stageSchema) });
export type Lent = z.infer<typeof lentSchema>;
export type LentStage = z.infer<typeof stageSchema>;

const stackFileSchema = z.object({
  config: z.object({
    "production-runbooks:cluster": z.object({ namespace: z.string() }),
    "production-runbooks:gateway": gatewaySchema,
  }),
});

/** What a stack's settings file says of where it runs. @throws where the file lacks it */
export function lentStage(project: string, stage: Stage, url: string | null): LentStage {
  const file = join(project, `Pulumi.${stage}.yaml`);
  const parsed = stackFileSchema.safeParse(parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  const { "production-runbooks:cluster": cluster, "production-runbooks:gateway": gateway } = parsed.data.config;
  return { namespace: cluster.namespace, gateway, url };
}
