import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { Command, Option } from "commander";
import { z } from "zod";
import { badInput } from "../../errors.ts";
import { nextSteps } from "../../onboarding/next-steps.ts";
import { type Answers, accountOf, recordsIn, STAGES, type Stage, stackFile } from "../../onboarding/stack-file.ts";
import { errorOutput, output } from "../../records/redaction/captured-output.ts";
import { readManifest } from "../read-manifest.ts";

const list = z.string().transform((text) => text.split(/[\s,]+/).filter((part) => part !== ""));

const optionsSchema = z.object({
  directory: z.string(),
  stage: z.enum([...STAGES, "both"]),
  domain: z.string().optional(),
  app: z.string(),
  onCall: z.string().optional(),
  vpc: z.string().optional(),
  subnets: z.string().optional(),
  securityGroups: z.string().optional(),
  region: z.string().optional(),
  cluster: z.string().optional(),
  gateway: z
    .string()
    .regex(/^[^/\s]+\/[^/\s]+$/, "write NAMESPACE/NAME")
    .optional(),
  kmsKey: z.string().optional(),
  account: z
    .string()
    .regex(/^\d{12}$/, "write the account's id: 12 digits")
    .optional(),
  supabaseUrl: z.string().optional(),
  afmUrl: z.string().optional(),
  alarmEmail: z.string().optional(),
  records: z.string().optional(),
  release: z.string().optional(),
  force: z.literal(true).optional(),
});
type Options = z.infer<typeof optionsSchema>;

/** What has no default: asked for on a terminal, else a flag. */
const QUESTIONS = [
  { key: "domain", flag: "--domain", question: "the application's domain, such as app.example.com" },
  { key: "onCall", flag: "--on-call", question: "who is on call for changes that name nobody else" },
  { key: "region", flag: "--region", question: "the AWS region, such as eu-west-1" },
  { key: "vpc", flag: "--vpc", question: "the VPC's id, such as vpc-0123456789abcdef0" },
  { key: "subnets", flag: "--subnets", question: "two private subnets' ids at least, with commas" },
  { key: "securityGroups", flag: "--security-groups", question: "the cluster nodes' security groups, with commas" },
] as const;
type Asked = Record<(typeof QUESTIONS)[number]["key"], string>;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The answers from the flags; what is missing is asked for where somebody is there. */
async function asked(options: Options): Promise<Asked> {
  const answers: Partial<Asked> = {};
  const missing: string[] = [];
  const terminal = process.stdin.isTTY ? createInterface({ input: process.stdin, output: errorOutput }) : null;
  try {
    for (const { key, flag, question } of QUESTIONS) {
      const answer = options[key] ?? (await terminal?.question(`${capital(question)}: `))?.trim() ?? "";
      if (answer === "") missing.push(`${flag} is missing: ${question}`);
      answers[key] = answer;
    }
  } finally {
    terminal?.close();
  }
  if (missing.length > 0) throw badInput(...missing);
  const text = z.string();
  return z
    .object({ domain: text, onCall: text, region: text, vpc: text, subnets: text, securityGroups: text })
    .parse(answers);
}

/** The stack file that stands there, else the one that this project brings. */
async function templateOf(path: string, stage: Stage): Promise<string> {
  const own = new URL(`../../../Pulumi.${stage}.yaml`, import.meta.url);
  return readFile(existsSync(path) ? path : own, "utf8");
}

async function init(options: Options): Promise<void> {
  const stages: readonly Stage[] = options.stage === "both" ? STAGES : [options.stage];
  const paths = stages.map((stage) => ({ stage, path: join(options.directory, `Pulumi.${stage}.yaml`) }));
  if (options.force === undefined) {
    const existing = paths.flatMap(({ path }) =>
      existsSync(path)
        ? `${path} already exists: --force puts your names into it and keeps the rest (a clone has one, for the sandbox)`
        : [],
    );
    if (existing.length > 0) throw badInput(...existing);
  }
  const { subnets, securityGroups, ...texts } = await asked(options);
  const answers: Answers = {
    ...texts,
    app: options.app,
    subnets: list.parse(subnets),
    securityGroups: list.parse(securityGroups),
    cluster: options.cluster ?? null,
    gateway: options.gateway ?? null,
    kmsKey: options.kmsKey ?? null,
    supabaseUrl: options.supabaseUrl ?? null,
    afmUrl: options.afmUrl ?? null,
    alarmEmail: options.alarmEmail ?? null,
    records: options.records ?? recordsIn(options.app, options.account ?? accountOf(options.kmsKey ?? "")),
    release: options.release === undefined ? null : await readManifest(options.release),
  };
  const files = [];
  for (const { stage, path } of paths)
    files.push({ path, text: stackFile(await templateOf(path, stage), stage, answers) });
  // Both are in order before either is written.
  for (const { path, text } of files) {
    await writeFile(path, text);
    output.write(`wrote ${path}\n`);
  }
  output.write(`${nextSteps(answers, stages)}\n`);
}

/** `runbook init`: the two stack files for your own names. */
export function initCommand(): Command {
  return new Command("init")
    .description(
      "Write the stack files for your domain, network and cluster, checked by the program's own rules. What isn't given is asked for.",
    )
    .option("--directory <dir>", "the project's folder", ".")
    .addOption(
      new Option("--stage <stage>", "staging, production or both: stages may lie in different networks")
        .choices([...STAGES, "both"])
        .default("both"),
    )
    .option("--domain <host>", "the application's domain; staging gets staging.DOMAIN")
    .option("--app <name>", "the application's name, of which namespaces and releases are named", "app")
    .option("--on-call <name>", "who answers for changes that name nobody else")
    .option("--region <region>", "the AWS region")
    .option("--vpc <id>", "where the session store lives")
    .option("--subnets <ids>", "its subnets, with commas")
    .option("--security-groups <ids>", "the cluster nodes', with commas")
    .option("--cluster <context>", "the kubeconfig's context (else the current one)")
    .option("--gateway <namespace/name>", "the Gateway that carries the route")
    .option(
      "--kms-key <alias>",
      "the stack's secrets key: an alias or an ARN; the file's secrets are then yours to set",
    )
    .option(
      "--account <id>",
      "the AWS account's id, of which the bucket of records is named (else the key's, where it is an ARN)",
    )
    .option("--supabase-url <url>", "the Supabase project's address")
    .option("--afm-url <url>", "the address of AFM's API")
    .option("--alarm-email <address>", "who gets the alarms")
    .option(
      "--records <url>",
      "where change records are kept, {stage} becomes the stage's name (else s3://APP-STAGE-records-ACCOUNT, where the account is known)",
    )
    .option("--release <file>", "the manifest of the first release")
    .option(
      "--force",
      "put your names into stack files that exist, and keep the rest (with --kms-key, their secrets are dropped)",
    )
    .action(async (raw: unknown) => {
      const parsed = optionsSchema.safeParse(raw);
      if (!parsed.success)
        throw badInput(...parsed.error.issues.map(({ path, message }) => `--${path.join(".")}: ${message}`));
      await init(parsed.data);
    });
}
