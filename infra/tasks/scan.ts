import type { Kubernetes } from "../adapters/kubernetes.ts";
import { everythingHeard } from "../changes/heard.ts";
import type { RecordStore } from "../changes/record/store.ts";
import { badInput } from "../changes/refusal.ts";
import type { Credentials, Stack } from "../changes/stack/stack.ts";
import { NAME_LABEL } from "../components/pod.ts";
import { SECRET_NAMES } from "../releases.ts";
import { type Leak, leakInWords, leakScan, type Scanned, type Sought } from "../secrets/leak-scan.ts";
import type { Settings } from "../settings.ts";
import type { TaskResult } from "./task.ts";

/** What is looked through for secrets, and with whose help. */
export interface Written {
  settings: Pick<Settings, "application" | "cluster">;
  kubernetes: Pick<Kubernetes, "pods" | "podLogs">;
  store: Pick<RecordStore, "read">;
  stack: Pick<Stack, "credentials" | "exported">;
}

/** Every value that the stack keeps, by secret and generation (pure). */
export function soughtIn(credentials: Credentials): Sought[] {
  return SECRET_NAMES.flatMap((secret) =>
    Object.entries(credentials[secret]).map(([generation, value]) => ({ name: `${secret} ${generation}`, value })),
  );
}

/** The logs of every pod of the application, those of Jobs and those on their way out among them. */
async function logs({ settings, kubernetes }: Written): Promise<Scanned[]> {
  const { namespace } = settings.cluster;
  const pods = await kubernetes.pods(namespace, { [NAME_LABEL]: settings.application.name });
  return Promise.all(
    pods.map(async ({ name }) => ({
      place: `the log of pod ${name}`,
      text: await kubernetes.podLogs(namespace, name, {}),
    })),
  );
}

/**
 * Everything that a change has written where somebody may read it: the pods' logs, the change's record, what the stack exports
 * without being asked for secrets, and what this runner and its engines (previews among them) have said.
 */
export async function writtenTexts(written: Written, change: string): Promise<Scanned[]> {
  const [ofPods, events, exported] = await Promise.all([
    logs(written),
    written.store.read(change),
    written.stack.exported(),
  ]);
  return [
    ...ofPods,
    { place: `the record of ${change}`, text: events.map((event) => JSON.stringify(event)).join("\n") },
    { place: "the stack's export", text: exported },
    ...everythingHeard(),
  ];
}

/**
 * What a scan came to (pure).
 * @throws Refusal that names each leak's place and encoding, and never a value
 */
export function judgeScan(sought: readonly Sought[], texts: readonly Scanned[], leaks: readonly Leak[]): TaskResult {
  if (leaks.length > 0) throw badInput(...leaks.map((leak) => `a leak: ${leakInWords(leak)}`));
  const summary = `none of ${sought.length} values stands in ${texts.length} places, in any encoding`;
  return { summary, places: texts.map(({ place }) => place), values: sought.map(({ name }) => name) };
}

/** Looks for every value of the stack's secrets in everything that was written. */
export async function scan(written: Written, change: string): Promise<TaskResult> {
  const [credentials, texts] = await Promise.all([written.stack.credentials(), writtenTexts(written, change)]);
  const sought = soughtIn(credentials);
  return judgeScan(sought, texts, leakScan(sought)(texts));
}
