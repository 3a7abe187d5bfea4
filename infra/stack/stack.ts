import { z } from "zod";
import { type Desired, type ReleaseState, releaseStateSchema } from "../domain/releases.ts";
import type { NamedResource } from "../domain/urn.ts";
import { badInput, needsPerson } from "../errors.ts";
import { type Basis, readBasis } from "./basis.ts";
import { type CliResult, pulumiWithEvents } from "./cli.ts";
import { hasLostProvider, hasMovedOn, isLocked, type LockOwner, lockOwners } from "./cli-text.ts";
import { type Credentials, credentialsIn } from "./credentials.ts";
import type { EngineEvents } from "./engine-events.ts";
import { areOwnAndDead, awaitEngineEnd, type EngineProcess, type HasEnded } from "./engine-process.ts";
import { encryptFor, withIssued } from "./issued.ts";
import { halfwayIn, type Pending, pendingIn, resourcesIn } from "./pending.ts";
import { protectedProblems } from "./protected.ts";
import { errorText, readOutputs, readStack, type StackPlace, settingsOption } from "./reading.ts";
import type { ResourceChange } from "./resource-changes.ts";

export type { Credentials } from "./credentials.ts";

/** A stack as the runner uses it. Only this folder starts updates. */
export interface Stack {
  name: string;
  /** The release state of the last update, or null before the first. */
  state(): Promise<ReleaseState | null>;
  /** The values of every generation that the stack keeps, in clear: for probes, kept in memory and never shown. */
  credentials(): Promise<Credentials>;
  /** What `pulumi stack export` prints to whoever may read the stack: secrets encrypted. */
  exported(): Promise<string>;
  /** Encrypts a value with the stack's own secrets provider. */
  encrypt(value: string): Promise<string>;
  /** Previews the desired state under the policy pack. */
  preview(desired: Desired, issued?: string | null, signal?: AbortSignal): Promise<Outcome>;
  /** What a preview's answer depends on beside the desired state, as it is now; null where it can't be read, left out where nobody can say. */
  basis?: () => Promise<Basis | null>;
  /** Makes the desired state so. The engine previews nothing: the policies have judged it, or judge each resource along with the update. */
  update(desired: Desired, how: UpdateHow): Promise<Outcome>;
  /** Reads back into the state what an interrupted update had begun to change or to delete, and every resource of these types. */
  readHalfway(types: readonly string[], begun: UpdateHow["begun"]): Promise<Outcome>;
  /** Waits until an engine's process has ended, at most so many milliseconds. */
  awaitEngine(engine: EngineProcess, within: number, signal: AbortSignal): Promise<"at work" | "gone" | "elsewhere">;
  /** Breaks the stack's lock where its owner is one of these processes and dead; answers whether it did. */
  breakOwnLock(owners: readonly LockOwner[], engines: readonly EngineProcess[]): Promise<"broken" | "not ours">;
  /** The resources that the state has. */
  resources(): Promise<NamedResource[]>;
  /** The creates that interrupted updates have left in the state. */
  pending(): Promise<Pending>;
  /** Drops the pending creates from the state: all of them, so only where each is known to be adopted. */
  clearPending(pending: Pending, begun: (engine: EngineProcess) => Promise<void>): Promise<void>;
}

/** Whether the policies have judged the update or do so along with it, and who is told of the engine's process before it does anything. */
export interface UpdateHow {
  policies: "judged" | "along";
  begun: (engine: EngineProcess) => Promise<void>;
  /** values that others have issued, encrypted, which the update brings into the stack */
  issued?: string | null;
  /** what becomes of a create whose object is there already; refused where nothing is said */
  existing?: Existing;
}

/** Only what the same change has made may be adopted; by force, where an autoscaler has set a field since. */
export type Existing = "refused" | "adopted" | "adopted by force";

/** The variables by which the official Kubernetes provider takes that; a user's own never reach it, or every update would adopt. */
const ADOPTS = "PULUMI_K8S_UPSERT_EXISTING_OBJECTS";
const FORCES = "PULUMI_K8S_ENABLE_PATCH_FORCE";

function existingEnvironment(existing: Existing): NodeJS.ProcessEnv {
  return {
    [ADOPTS]: existing === "refused" ? undefined : "true",
    [FORCES]: existing === "adopted by force" ? "true" : undefined,
  };
}

/** How a preview or update ended. */
export type Outcome =
  | {
      kind: "done";
      seconds: number;
      changes: Record<string, number>;
      resources?: ResourceChange[];
      warnings?: readonly string[];
    }
  | { kind: "policy"; problems: string[] }
  /** another update has the stack */
  | { kind: "locked"; problems: string[]; owners: LockOwner[] }
  /** the stack isn't where the desired state starts from */
  | { kind: "moved"; problems: string[] }
  /** the engine was killed */
  | { kind: "interrupted"; problems: string[] }
  | { kind: "failed"; problems: string[] };

const outputsSchema = z.object({ releaseState: releaseStateSchema.optional() });

