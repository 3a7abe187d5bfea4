/** What `npm run bench -- peers` does inside of its namespace: `inside.ts OPTIONS` (JSON). It ends by itself, or at the message LEAVE. */
import { readFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { parseManifest } from "../../../infra/cli/manifest-file.ts";
import { commandLine } from "../../../sandbox/cloud/command-line.ts";
import { type RealCluster, startRealCluster } from "../../real/cluster.ts";
import { METRICS } from "../../real/gateway.ts";
import { untilAsked } from "../../real/leave.ts";
import { lentCluster } from "../../real/lent.ts";
import { realPartsSchema } from "../../real/parts.ts";
import { namespaceOf } from "../../scenarios/jobs-pods.ts";
import { inWorld, ROOT, type World } from "../../scenarios/world.ts";
import { openQuietly } from "../updates/quiet-session.ts";
import { benchStep } from "../updates/step.ts";
import { openWeightMoves } from "../updates/weight-moves.ts";
import { argoRollouts } from "./argo.ts";
import type { Contender } from "./contender.ts";
import { flagger } from "./flagger.ts";
import { measure } from "./measure.ts";
import { oursByCommand, oursByService } from "./ours.ts";
import { openPeer, type Peer, type PeerPlace } from "./peer.ts";
import { type Prometheus, startPrometheus } from "./prometheus.ts";
import { peersTable, type Row } from "./table.ts";
import { readWorkload } from "./workload.ts";

const optionsSchema = z.object({
  real: realPartsSchema,
  peers: z.object({ argo: z.string(), flagger: z.string(), prometheus: z.string(), definitions: z.array(z.string()) }),
  /** rounds of the weight steps */
  pairs: z.int(),
});
export type InsideOptions = z.infer<typeof optionsSchema>;

const SANDBOX = ".sandbox-peers";
const BAD = { folder: "v3", version: "2026.11.24-1" };
const GOOD = { folder: "v2", version: "2026.11.23-1" };
/** What stays of the old release's connections isn't measured, and nobody waits ten minutes for it. */
const SETTINGS = { application: { drain: "20s" } };

const options = optionsSchema.parse(JSON.parse(process.argv[2] ?? "{}"));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const podSchema = z.object({ status: z.object({ podIP: z.string() }) });

/** Where the Gateway's metrics are read. */
async function metricsTarget({ objects }: World): Promise<string> {
  const { namespace, port } = METRICS.scrape;
  const [pod] = await objects.list(`/api/v1/namespaces/${namespace}/pods`, podSchema);
  if (pod === undefined) throw new Error(`${namespace} has no pod of the Gateway`);
  return `${pod.status.podIP}:${port}`;
}

async function placeOf(world: World, cluster: RealCluster, prometheus: Prometheus, bad: string): Promise<PeerPlace> {
  const file = await readFile(join(ROOT, "sandbox/app/versions", BAD.folder, "package.json"), "utf8");
  const { scripts } = z.object({ scripts: z.object({ start: z.string() }) }).parse(JSON.parse(file));
  const { command, args } = commandLine(scripts.start);
  const at = { namespace: namespaceOf("production"), command: [command, ...args] };
  const workload = await readWorkload(world.objects, cluster.server, at);
  const { image, migrations } = parseManifest(await readFile(bad, "utf8"), bad);
  const migration = migrations.at(-1)?.id;
  if (migration === undefined) throw new Error(`${bad} lists no migration`);
  return {
    cluster,
    objects: world.objects,
    parts: options.peers,
    prometheus: prometheus.url,
    workload,
    good: { release: "good", image: workload.image },
    bad: { release: "bad", image },
    migration,
  };
}

/** One row: whatever goes wrong with one of them, the others are measured. */
async function rowOf(name: string, open: () => Promise<Contender>, baseUrl: string): Promise<Row> {
  say(`${name} ...`);
  let contender: Contender | null = null;
  try {
    contender = await open();
    const cost = await measure(contender, baseUrl);
    say(`  ${cost.seconds.toFixed(1)} s, ${cost.failed} failed requests, ${cost.toBad} to the bad release`);
    return { name, settings: contender.settings, cost };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say(`  not measured: ${why}`);
    return { name, settings: contender?.settings ?? "-", why };
  } finally {
    await contender?.close();
  }
}

async function compare(world: World, cluster: RealCluster): Promise<number> {
  say(`version ${BAD.version}, which is bad, goes through staging ...`);
  const bad = await world.release(BAD.folder, BAD.version);
  await world.mustRun([0], ["deploy", "--stack", "staging", "--release", bad, "--wait"]);
  const { url } = await world.gateway("production");
  const room = cluster.logs;
  const prometheus = await startPrometheus(options.peers.prometheus, { room, target: await metricsTarget(world) });
  try {
    const place = await placeOf(world, cluster, prometheus, bad);
    const peer = (one: Peer) => rowOf(one.name, () => openPeer(one, place), url);
    const rows = [
      await rowOf("ours, --wait", () => oursByCommand(world), url),
      await rowOf("ours, as a service", () => oursByService(world), url),
      await peer(argoRollouts),
      await peer(flagger),
    ];
    say(`\nA bad release on real parts\n\n${peersTable(rows)}`);
    // Who judges by users' requests judges an overloaded machine instead.
    const [busy = 0] = loadavg();
    say(
      `\n${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores, load average ${busy.toFixed(0)} at the end`,
    );
    await weightSteps(world);
    return rows.some((row) => "why" in row) ? 1 : 0;
  } finally {
    await prometheus.close();
  }
}

/** The runner's step beside a bare update, by the official provider and Traefik. */
async function weightSteps(world: World): Promise<void> {
  say(`\nmoves of weights on production, ${options.pairs} rounds ...`);
  Object.assign(process.env, world.env);
  const cwd = world.project.folder;
  const moves = await openWeightMoves(
    await openQuietly(cwd, "production"),
    await world.release(GOOD.folder, GOOD.version),
    cwd,
  );
  await benchStep(options.pairs, moves, say);
  await moves.end();
}

async function main(): Promise<number> {
  say("the real parts: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, two nodes, Traefik ...");
  const { definitions } = options.peers;
  const providers = ["kubernetesgateway", "kubernetescrd"] as const;
  const cluster = await startRealCluster(options.real, join(ROOT, SANDBOX), { definitions, providers });
  try {
    say("the sandbox, with version 1 on both stacks ...");
    return await inWorld(
      {
        parts: "real parts",
        sandbox: SANDBOX,
        program: ROOT,
        stages: ["staging", "production"],
        cluster: lentCluster(cluster, options.real.provider, SANDBOX),
        settings: SETTINGS,
      },
      (world) => compare(world, cluster),
    );
  } finally {
    await cluster.close();
  }
}

await untilAsked(main);
