import { z } from "zod";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** What to ask of the workload, how often, and for how long. */
const loadOptionsSchema = z.strictObject({
  /** The gateway's URL. Only this machine may be loaded. */
  baseUrl: z.url({ protocol: /^http$/ }).refine((url) => LOOPBACK.has(new URL(url).hostname), {
    error: "the load generator only loads this machine: use a loopback address",
  }),
  /** The Host header, where the gateway tells its applications apart by it. */
  hostname: z.string().nullable().default(null),
  requestsPerSecond: z.number().positive().max(2000).default(200),
  /** Sessions that are logged in once and used from then on. */
  sessions: z.number().int().min(1).max(500).default(20),
  webSockets: z.number().int().min(0).max(1000).default(50),
  user: z.string().min(1),
  password: z.string().min(1),
  /** A request that takes longer counts as failed. */
  timeoutMs: z.number().int().positive().default(5000),
  /** null: it lasts until it is stopped. One that ends before what is done under it proves nothing. */
  maxSeconds: z.number().positive().max(3600).nullable().default(null),
});

export type LoadOptions = z.infer<typeof loadOptionsSchema>;
export type LoadInput = z.input<typeof loadOptionsSchema>;

/** @throws Error that lists every option that doesn't fit, by name. */
export function parseLoadOptions(raw: unknown): LoadOptions {
  const parsed = loadOptionsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new Error(
    parsed.error.issues.map((issue) => `load option ${issue.path.join(".")}: ${issue.message}`).join("\n"),
  );
}
