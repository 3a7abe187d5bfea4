/** What `npm run test:real` does inside of its namespace: `inside.ts OPTIONS` (JSON). It ends by itself, or at the message LEAVE. */
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pc from "picocolors";
import { z } from "zod";
import type { Stage } from "../../sandbox/cloud/accounts.ts";
import { SCENARIOS } from "../scenarios/index.ts";
import { namespaceOf } from "../scenarios/jobs-pods.ts";
import type { ClusterObjects } from "../scenarios/objects.ts";
import { play, type Row, wrongWith } from "../scenarios/play.ts";
import { type LentCluster, PARTS, type Parts, ROOT } from "../scenarios/world.ts";
import { CONTEXT, type RealCluster, startRealCluster } from "./cluster.ts";
import { METRICS } from "./gateway.ts";
import { faultsFile } from "./node/pod-faults.ts";
import { tableOf } from "./table.ts";

const optionsSchema = z.object({
  scenarios: z.array(z.string()),
  parts: z.array(z.enum(PARTS)),
  /** the checkout under test */
  program: z.string(),
  /** the programs of the real parts; null where they aren't asked for */
  real: z
    .object({
      etcd: z.string(),
      kubeApiserver: z.string(),
      controllerManager: z.string(),
      scheduler: z.string(),
      traefik: z.string(),
      provider: z.string(),
      definitions: z.string(),
    })
    .nullable(),
});
export type InsideOptions = z.infer<typeof optionsSchema>;

const readyPodSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
});

const EXIT_INTERRUPTED = 130;
const SANDBOXES: Record<Parts, string> = { "stand-ins": ".sandbox-scenarios", "real parts": ".sandbox-real" };
const options = optionsSchema.parse(JSON.parse(process.argv[2] ?? "{}"));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function playAll(cluster: LentCluster | null): Promise<Row[]> {
  const rows: Row[] = [];
  for (const scenario of SCENARIOS.filter(({ name }) => options.scenarios.includes(name))) {
    const row: Row = { scenario, played: {} };
    rows.push(row);
    for (const parts of options.parts) {
      say(`${scenario.name} on ${parts}: ${scenario.title}`);
      const lent = parts === "real parts" ? cluster : null;
      row.played[parts] = await play(scenario, {
        parts,
        sandbox: SANDBOXES[parts],
        program: options.program,
        cluster: lent,
      });
      for (const line of wrongWith({ scenario, played: { [parts]: row.played[parts] } })) say(pc.red(`  ${line}`));
    }
    for (const line of wrongWith(row).filter((one) => one.startsWith("they differ"))) say(pc.red(`  ${line}`));
  }
  return rows;
}

/** Gives one ready pod of a stack a database where nobody is. */
async function breakOnePod(objects: ClusterObjects, stage: Stage, state: "bad" | "good"): Promise<void> {
  const file = faultsFile(join(ROOT, SANDBOXES["real parts"]));
  if (state === "good") return rm(file, { force: true });
  const pods = await objects.list(`/api/v1/namespaces/${namespaceOf(stage)}/pods`, readyPodSchema);
  const [first] = pods.filter(({ status }) =>
    status.conditions.some((one) => one.type === "Ready" && one.status === "True"),
  );
  if (first === undefined) throw new Error(`no pod of ${stage} is ready`);
  const nowhere = { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/nowhere" };
  await writeFile(`${file}.new`, JSON.stringify({ [first.metadata.name]: nowhere }));
  await rename(`${file}.new`, file);
}

async function main(): Promise<number> {
  let cluster: RealCluster | null = null;
  try {
    if (options.real !== null) {
      say("the real parts: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, two nodes, Traefik");
      cluster = await startRealCluster(options.real, join(ROOT, SANDBOXES["real parts"]));
    }
    const lent =
      cluster === null || options.real === null
        ? null
        : {
            kubeconfig: cluster.kubeconfig,
            context: CONTEXT,
            provider: options.real.provider,
            viewer: cluster.viewer,
            breakOnePod,
            settings: { metrics: METRICS },
          };
    const rows = await playAll(lent);
    say(`\n${tableOf(rows)}`);
    const wrong = rows.filter((row) => wrongWith(row).length > 0);
    say(
      `${rows.length - wrong.length} of ${rows.length} scenarios hold${wrong.length === 0 ? "" : `, ${wrong.length} don't`}`,
    );
    return wrong.length === 0 && rows.length > 0 ? 0 : 1;
  } finally {
    await cluster?.close();
  }
}

// The namespace's end takes everything with it: sandboxes, engines and the cluster; files in the sandboxes' folders are cleared by the next run.
const interrupted = new Promise<number>((resolve) => {
  process.once("message", () => resolve(EXIT_INTERRUPTED));
  process.once("disconnect", () => resolve(EXIT_INTERRUPTED));
});
const code = await Promise.race([
  interrupted,
  main().catch((error: unknown) => {
    process.stderr.write(pc.red(`${error instanceof Error ? error.message : String(error)}\n`));
    return 70;
  }),
]);
process.exit(code);
