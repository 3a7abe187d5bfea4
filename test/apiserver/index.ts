/**
 * `npm run test:apiserver`: everything that the program would send to Kubernetes, for both stacks, at rest, in mid-canary
 * and in mid-rotation, is judged by a real kube-apiserver: strict server-side dry runs. A field that it doesn't know or
 * would drop fails, and so does a misspelt field that gets through.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parse } from "yaml";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { apiServerParts } from "../../verification/real/parts.ts";
import { discovery, problemsOf, slippedThrough } from "./judge.ts";
import { MOMENTS, manifestsOf, type Sent, STACKS } from "./manifests.ts";
import { type ApiServer, startApiServer } from "./server.ts";

const SERVED_WITHIN = 60_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function mustCreate(server: ApiServer, path: string, body: unknown): Promise<void> {
  const { status, body: answer } = await server.send("POST", path, body);
  if (![200, 201, 409].includes(status)) throw new Error(`${path}: ${status} ${JSON.stringify(answer).slice(0, 300)}`);
}

async function applyDefinitions(server: ApiServer, folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((file) =>
    /_(httproutes|gateways|gatewayclasses)\.yaml$/.test(file),
  )) {
    const definition: unknown = parse(await readFile(join(folder, name), "utf8"));
    await mustCreate(server, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  }
  const deadline = Date.now() + SERVED_WITHIN;
  for (;;) {
    const { body } = await server.send("GET", "/apis/gateway.networking.k8s.io/v1");
    if (JSON.stringify(body).includes("HTTPRoute")) return;
    if (Date.now() > deadline) throw new Error("the Gateway API isn't served");
    await delay(200);
  }
}

/** A dry run needs the namespace of what it would make. */
async function makeNamespaces(server: ApiServer, objects: readonly Sent[]): Promise<void> {
  const names = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  for (const name of names) {
    await mustCreate(server, "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
}

async function main(): Promise<number> {
  const parts = await apiServerParts();
  const server = await startApiServer(parts);
  let [passed, failed, tried] = [0, 0, 0];
  try {
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
    await server.close();
  }
  say(`${tried} misspelt fields were tried`);
  say(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

scriptCommand("test:apiserver", "Judge what the program sends to Kubernetes by a real kube-apiserver.").parse();
process.exitCode = await main();
