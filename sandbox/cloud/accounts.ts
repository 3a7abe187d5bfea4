/** The stages that the sandbox has, each a stack of its own. */
export const STAGES = ["staging", "production"] as const;
export type Stage = (typeof STAGES)[number];

/** What to say of a stack that the sandbox hasn't. */
export const noStack = (name: unknown): string =>
  `--stack: "${name}" is no stack of the sandbox: say ${STAGES.join(" or ")}`;

/** The AWS account that the sandbox plays: the number that AWS' documentation uses for examples. */
export const ACCOUNT_ID = "123456789012";
export const REGION = "eu-west-1";

/**
 * Whether a log group is the one that the cluster's Fluent Bit has made and writes to (EKS: amazon-cloudwatch-observability). The sandbox's
 * cluster goes by every name, as its kubeconfig has every context.
 */
export function isClusterLogs(group: string): boolean {
  return /^\/aws\/containerinsights\/[0-9A-Za-z][0-9A-Za-z_-]{0,99}\/application$/.test(group);
}

/** What exists outside of the program on a real account, with made-up values: they open nothing but the sandbox. */
export interface StageAccount {
  databasePassword: string;
  supabaseRef: string;
  supabaseKey: string;
  afmKey: string;
  /** What AFM's key adapter asks for; with it come the keys of this stage alone. */
  afmAdapterToken: string;
  syntheticUser: string;
  syntheticPassword: string;
  /** The KMS key of the stack's secrets provider: made before the stack, so not by the program. */
  stackKey: { id: string; alias: string };
}

export const ACCOUNTS: Record<Stage, StageAccount> = {
  staging: {
    databasePassword: "sandbox-staging-database",
    supabaseRef: "staging-project",
    supabaseKey: "sb_secret_sandboxStaging00000000000_0000000",
    afmKey: "afm-sandbox-staging-key",
    afmAdapterToken: "afm-sandbox-staging-adapter",
    syntheticUser: "synthetic@example.com",
    syntheticPassword: "sandbox-staging-synthetic",
    stackKey: { id: "5a4db0c5-7a91-4c1e-9a53-5f7a6c1e0001", alias: "alias/production-runbooks-staging" },
  },
  production: {
    databasePassword: "sandbox-production-database",
    supabaseRef: "production-project",
    supabaseKey: "sb_secret_sandboxProduction00000000_0000000",
    afmKey: "afm-sandbox-production-key",
    afmAdapterToken: "afm-sandbox-production-adapter",
    syntheticUser: "synthetic@example.com",
    syntheticPassword: "sandbox-production-synthetic",
    stackKey: { id: "5a4db0c5-7a91-4c1e-9a53-5f7a6c1e0002", alias: "alias/production-runbooks-production" },
  },
};

/** The key that the Supabase Management API takes here, as a personal access token would be. */
export const SUPABASE_MANAGEMENT_TOKEN = "sbp_sandbox_management";

/** A role on staging's database server that may create databases: what `runbook manifest --prove` uses. */
export const PROVER = { name: "prover", password: "sandbox-prover" } as const;

/** The address of a stage's database as a pod is told it. */
export function databaseUrl(stage: Stage): string {
  const { databasePassword, supabaseRef } = ACCOUNTS[stage];
  return `postgresql://app:${databasePassword}@db.${supabaseRef}.supabase.co:5432/postgres`;
}

/** An ARN in the sandbox's account. */
export function arn(service: string, resource: string, where: { region: string } = { region: REGION }): string {
  return `arn:aws:${service}:${where.region}:${ACCOUNT_ID}:${resource}`;
}
