import { z } from "zod";

const secret = z.string().min(1);

const environmentSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65535),
  RELEASE_ID: z.string().min(1),
  STAGE: z.string().min(1),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
  SESSION_STORE: z.literal("redis"),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  SESSION_SECRET: secret.transform((ring) => ring.split(",").map((key) => key.trim())).pipe(z.array(secret).min(1)),
  SUPABASE_URL: z.url({ protocol: /^https?$/ }),
  SUPABASE_KEY: secret,
  AFM_URL: z.url({ protocol: /^https?$/ }),
  AFM_KEY: secret,
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
});

/** The pod's environment, parsed. SESSION_SECRET is the ring of signing keys: the first one signs, all of them verify. */
export type Environment = z.infer<typeof environmentSchema>;

/**
 * Parses the environment once, at the start.
 * @throws Error that lists every variable that is missing or malformed, never with its value.
 */
export function parseEnvironment(raw: Record<string, string | undefined>): Environment {
  const parsed = environmentSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return raw[name] === undefined ? `${name} is missing` : `${name} is malformed (${issue.code})`;
  });
  throw new Error(`the environment is not usable: ${[...new Set(problems)].join("; ")}`);
}

/** Every secret value in the environment, for the log's redaction: whole URLs, their passwords, each key of the ring. */
export function secretValues(environment: Environment): string[] {
  const urls = [environment.REDIS_URL, environment.DATABASE_URL];
  const passwords = urls.flatMap((url) => {
    const { password } = new URL(url);
    return [password, decodeURIComponent(password)];
  });
  const values = [...urls, ...passwords, ...environment.SESSION_SECRET, environment.SUPABASE_KEY, environment.AFM_KEY];
  return [...new Set(values.filter((value) => value.length > 0))];
}
