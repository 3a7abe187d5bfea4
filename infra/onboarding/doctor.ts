import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { answeredWithin } from "../clients/answered-within.ts";
import { openKubernetes } from "../clients/kubernetes.ts";
import { AT_ONCE } from "../clients/kubernetes-client.ts";
import { NAME_LABEL } from "../domain/object-names.ts";
import { fails, holds, type Line, looked, UNSEEN } from "../runbooks/verify-release/check.ts";
import { type Settings, settingsFromListing } from "../settings/index.ts";
import { exportedIn } from "../stack/exported.ts";
import { readConfig } from "../stack/reading.ts";
import { logLines, recordLines, storeLines, type Updates } from "./aws-lines.ts";
import { examineCluster } from "./cluster.ts";
import { examineMetrics } from "./metrics.ts";
import { examineOwnMetrics } from "./own-metrics.ts";
import { podProxyLine } from "./pod-proxy.ts";
import { judgePodsNow } from "./pods.ts";

/** The oldest that everything here was tried with. */
const OLDEST = { node: "24.3.0", pulumi: "3.232.0" };

const numbers = (version: string): number[] => (/(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);

/** Whether a version is at least another (pure). */
export function isAtLeast(version: string, oldest: string): boolean {
  const [one, other] = [numbers(version), numbers(oldest)];
  if (one.length < 3) return false;
  const differ = one.findIndex((number, index) => number !== other[index]);
  return differ === -1 || (one[differ] ?? 0) > (other[differ] ?? 0);
}

const failureSchema = z.object({ stderr: z.string().trim().min(1) });

/** What a program prints. @throws Error with what it said on stderr */
async function printed(program: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: 30_000 });
    return stdout.trim();
  } catch (error) {
    const said = failureSchema.safeParse(error);
    if (said.success) throw new Error(said.data.stderr.replace(/^error: /, ""));
    throw error;
  }
}

async function toolLines(): Promise<Line[]> {
  const node = isAtLeast(process.version, OLDEST.node)
    ? holds("Node", process.version)
    : fails("Node", `${process.version} is older than ${OLDEST.node}`, `install Node ${OLDEST.node} or newer`);
  const remedy = `install the Pulumi CLI ${OLDEST.pulumi} or newer: https://www.pulumi.com/docs/install/`;
  const pulumi = await looked("Pulumi CLI", remedy, async () => {
    const version = await printed("pulumi", "version");
    const path = await printed("sh", "-c", "command -v pulumi");
    if (isAtLeast(version, OLDEST.pulumi)) return [holds("Pulumi CLI", `${version}, ${path}`)];
    return [fails("Pulumi CLI", `${version} is older than ${OLDEST.pulumi}`, remedy)];
  });
  const git = await looked("git", "install git: verify-release reads the repository with it", async () => [
    holds("git", await printed("git", "--version")),
  ]);
  return [node, ...pulumi, ...git];
}

const whoamiSchema = z.object({ url: z.string(), user: z.string().default("") });

/** A backend in a file is on one machine: nobody else sees its state or its locks (pure). */
export function judgeBackend(url: string, inSandbox: boolean): Line {
  const check = "backend";
  if (!url.startsWith("file://")) return holds(check, url);
  if (inSandbox) return holds(check, `${url}, the sandbox's own`);
  const remedy =
    "`pulumi login s3://BUCKET?region=REGION` (versioned, so that a state can be brought back), or Pulumi Cloud";
  return fails(check, `${url} is on this machine only: a team needs a shared state and a shared lock`, remedy);
}

