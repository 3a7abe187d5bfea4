import { join } from "node:path";
import { z } from "zod";
import { readIfThere } from "../../../sandbox/cloud/processes.ts";

/** Variables that single pods get instead of their own, by the pod's name: how a scenario breaks one pod. */
const faultsSchema = z.record(z.string(), z.record(z.string(), z.string()));
export type PodFaults = z.infer<typeof faultsSchema>;

const POLL = 500;

/** Where the nodes of a sandbox look for faults. */
export const faultsFile = (sandbox: string): string => join(sandbox, "pod-faults.json");

/** What is broken now; nothing where there is no such file. */
export function readFaults(sandbox: string): PodFaults {
  const text = readIfThere(faultsFile(sandbox));
  return text === null ? {} : faultsSchema.parse(JSON.parse(text));
}

/** Calls back with the pods of which something was broken or mended, until the signal fires. */
export function watchFaults(sandbox: string, changed: (pods: string[]) => void, signal: AbortSignal): void {
  let known: PodFaults = {};
  const timer = setInterval(() => {
    const now = readFaults(sandbox);
    const names = [...new Set([...Object.keys(known), ...Object.keys(now)])];
    const differ = names.filter((name) => JSON.stringify(known[name]) !== JSON.stringify(now[name]));
    known = now;
    if (differ.length > 0) changed(differ);
  }, POLL);
  signal.addEventListener("abort", () => clearInterval(timer));
}
