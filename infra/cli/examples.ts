import type { Command } from "commander";

/** How each command is called; every line works as it stands, once its names are yours. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  "verify-release": [
    "runbook verify-release --release release.yaml",
    "runbook verify-release --release release.yaml --stack staging --ci-status ci.json --except release",
  ],
  deploy: [
    "runbook deploy --stack staging --release release.yaml",
    'runbook deploy --stack staging --release release.yaml --wait --on-call ada --reason "the new budgets"',
  ],
  promote: [
    "runbook promote --from staging --to production",
    "runbook promote --from staging --to production --dry-run",
  ],
  rollback: ["runbook rollback --stack production", "runbook rollback --stack production --to 2026.11.22-1 --dry-run"],
  rotate: [
    "runbook rotate SESSION_SECRET --stack staging --dry-run",
    "runbook rotate REDIS_URL --stack staging,production --wait",
    "runbook rotate AFM_KEY --stack staging --value-stdin < key.txt",
    'runbook rotate SUPABASE_KEY --stack staging,production --compromised --reason "found in a public log" --yes',
  ],
  incident: ["runbook incident database --stack production --dry-run"],
  "incident database": [
    "runbook incident database --stack production --dry-run",
    "runbook incident database --stack production --watch",
  ],
  resume: ["runbook resume --stack staging", "runbook resume --stack production --wait"],
  abort: ['runbook abort --stack production --reason "the customer asked"'],
  teardown: ["runbook teardown --stack staging --dry-run", "runbook teardown --stack staging"],
  approve: ['runbook approve CHG-2026-11-22-001 --stack production --reason "read the plan"'],
  status: [
    "runbook status --stack production",
    "runbook status --stack production --watch",
    "runbook status --stack production --json",
  ],
  serve: [
    "runbook serve --stack staging --stack production",
    "runbook serve --stack production --listen :8080 --records s3://acme-records/runbooks",
  ],
  records: ["runbook records list --stack production", "runbook records open --stack production"],
  "records list": ["runbook records list --stack production"],
  "records show": ["runbook records show CHG-2026-11-22-001 --stack production"],
  "records open": [
    "runbook records open --stack production",
    "runbook records open CHG-2026-11-22-001 --stack production",
  ],
  "records verify": ["runbook records verify CHG-2026-11-22-001 --records file:///srv/records"],
  manifest: [
    "runbook manifest --image registry.example.com/app@sha256:… --version 2026.11.22-1 --migrations migrations",
    "runbook manifest --image registry.example.com/app@sha256:… --version 2026.11.22-1 --migrations migrations --prove",
  ],
  init: [
    "runbook init",
    "runbook init --stage production --domain app.example.com --on-call ada --region eu-west-1 --vpc vpc-0123456789abcdef0 --subnets subnet-0123456789abcdef0,subnet-0123456789abcdef1 --security-groups sg-0123456789abcdef0 --kms-key alias/runbooks",
  ],
  doctor: ["runbook doctor", "runbook doctor --stack production --json"],
  completion: [
    "runbook completion bash > /etc/bash_completion.d/runbook",
    'runbook completion zsh > "$fpath[1]/_runbook"',
    "runbook completion fish > ~/.config/fish/completions/runbook.fish",
  ],
};

/** The command's name below the program: `records show`. */
export function pathOf(command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one?.parent != null; one = one.parent) names.unshift(one.name());
  return names.join(" ");
}

/** Puts the examples at the end of every command's help. */
export function addExamples(command: Command): void {
  const lines = EXAMPLES[pathOf(command)];
  if (lines !== undefined)
    command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`);
  for (const child of command.commands) addExamples(child);
}
