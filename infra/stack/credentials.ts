import { z } from "zod";
import { bySecret, SECRET_NAMES, type SecretName } from "../domain/releases.ts";
import { resourceOf } from "../domain/urn.ts";
import { exportedIn } from "./exported.ts";

/** Secret values by name and generation. */
export type Credentials = Record<SecretName, Record<string, string>>;

const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";

/**
 * What an update of a rotation may leave halfway without the state's knowledge: the secrets' versions, whose labels move by themselves, and
 * the session store's users, whose read waits until a change of theirs has been carried out.
 */
export const MOVED_BY_ROTATIONS: readonly string[] = [VERSION, "aws:elasticache/user:User"];

const versionSchema = z.object({ versionStages: z.array(z.string()), secretString: z.unknown() });

/** A value as an export with --show-secrets writes it: JSON text in the secret's wrapper. */
const revealed = z.union([
  z.string(),
  z.looseObject({ plaintext: z.string() }).transform(({ plaintext }) => z.string().parse(JSON.parse(plaintext))),
]);

const GENERATION = /^g[1-9]\d*$/;

/** Reads the secrets' values out of what `pulumi stack export --show-secrets` prints (pure). */
export function credentialsIn(text: string): Credentials {
  const credentials: Credentials = bySecret(() => ({}));
  for (const { urn, type, outputs } of exportedIn(JSON.parse(text)).resources) {
    if (type !== VERSION) continue;
    const name = SECRET_NAMES.find((secret) => resourceOf(urn).name.includes(`/${secret}-`));
    const version = versionSchema.safeParse(outputs);
    if (name === undefined || !version.success) continue;
    const generation = version.data.versionStages.find((label) => GENERATION.test(label));
    const value = revealed.safeParse(version.data.secretString);
    if (generation !== undefined && value.success) credentials[name][generation] = value.data;
  }
  return credentials;
}
