/**
 * `npm run test:apiserver`: everything that the program would send to Kubernetes, for both stacks, at rest, in mid-canary
 * and in mid-rotation, is judged by a real kube-apiserver: strict server-side dry runs. A field that it doesn't know or
 * would drop fails, and so does a misspelt field that gets through.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { type ApiServer, startApiServer } from "../../verification/real/control-plane/api-server.ts";
import { applyDefinitions, mustCreate } from "../../verification/real/control-plane/definitions.ts";
import { apiServerParts } from "../../verification/real/parts.ts";
import { discovery, problemsOf, slippedThrough } from "./judge.ts";
import { MOMENTS, manifestsOf, type Sent, STACKS } from "./manifests.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A dry run needs the namespace of what it would make. */
async function makeNamespaces(server: ApiServer, objects: readonly Sent[]): Promise<void> {
  const names = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  for (const name of names) {
    await mustCreate(server, "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
}

async function main(): Promise<number> {
  const parts = await apiServerParts();
  const room = await mkdtemp(join(tmpdir(), "apiserver-"));
  let [passed, failed, tried] = [0, 0, 0];
  let server: ApiServer | null = null;
  try {
    server = await startApiServer(parts, { room, authorization: "AlwaysAllow" });
    await applyDefinitions(server, parts.definitions);
    const pathOf = discovery(server);
    for (const stack of STACKS) {
      for (const moment of Object.keys(MOMENTS)) {
        const objects = await manifestsOf(stack, moment);
        await makeNamespaces(server, objects);
        for (const sent of objects) {
          const path = await pathOf(sent);
          const isNamespace = sent.kind === "Namespace";
          // It stands already, for the others' sake: one of another name is judged in its place.
          const judged = isNamespace
            ? { ...sent, metadata: { ...sent.metadata, name: `${sent.metadata.name}-dry` } }
            : sent;
          const problems = await problemsOf(server, path, judged);
          const mutations = await slippedThrough(server, path, judged);
          tried += mutations.tried;
          const all = [...problems, ...mutations.slipped.map((place) => `a misspelt field got through at "${place}"`)];
          for (const problem of all) say(`FAILED ${stack} ${moment}: ${sent.kind} ${sent.metadata.name}: ${problem}`);
          if (all.length === 0) passed += 1;
          else failed += 1;
        }
        say(`${stack} ${moment}: ${objects.length} objects of ${new Set(objects.map(({ kind }) => kind)).size} kinds`);
      }
    }
  } finally {
    await server?.close();
    await rm(room, { recursive: true, force: true });
  }
  say(`${tried} misspelt fields were tried`);
  say(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

scriptCommand("test:apiserver", "Judge what the program sends to Kubernetes by a real kube-apiserver.").parse();
process.exitCode = await main();