function outcomeOf(stack: string, result: CliResult & { events: EngineEvents }): Outcome {
  const { code, seconds, events } = result;
  if (code === 0) {
    const { changes, resources, warnings, errors } = events;
    return { kind: "done", seconds, changes, resources, warnings: [...warnings, ...errors] };
  }
  if (events.violations.length > 0) return { kind: "policy", problems: events.violations };
  if (result.overdue !== null) return { kind: "failed", problems: [result.overdue, ...events.errors] };
  const problems = events.errors.length > 0 ? events.errors : [errorText(result)];
  const told = `${problems.join("\n")}\n${result.stderr}`;
  if (isLocked(told)) return { kind: "locked", problems, owners: lockOwners(told) };
  const lost = protectedProblems(stack, problems);
  if (lost !== null) return { kind: "policy", problems: lost };
  if (hasMovedOn(told)) return { kind: "moved", problems };
  if (hasLostProvider(told)) return { kind: "interrupted", problems };
  if (result.signal === null) return { kind: "failed", problems };
  return { kind: "interrupted", problems: [`the Pulumi CLI was ended by ${result.signal}`] };
}

/** The release state in what `pulumi stack output --json` prints, or null before the first update. @throws Refusal (exit 2) */
export function stateIn(name: string, printed: string): ReleaseState | null {
  const outputs = outputsSchema.safeParse(JSON.parse(printed));
  if (outputs.success) return outputs.data.releaseState ?? null;
  throw badInput(`stack ${name}: its output releaseState can't be understood: ${outputs.error.message}`);
}

/** A stack, and how its updates are judged. */
export interface StackOptions extends StackPlace {
  /** the policy pack's configuration file; null: the pack's own levels */
  policyConfig?: string | null;
  /** whether an engine of another host is known to have ended; left out where only time tells */
  engineHasEnded?: HasEnded | undefined;
  /** how long a preview may take, in milliseconds; left out: ten minutes */
  previewWithin?: number;
}

/** A stack, through the Pulumi CLI on PATH. */
export function openStack(options: StackOptions): Stack {
  const { cwd, name, configFile, policyConfig = null, engineHasEnded, previewWithin } = options;
  const pack = ["--policy-pack", "policies", ...(policyConfig === null ? [] : ["--policy-pack-config", policyConfig])];
  const settings = settingsOption({ configFile });
  const read = (args: readonly string[]) => readStack({ cwd, name }, args);
  /** Whoever asks while the stack is being read shares the answer: one look asks for the credentials many times. */
  let reading: Promise<Credentials> | null = null;
  return {
    name,
    state: async () => stateIn(name, await readOutputs({ cwd, name })),
    credentials() {
      reading ??= read(["stack", "export", "--show-secrets"])
        .then(credentialsIn)
        .finally(() => {
          reading = null;
        });
      return reading;
    },
    exported: () => read(["stack", "export"]),
    encrypt: (value) => encryptFor({ cwd, name, configFile }, value),
    basis: () => readBasis({ cwd, name, configFile }, policyConfig),
    async preview(desired, issued = null, signal) {
      return withIssued({ cwd, name, configFile }, issued, async (file) => {
        const args = ["preview", ...pack, "--stack", name, ...file];
        return outcomeOf(
          name,
          await pulumiWithEvents(cwd, args, { desired, begun: null, signal, within: previewWithin }),
        );
      });
    },
    async update(desired, { policies, begun, issued = null, existing = "refused" }) {
      const judged = policies === "along" ? pack : [];
      return withIssued({ cwd, name, configFile }, issued, async (file) => {
        const args = ["up", "--yes", "--skip-preview", ...judged, "--stack", name, ...file];
        const handOver = { desired, begun, env: existingEnvironment(existing) };
        return outcomeOf(name, await pulumiWithEvents(cwd, args, handOver));
      });
    },
    async readHalfway(types, begun) {
      const halfway = halfwayIn(JSON.parse(await read(["stack", "export"])), types);
      const targets = halfway.flatMap((urn) => ["--target", urn]);
      if (targets.length === 0) return { kind: "done", seconds: 0, changes: {} };
      const args = ["refresh", "--yes", "--skip-preview", ...targets, "--stack", name, ...settings];
      return outcomeOf(name, await pulumiWithEvents(cwd, args, { desired: null, begun }));
    },
    awaitEngine: awaitEngineEnd,
    async breakOwnLock(owners, engines) {
      if (!(await areOwnAndDead(owners, engines, Date.now(), engineHasEnded))) return "not ours";
      await read(["cancel", "--yes"]);
      return "broken";
    },
    async resources() {
      return resourcesIn(JSON.parse(await read(["stack", "export"])));
    },
    async pending() {
      return pendingIn(JSON.parse(await read(["stack", "export"])));
    },
    async clearPending({ root }, begun) {
      const target = root === null ? [] : ["--target", root];
      const args = ["refresh", "--clear-pending-creates", "--yes", "--skip-preview", ...target];
      const result = await pulumiWithEvents(cwd, [...args, "--stack", name, ...settings], { desired: null, begun });
      if (result.code !== 0) throw needsPerson(errorText(result));
    },
  };
}
