import { NEEDED_SECRETS } from "../settings/secrets.ts";
import { type Answers, type Stage, secretsProvider } from "./stack-file.ts";

/** What `init` doesn't ask for: as it stands in the template, it names somebody else's. */
const NOT_ASKED = [
  { key: "kmsKey", what: "the secrets' key and the secrets", flag: "--kms-key" },
  { key: "supabaseUrl", what: "Supabase's address", flag: "--supabase-url" },
  { key: "afmUrl", what: "AFM's address", flag: "--afm-url" },
  { key: "alarmEmail", what: "who gets the alarms", flag: "--alarm-email" },
  { key: "records", what: "where records are kept", flag: "--account or --records" },
  { key: "release", what: "the first release", flag: "--release" },
] as const;

/** What comes after `init`: on an account of one's own or, with the sandbox's key, there (pure). */
export function nextSteps(answers: Answers, stages: readonly Stage[]): string {
  const kept = NOT_ASKED.filter(({ key }) => answers[key] === null).map(({ what, flag }) => `${what} (${flag})`);
  const told =
    kept.length === 0 ? [] : [`Kept unchanged: ${kept.join(", ")}; check notify, sizes and the rest yourself.`];
  const steps = answers.kmsKey === null ? inSandbox(stages) : onAccount(answers.kmsKey, answers.region, stages);
  return [...told, ...steps].join("\n");
}

const doctor = (stages: readonly Stage[]): string => `  npx --no-install runbook doctor --stack ${stages.join(" ")}`;

function inSandbox(stages: readonly Stage[]): string[] {
  return [
    "The secrets are still the sandbox's, so these files work in the sandbox only. Next:",
    "  npx --no-install runbook sandbox up",
    '  eval "$(npx --no-install runbook sandbox env)"',
    doctor(stages),
    `  pulumi preview --stack ${stages[0]} --policy-pack policies`,
    "For your account, run it again with --kms-key ALIAS --force.",
  ];
}

function onAccount(kmsKey: string, region: string, stages: readonly Stage[]): string[] {
  const provider = secretsProvider(kmsKey, region);
  return [
    "The secrets are yours to set now. Next, on your account:",
    ...stages.map((stage) => `  pulumi stack init ${stage} --secrets-provider "${provider}"`),
    ...stages.flatMap((stage) => NEEDED_SECRETS.map((key) => `  pulumi config set --secret ${key} --stack ${stage}`)),
    doctor(stages),
    ...stages.map((stage) => `  pulumi up --stack ${stage} --policy-pack policies`),
  ];
}
