import { parseDocument } from "yaml";
import { z } from "zod";
import { NAMESPACE } from "../domain/problems.ts";
import { parseSettings } from "../settings/index.ts";
import { HIDDEN } from "../settings/raw.ts";
import { secretsSchema } from "../settings/secrets.ts";

export const STAGES = ["staging", "production"] as const;
export type Stage = (typeof STAGES)[number];

/** What `runbook init` asks for; what isn't given stays as the template has it. */
export interface Answers {
  domain: string;
  app: string;
  onCall: string;
  vpc: string;
  subnets: readonly string[];
  securityGroups: readonly string[];
  region: string;
  /** a context of the kubeconfig; null: the current one */
  cluster: string | null;
  /** NAMESPACE/NAME */
  gateway: string | null;
  /** an alias or an ARN; null: the template's secrets provider and secrets stay */
  kmsKey: string | null;
  supabaseUrl: string | null;
  afmUrl: string | null;
  alarmEmail: string | null;
  records: string | null;
  /** the manifest of the first release; null: the template's */
  release: object | null;
}

const fileSchema = z.looseObject({ config: z.record(z.string(), z.unknown()) });
const SECRETS = Object.keys(secretsSchema.shape);

/** The settings that the answers decide, by their path below the namespace (pure). */
function decided(stage: Stage, answers: Answers): [path: string[], value: unknown][] {
  const { domain, app, onCall, vpc, subnets, securityGroups, cluster, gateway } = answers;
  const [gatewayNamespace, gatewayName] = gateway?.split("/") ?? [];
  const hostname = stage === "production" ? domain : `${stage}.${domain}`;
  const values: [string[], unknown][] = [
    [["stage"], stage],
    [["onCall"], onCall],
    [["network"], { vpcId: vpc, subnetIds: [...subnets], clientSecurityGroupIds: [...securityGroups] }],
    [["cluster"], { ...(cluster === null ? {} : { context: cluster }), namespace: `${app}-${stage}` }],
    [["gateway", "hostname"], hostname],
    [["gateway", "namespace"], gatewayNamespace ?? null],
    [["gateway", "name"], gatewayName ?? null],
    [["application", "name"], app],
    [["services", "supabaseUrl"], answers.supabaseUrl],
    [["services", "afmUrl"], answers.afmUrl],
    [["alarms", "email"], answers.alarmEmail],
    [["records"], answers.records?.replaceAll("{stage}", stage) ?? null],
    [["release"], answers.release],
  ];
  return values.filter(([, value]) => value !== null);
}

/** The account that a key's ARN names; null for an alias (pure). */
export function accountOf(kmsKey: string): string | null {
  return /^arn:[^:]+:kms:[^:]*:(\d{12}):/.exec(kmsKey)?.[1] ?? null;
}

/** Where records are kept unless somebody says so: S3's names are the whole world's, and the account's id makes the bucket's its own (pure). */
export function recordsIn(app: string, account: string | null): string | null {
  return account === null ? null : `s3://${app}-{stage}-records-${account}`;
}

/** The address of a secrets key, from an alias with or without its prefix, or an ARN (pure). */
export function secretsProvider(kmsKey: string, region: string): string {
  const key = kmsKey.replace(/^alias\//, "");
  // An ARN has colons, which nothing in the place of a host may have: it stands as the path.
  return `awskms://${key.startsWith("arn:") ? `/${key}` : `alias/${key}`}?region=${region}&awssdk=v2`;
}

/**
 * A stack file with the answers in their places, all else and the comments as in the template (pure).
 * @throws Refusal (exit 2) with every problem, as the program itself would find it
 */
export function stackFile(template: string, stage: Stage, answers: Answers): string {
  const document = parseDocument(template);
  for (const [[key = "", ...rest], value] of decided(stage, answers)) {
    document.setIn(["config", `${NAMESPACE}:${key}`, ...rest], document.createNode(value));
  }
  document.setIn(["config", "aws:region"], answers.region);
  if (answers.kmsKey !== null) {
    document.set("secretsprovider", secretsProvider(answers.kmsKey, answers.region));
    // They were encrypted with another key: the new one can't read them.
    document.delete("encryptedkey");
    for (const secret of SECRETS) document.deleteIn(["config", `${NAMESPACE}:${secret}`]);
  }
  const { config } = fileSchema.parse(document.toJS());
  const own = Object.entries(config).flatMap(([key, value]) =>
    key.startsWith(`${NAMESPACE}:`) ? [[key.slice(NAMESPACE.length + 1), value]] : [],
  );
  // The secrets are set afterwards, one by one, where nobody sees them.
  parseSettings({ ...Object.fromEntries(own), ...Object.fromEntries(SECRETS.map((secret) => [secret, HIDDEN])) });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