/** A passphrase is passed from hand to hand; a key's use can be granted, withdrawn and looked up (pure). */
export function judgeSecretsProvider(stack: string, provider: string | null): Line {
  const check = `secrets provider of ${stack}`;
  if (provider !== null && /^(awskms|azurekeyvault|gcpkms|hashivault):\/\//.test(provider))
    return holds(check, provider);
  const remedy = `pulumi stack change-secrets-provider --stack ${stack} "awskms://alias/YOUR-KEY?region=REGION&awssdk=v2"`;
  return fails(check, `${provider ?? "a passphrase"} has to be shared manually`, remedy);
}

async function awsLine(): Promise<Line[]> {
  const check = "AWS credentials";
  return looked(check, "`aws sso login`, or set AWS_PROFILE; in CI a role by OIDC", async () => {
    const { S3Client } = await import("@aws-sdk/client-s3");
    const client = new S3Client({ region: process.env.AWS_REGION ?? "us-east-1" });
    try {
      const { accessKeyId, expiration } = await client.config.credentials();
      const until = expiration === undefined ? "" : `, until ${expiration.toISOString()}`;
      return [holds(check, `${accessKeyId.slice(0, 4)}…${until}`)];
    } finally {
      client.destroy();
    }
  });
}

const regionSchema = z.object({ "aws:region": z.object({ value: z.string() }).optional() });

/** A stack's settings, and the region of its AWS provider; null where it names none. */
interface Known {
  settings: Settings;
  region: string | null;
}

async function settingsOf(stack: string): Promise<{ line: Line; known: Known | null }> {
  const check = `settings of ${stack}`;
  const remedy = `fix Pulumi.${stack}.yaml as it says, or write it again with \`runbook init\``;
  try {
    const listing = await readConfig({ cwd: process.cwd(), name: stack });
    const region = regionSchema.parse(JSON.parse(listing))["aws:region"]?.value ?? null;
    const known = { settings: settingsFromListing(listing), region };
    return { line: holds(check, `Pulumi.${stack}.yaml is in order, secrets set`), known };
  } catch (error) {
    const [line = fails(check, UNSEEN, remedy)] = await looked(check, remedy, () => Promise.reject(error));
    return { line, known: null };
  }
}

/** Milliseconds that whatever is asked over the network has: the cluster and the metrics have about as many of their own. */
const ANSWERS_WITHIN = 3_000;

/** What a look finds, or that nothing answered in time: one service that hangs doesn't hold the others' lines. */
export function inTime(check: string, lines: Promise<Line[]>, within = ANSWERS_WITHIN): Promise<Line[]> {
  return looked(check, "see that it is reached from here: network, proxy, credentials", () =>
    answeredWithin(within, lines, new Error(`no answer within ${within / 1_000} s`)),
  );
}

async function stackLines(stack: string, records: string | null): Promise<Line[]> {
  let updates: Updates = "updated";
  const exported = looked(`secrets provider of ${stack}`, `pulumi stack init ${stack}`, async () => {
    const text = await printed("pulumi", "stack", "export", "--stack", stack);
    const { resources, secretsProvider } = exportedIn(JSON.parse(text));
    if (resources.length === 0) updates = "before its first update";
    return [judgeSecretsProvider(stack, secretsProvider?.url ?? null)];
  });
  const [provider, { line, known }] = await Promise.all([exported, settingsOf(stack)]);
  if (known === null) return [line, ...provider];
  const { settings, region } = known;
  const found = await Promise.all([
    examineCluster({
      stack,
      context: settings.cluster.context ?? null,
      namespace: settings.cluster.namespace,
      metrics: settings.metrics.source,
      gateway: settings.gateway,
      listener: settings.stage,
      updates,
    }),
    looked(`pods of ${stack}`, "see the line about its cluster", async () => {
      const kubernetes = await openKubernetes({ context: settings.cluster.context ?? null, patience: AT_ONCE });
      const pods = await kubernetes.pods(settings.cluster.namespace, { [NAME_LABEL]: settings.application.name });
      const gate = judgePodsNow(stack, pods, settings.gates.pods);
      return [await podProxyLine(kubernetes, { stack, ...settings }), gate];
    }),
    examineMetrics(stack, settings, updates),
    inTime(`own metrics of ${stack}`, examineOwnMetrics(stack, settings)),
    inTime(
      `records of ${stack}`,
      recordLines(stack, records ?? process.env.RUNBOOKS_RECORDS ?? settings.records, updates),
    ),
    inTime(`log lines of ${stack}`, logLines(stack, settings, region, updates)),
    inTime(`session store of ${stack}`, storeLines(stack, settings, updates)),
  ]);
  return [line, ...provider, ...found.flat()];
}

/** Whether the cluster that is reached is the sandbox's. */
async function inSandbox(): Promise<boolean> {
  try {
    return await (await openKubernetes({ context: null, patience: AT_ONCE })).isSandbox();
  } catch {
    return false; // no cluster is reached: that is told on its own line
  }
}

/** Whether a stack is on the backend; where it isn't, there is nothing else to look at. */
async function standsThere(stack: string): Promise<Line[]> {
  const check = `stack ${stack}`;
  const remedy = `pulumi stack init ${stack}, or correct the name: \`pulumi stack ls\` lists the stacks`;
  const known = z
    .array(z.object({ name: z.string() }))
    .parse(JSON.parse(await printed("pulumi", "stack", "ls", "--json")))
    .map(({ name }) => name);
  const is = known.some((name) => name === stack || name.endsWith(`/${stack}`));
  const others = known.length === 0 ? "no stack" : known.join(", ");
  return is ? [] : [fails(check, `isn't on the backend, which has ${others}`, remedy)];
}

/** Everything that a runbook needs on this machine and for these stacks, all looked at at once. */
export async function examine(stacks: readonly string[], records: string | null): Promise<Line[]> {
  const login =
    '`pulumi login` to your team\'s backend; in the sandbox, `eval "$(npx --no-install runbook sandbox env)"` first';
  const asked = printed("pulumi", "whoami", "--verbose", "--json").then((text) => whoamiSchema.parse(JSON.parse(text)));
  const backend = looked("backend", login, async () => [judgeBackend((await asked).url, await inSandbox())]);
  const reached = asked.then(
    () => true,
    () => false, // why not stands on the backend's own line
  );
  const ofStack = async (stack: string): Promise<Line[]> => {
    const check = `stack ${stack}`;
    if (!(await reached)) return [fails(check, `${UNSEEN}: the backend isn't reached`, "fix the backend first")];
    const absent = await looked(check, login, () => standsThere(stack));
    return absent.length > 0 ? absent : stackLines(stack, records);
  };
  const found = await Promise.all([toolLines(), backend, awsLine(), ...stacks.map(ofStack)]);
  return found.flat();
}
