import { z } from "zod";
import { SECRET_NAMES, type SecretName } from "../releases.ts";

/** What each entry is called in Secrets Manager. */
export type EntryNames = Readonly<Record<SecretName, string>>;

/** Secrets Manager ends an ARN with `-` and six random characters of its own. */
const ENTRY_ARN = /^arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:(.+)-[A-Za-z0-9]{6}$/;

const arnsSchema = z.partialRecord(z.enum(SECRET_NAMES), z.string()).catch({});

/**
 * `APPLICATION/STAGE/NAME`, so that two applications of one account have entries of their own; an entry that is there already keeps its
 * name, since a new name would be a new entry (pure).
 * @param arns what the stack's last update exported as `secretArns`
 */
export function entryNames(application: string, stage: string, arns: unknown): EntryNames {
  const standing = arnsSchema.parse(arns);
  const nameOf = (secret: SecretName): string =>
    ENTRY_ARN.exec(standing[secret] ?? "")?.[1] ?? `${application}/${stage}/${secret}`;
  return {
    SUPABASE_KEY: nameOf("SUPABASE_KEY"),
    SESSION_SECRET: nameOf("SESSION_SECRET"),
    AFM_KEY: nameOf("AFM_KEY"),
    REDIS_URL: nameOf("REDIS_URL"),
  };
}
