import { z } from "zod";

const label = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "write a name such as app-production");

const stackSchema = z.strictObject({
  /** the stack's name, as `--stack` takes it */
  stack: z.string().regex(/^[A-Za-z0-9_.-]+$/, "write a stack's name"),
  stage: z.enum(["staging", "production"]),
  /** where its releases run: the setting `cluster.namespace` */
  namespace: label,
  gatewayNamespace: label,
  /** the setting `cluster.context` */
  context: z.string().min(1).optional(),
  /** the name of the topic of the setting `notify.sns`, which it may publish to; none unless said */
  notifyTopic: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\.fifo)?$/, "write the topic's name, the last part of its ARN")
    .optional(),
  /** whether its metrics are read from CloudWatch: metrics.source aws-load-balancer, or own metrics of cloudwatch */
  cloudWatch: z.boolean().default(false),
});
export type ServedStack = z.infer<typeof stackSchema>;

const settingsSchema = z.strictObject({
  image: z.string().regex(/^[^\s@]+@sha256:[0-9a-f]{64}$/, "write the image by its digest, NAME@sha256:..."),
  stacks: z.array(stackSchema).min(1),
  backend: z.url(),
  onCall: z.string().min(1),
  cluster: z.string().min(1),
  application: z.string().min(1).default("app"),
  records: z.string().min(1),
  namespace: label.default("production-runbooks"),
  boardFrom: z.array(label).default([]),
  /** ranges of addresses that answer DNS besides the pods of kube-system and NodeLocal DNSCache's usual one */
  dns: z.array(z.union([z.cidrv4(), z.cidrv6()], { error: "write a range such as 10.100.0.10/32" })).default([]),
  /** TCP ports that it may call besides those of every service */
  egressPorts: z.array(z.int().min(1).max(65_535)).default([]),
  boardSecret: label.or(z.literal("")).default(""),
});
export type ServiceSettings = z.infer<typeof settingsSchema>;

/**
 * Checks the project's configuration.
 * @throws Error with every problem at once
 */
export function parseSettings(raw: unknown): ServiceSettings {
  const parsed = settingsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new Error(`the service's configuration isn't right:\n${z.prettifyError(parsed.error)}`);
}
