import { z } from "zod";
import { badInput } from "../errors.ts";
import { bySecret, type SecretName } from "./releases.ts";

/** What each entry is called in Secrets Manager. */
export type EntryNames = Readonly<Record<SecretName, string>>;

/** Secrets Manager ends an ARN with `-` and six random characters of its own. */
const ENTRY_ARN = /^arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:(.+)-[A-Za-z0-9]{6}$/;

/** A stack that was updated by another version may know other secrets too. */
const arnsSchema = z.record(z.string(), z.string());

/** What can't be read must not look like a stack without entries: under new names they would be made anew, and the old ones deleted. */
function unreadable(what: string): Error {
  return badInput(
    `the stack's output secretArns: ${what}, so the names of the secrets' entries aren't known: look at \`pulumi stack output secretArns\`, and use the version of this program that made the last update`,
  );
}

/** The name of an entry by its ARN. @throws Refusal (exit 2) where it is none */
function nameIn(secret: SecretName, arn: string): string {
  const name = ENTRY_ARN.exec(arn)?.[1];
  if (name === undefined) throw unreadable(`${secret} is ${JSON.stringify(arn)}, which is no ARN of a secret`);
  return name;
}

/**
 * `APPLICATION/STAGE/NAME`, so that two applications of one account have entries of their own; an entry that is there already keeps its
 * name, since a new name would be a new entry (pure).
 * @param arns what the stack's last update exported as `secretArns`; undefined before the first
 * @throws Refusal (exit 2) where that can't be read
 */
export function entryNames(application: string, stage: string, arns: unknown): EntryNames {
  const read = arnsSchema.safeParse(arns ?? {});
  if (!read.success) throw unreadable("it isn't a list of ARNs by name");
  return bySecret((secret) => {
    const arn = read.data[secret];
    return arn === undefined ? `${application}/${stage}/${secret}` : nameIn(secret, arn);
  });
}
