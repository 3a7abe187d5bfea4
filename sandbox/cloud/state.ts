import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { badInput } from "../../infra/errors.ts";
import { isAlive, readIfThere } from "./processes.ts";

/** Where the sandbox keeps what it needs while it is up. */
export interface SandboxPaths {
  root: string;
  processes: string;
  images: string;
  stores: string;
  logs: string;
  tls: string;
  kubeconfig: string;
  /** The Pulumi backend, empty after every `up`. */
  backend: string;
  pulumiHome: string;
  /** Change records, each world's in a folder of its own: the one thing that outlives `down`. */
  records: string;
  ready: string;
}

/** The paths below the sandbox's folder. */
export function pathsIn(root: string): SandboxPaths {
  return {
    root,
    processes: join(root, "processes"),
    images: join(root, "images"),
    stores: join(root, "stores"),
    logs: join(root, "logs"),
    tls: join(root, "tls"),
    kubeconfig: join(root, "kubeconfig"),
    backend: join(root, "pulumi-state"),
    pulumiHome: join(root, "pulumi-home"),
    records: join(root, "records"),
    ready: join(root, "sandbox.json"),
  };
}

const readySchema = z.object({
  pid: z.int(),
  startTime: z.string(),
  control: z.object({ url: z.string(), token: z.string() }),
  providers: z.object({ aws: z.int(), kubernetes: z.int().nullable(), random: z.int() }),
  kms: z.string(),
  logs: z.string(),
  registry: z.string(),
  services: z.record(z.string(), z.string()),
  caFile: z.string(),
  inbox: z.string(),
  proofs: z.string(),
  /** where this world's change records are: what another one left open holds nothing here */
  records: z.string(),
});

/** What the daemon writes down when it is up. */
export type Ready = z.infer<typeof readySchema>;

/**
 * What the daemon wrote, or null where it isn't up (any more).
 * @throws Refusal (exit 2) where its file can't be read: another version's daemon may be up
 */
export function readReady(paths: Pick<SandboxPaths, "ready">): Ready | null {
  const text = readIfThere(paths.ready);
  if (text === null) return null;
  const ready = readySchema.safeParse(jsonIn(text));
  if (!ready.success) {
    throw badInput(
      `${paths.ready} can't be read: another version's sandbox may be up: take it down with that version, or remove the file`,
    );
  }
  return isAlive(ready.data) ? ready.data : null;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Writes the ready file at once, readable by its owner alone: it holds the control API's token. */
export function writeReady(paths: Pick<SandboxPaths, "ready">, ready: Ready): void {
  const draft = `${paths.ready}.new`;
  writeFileSync(draft, JSON.stringify(ready), { mode: 0o600 });
  renameSync(draft, paths.ready);
}

/** Removes what a sandbox has left, but for the change records where they are to be kept. */
export function clearState({ root, records }: SandboxPaths, kept: "keep records" | "keep nothing"): void {
  mkdirSync(root, { recursive: true });
  for (const name of readdirSync(root)) {
    const path = join(root, name);
    if (path === records && kept === "keep records") continue;
    rmSync(path, { recursive: true, force: true });
  }
  if (readdirSync(root).length === 0) rmSync(root, { recursive: true, force: true });
}
