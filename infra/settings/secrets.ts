import { z } from "zod";

const MALFORMED_URL =
  "is a malformed URL: in the user's name and the password write @ as %40, # as %23, / as %2F, ? as %3F and % as %25";

/** Whether a URL reads as it was meant: an unescaped # or / in a password ends its host early. */
function isWholeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname, hash, pathname, search } = new URL(text);
  return hostname !== "" && hash === "" && !`${pathname}${search}`.includes("@");
}

const secretText = z.string({ error: "must be a text" }).min(1, "is empty");
/** A secret that a stack may do without; Pulumi.yaml's default for it is an empty text. */
const spareSecret = z
  .string({ error: "must be a text" })
  .optional()
  .transform((text) => (text === "" ? undefined : text));

/** The runner's own: tokens for the channels of `notify`, where they are used, and for those who issue keys. */
const runnersSecrets = {
  slackWebhook: spareSecret,
  pagerdutyKey: spareSecret,
  githubToken: spareSecret,
  webhookToken: spareSecret,
  /** What a rotation of SUPABASE_KEY needs: a personal access token of Supabase's Management API. */
  supabaseToken: spareSecret,
  /** What a rotation of AFM_KEY through an adapter needs. */
  afmAdapterToken: spareSecret,
};
export const SPARE_SECRETS: readonly string[] = Object.keys(runnersSecrets);

/** The stack's secrets. Their values stand in no message. */
export const secretsSchema = z.strictObject({
  supabaseKey: secretText,
  afmKey: secretText,
  databaseUrl: secretText
    .regex(/^postgres(ql)?:\/\/\S+$/, { error: `must begin with "postgresql://"`, abort: true })
    .refine(isWholeUrl, MALFORMED_URL),
  syntheticPassword: secretText,
  ...runnersSecrets,
});

/** The secrets without which no stack can be updated. */
export const NEEDED_SECRETS: readonly string[] = Object.keys(secretsSchema.shape).filter(
  (key) => !SPARE_SECRETS.includes(key),
);

export type StackSecrets = z.infer<typeof secretsSchema>;
