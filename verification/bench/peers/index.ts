import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inNamespace } from "../../real/namespace.ts";
import { realParts } from "../../real/parts.ts";
import type { InsideOptions } from "./inside.ts";
import { peerParts } from "./programs.ts";

/**
 * Gives the same bad release under the same load to ours, Argo Rollouts and Flagger, on real parts in a network namespace of their
 * own, and prints what it has cost; then ours' step beside a bare update. Builds what isn't built yet.
 * @param pairs rounds of the steps
 * @returns the exit code: 0 where everybody was measured
 * @throws Missing where something can't be built, or this machine gives no namespace
 */
export async function benchPeers(pairs: number): Promise<number> {
  const options: InsideOptions = { real: await realParts(), peers: await peerParts(), pairs };
  const inside = [process.execPath, join(import.meta.dirname, "inside.ts"), JSON.stringify(options)];
  // Whatever is killed with the namespace has its files here.
  const room = await mkdtemp(join(tmpdir(), "bench-peers-"));
  return inNamespace(inside, { ...process.env, TMPDIR: room }).finally(() =>
    rm(room, { recursive: true, force: true }),
  );
}
