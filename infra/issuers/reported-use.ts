import type { SecretName } from "../domain/releases.ts";
import type { Settings } from "../settings/index.ts";

/**
 * Whether a secret's issuer reports when a credential was last used: such reports come after the use, Supabase's from the logs of its
 * gateway. Redis is asked who is connected now, pods what they have counted until now, and an AFM without an adapter says nothing (pure).
 */
export function reportsUseLater(secret: SecretName, { afmKeys }: Pick<Settings["services"], "afmKeys">): boolean {
  switch (secret) {
    case "SUPABASE_KEY":
      return true;
    case "AFM_KEY":
      return afmKeys.adapter?.introspect === true;
    case "SESSION_SECRET":
    case "REDIS_URL":
      return false;
  }
}
