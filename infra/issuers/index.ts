import type { Kubernetes } from "../clients/kubernetes.ts";
import { podReports, type Reported } from "../clients/pod-reports.ts";
import { askInPod } from "../clients/redis-in-pod.ts";
import { redisPlaceOf } from "../clients/redis-url.ts";
import { APP_PORT, NAME_LABEL } from "../domain/object-names.ts";
import type { SecretName } from "../domain/releases.ts";
import { badInput } from "../errors.ts";
import type { Target } from "../gates/index.ts";
import { NAMESPACE, type Settings, type StackSecrets } from "../settings/index.ts";
import type { Credentials } from "../stack/stack.ts";
import { afmKeys } from "./afm-keys.ts";
import type { Issuer } from "./issuer.ts";
import { redisUsers } from "./redis-users.ts";
import { sessionKeys } from "./session-keys.ts";
import { supabaseKeys } from "./supabase-keys.ts";

/** What issuers are asked with. */
export interface IssuersOptions {
  settings: Settings;
  kubernetes: Kubernetes;
  /** the runner's own credentials at those who issue others */
  tokens: Pick<StackSecrets, "supabaseToken" | "afmAdapterToken">;
  credentials(): Promise<Credentials>;
  /** The REDIS_URL generation that is sure to be accepted now. */
  accepted: string;
  target(): Promise<Target>;
}

/** What the application's live pods say of the credentials that they use. */
export function reportsOf(settings: Settings, kubernetes: Kubernetes): Promise<Reported[]> {
  const { cluster, application } = settings;
  const labels = { [NAME_LABEL]: application.name };
  return podReports(kubernetes, {
    namespace: cluster.namespace,
    labels,
    port: APP_PORT,
    path: application.metricsPath,
  });
}

function mustHave(token: string | undefined, key: string, what: string): string {
  if (token !== undefined) return token;
  throw badInput(`${NAMESPACE}:${key} isn't set: ${what} is asked with it; \`pulumi config set --secret ${key}\``);
}

function redis({ settings, kubernetes, credentials, accepted }: IssuersOptions): Issuer {
  const urls = async () => (await credentials()).REDIS_URL;
  return redisUsers({
    inPod: askInPod(settings, kubernetes),
    // The primary's alone: pods have no other address, and ElastiCache gives a user to the replication group, readers and all.
    async endpoints() {
      return Object.values(await urls()).map((url) => {
        const { host, port } = redisPlaceOf(url);
        return { host, port };
      });
    },
    async observer() {
      const url = (await urls())[accepted];
      if (url === undefined) throw badInput(`REDIS_URL: the stack keeps no ${accepted}`);
      return url;
    },
  });
}

function supabase({ settings, tokens }: IssuersOptions): Issuer {
  const { supabaseUrl: projectUrl, supabaseManagementUrl: managementUrl } = settings.services;
  const ref = new URL(projectUrl).hostname.split(".")[0] ?? "";
  const token = mustHave(tokens.supabaseToken, "supabaseToken", "Supabase's Management API");
  return supabaseKeys({ managementUrl, ref, projectUrl, token });
}

function afm({ settings, tokens }: IssuersOptions): Issuer {
  const { afmUrl, afmKeys: keys } = settings.services;
  const { overlap, adapter } = keys;
  if (adapter === undefined) return afmKeys({ afmUrl, overlap, adapter: null });
  const { url, mint, revoke, introspect } = adapter;
  const token = mustHave(tokens.afmAdapterToken, "afmAdapterToken", "AFM's key adapter");
  return afmKeys({ afmUrl, overlap, adapter: { url, token, abilities: { overlap, mint, revoke, introspect } } });
}

/**
 * Who issues a secret.
 * @throws Refusal (exit 2) where the runner has no credential to ask them with
 */
export function issuerOf(secret: SecretName, options: IssuersOptions): Issuer {
  switch (secret) {
    case "REDIS_URL":
      return redis(options);
    case "SESSION_SECRET":
      return sessionKeys({
        keys: async () => (await options.credentials()).SESSION_SECRET,
        reports: () => reportsOf(options.settings, options.kubernetes),
        target: options.target,
      });
    case "SUPABASE_KEY":
      return supabase(options);
    case "AFM_KEY":
      return afm(options);
  }
}
