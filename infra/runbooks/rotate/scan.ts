import { z } from "zod";
import type { Rotation } from "../../change/plan.ts";
import type { Kubernetes } from "../../clients/kubernetes.ts";
import type { Json } from "../../domain/json.ts";
import { NAME_LABEL } from "../../domain/object-names.ts";
import { type ReleaseState, SECRET_NAMES } from "../../domain/releases.ts";
import { badInput } from "../../errors.ts";
import { everythingCaptured } from "../../records/redaction/captured-output.ts";
import { type Leak, leakInWords, leakScan, type Scanned, type Sought } from "../../records/redaction/leak-scan.ts";
import type { RecordStore } from "../../records/store.ts";
import type { Settings } from "../../settings/index.ts";
import type { Credentials, Stack } from "../../stack/stack.ts";
import type { TaskResult } from "../task.ts";

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

/** The pods that have a log, those of Jobs and those on their way out among them. */
async function podsWithLogs({ settings, kubernetes }: Written): Promise<string[]> {
  const pods = await kubernetes.pods(settings.cluster.namespace, { [NAME_LABEL]: settings.application.name });
  // One whose container hasn't started has written nothing, and the API server refuses to show that.
  return pods.filter(({ phase }) => phase !== "Pending").map(({ name }) => name);
}

/** What was looked through, and what was found there. */
interface Searched {
  places: string[];
  leaks: Leak[];
}

type Scan = (texts: readonly Scanned[]) => Leak[];

/** A pod's log; none where an autoscaler has taken the pod in between, and its log along. */
async function logOf(written: Written, pod: string): Promise<Scanned[]> {
  const { namespace } = written.settings.cluster;
  try {
    return [{ place: `the log of pod ${pod}`, text: await written.kubernetes.podLogs(namespace, pod, {}) }];
  } catch (error) {
    if ((await podsWithLogs(written)).includes(pod)) throw error;
    return [];
  }
}

/** Looks through the log of every pod of the application, one after the other: a log may be long, and one alone is in memory. */
async function searchLogs(written: Written, scan: Scan): Promise<Searched> {
  const searched: Searched = { places: [], leaks: [] };
  for (const pod of await podsWithLogs(written)) {
    const texts = await logOf(written, pod);
    searched.leaks.push(...scan(texts));
    searched.places.push(...texts.map(({ place }) => place));
  }
  return searched;
}

/**
 * Looks through everything that a change has written where somebody may read it: the pods' logs, the change's record, what the stack
 * exports without being asked for secrets, and what this runner and its engines (previews among them) have said.
 */
async function searchWritten(written: Written, change: string, scan: Scan): Promise<Searched> {
  const ofPods = await searchLogs(written, scan);
  const [events, exported] = await Promise.all([written.store.read(change), written.stack.exported()]);
  const texts = [
    { place: `the record of ${change}`, text: events.map((event) => JSON.stringify(event)).join("\n") },
    { place: "the stack's export", text: exported },
    ...everythingCaptured(),
  ];
  return {
    places: [...ofPods.places, ...texts.map(({ place }) => place)],
    leaks: [...ofPods.leaks, ...scan(texts)],
  };
}

const foundSchema = z.looseObject({ leaks: z.array(z.string()) });

/** What the searches of the pods' logs have found before the pods went, one line each (pure). */
function foundBefore(results: Readonly<Record<string, Json>>): string[] {
  return Object.values(results).flatMap((result) => foundSchema.safeParse(result).data?.leaks ?? []);
}

/**
 * What a scan came to (pure).
 * @param before what was found in the logs of pods that are gone
 * @throws Refusal that names each leak's place and encoding, and never a value
 */
function judgeScan(sought: readonly Sought[], { places, leaks }: Searched, before: readonly string[]): TaskResult {
  if (leaks.length > 0) throw badInput(...leaks.map((leak) => `a leak: ${leakInWords(leak)}`));
  const now = `none of ${sought.length} values was found in ${places.length} places, in any encoding`;
  const summary = before.length === 0 ? now : `${now}; found before, and to be cleaned up: ${before.join("; ")}`;
  return { summary, places, values: sought.map(({ name }) => name) };
}

/** Looks for every value of the stack's secrets in everything that was written. */
export async function scan(
  written: Written,
  change: string,
  results: Readonly<Record<string, Json>>,
): Promise<TaskResult> {
  const sought = soughtIn(await written.stack.credentials());
  return judgeScan(sought, await searchWritten(written, change, leakScan(sought)), foundBefore(results));
}

/**
 * What a search of the pods' logs came to (pure). The old value is about to be revoked, so its leak is told and holds nothing up, as
 * does that of a revoked one. The new one is worth nothing once it has leaked; another secret's leak stops what isn't urgent.
 * @throws Refusal that names each such leak
 */
function judgeSearch(
  { secret, old, next, urgency }: Pick<Rotation, "secret" | "old" | "next" | "urgency">,
  sought: readonly Sought[],
  revoked: readonly string[],
  pods: number,
  leaks: readonly Leak[],
): TaskResult {
  const [outgoing, incoming] = [`${secret} ${old}`, `${secret} ${next}`];
  const harmless = [outgoing, ...revoked];
  const stops = leaks.filter((leak) =>
    urgency === "compromised" ? leak.secret === incoming : !harmless.includes(leak.secret),
  );
  if (stops.length > 0) {
    throw badInput(
      ...stops.map((leak) => {
        const remedy =
          leak.secret === incoming ? "fix what writes it" : "fix what writes it, and rotate that one first";
        return `a leak: ${leakInWords(leak)}: ${remedy}`;
      }),
    );
  }
  const told = leaks.map((leak) => {
    const gone = leak.secret === outgoing ? "to be revoked by this change" : "revoked";
    const harm = harmless.includes(leak.secret) ? gone : "still good: rotate it next";
    return `${leakInWords(leak)} (${harm})`;
  });
  const summary =
    told.length === 0
      ? `none of ${sought.length} values was found in the logs of ${pods} pods, in any encoding`
      : `found in the logs of ${pods} pods: ${told.join("; ")}`;
  return { summary, leaks: told };
}

/** Looks through the logs of every pod, before the release before takes its own along. */
export async function search(
  written: Written,
  rotation: Rotation,
  { secrets }: Pick<ReleaseState, "secrets">,
): Promise<TaskResult> {
  const sought = soughtIn(await written.stack.credentials());
  const { places, leaks } = await searchLogs(written, leakScan(sought));
  const revoked = SECRET_NAMES.flatMap((name) => Object.keys(secrets[name].revoked).map((id) => `${name} ${id}`));
  return judgeSearch(rotation, sought, revoked, places.length, leaks);
}
