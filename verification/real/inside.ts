/** What `npm run test:real` does inside of its namespace: `inside.ts OPTIONS` (JSON). It ends by itself, or at the message LEAVE. */
import { join } from "node:path";
import pc from "picocolors";
import { z } from "zod";
import { SCENARIOS } from "../scenarios/index.ts";
import { play, type Row, wrongWith } from "../scenarios/play.ts";
import { type LentCluster, PARTS, type Parts, ROOT } from "../scenarios/world.ts";
import { type RealCluster, startRealCluster } from "./cluster.ts";
import { untilAsked } from "./leave.ts";
import { lentCluster } from "./lent.ts";
import { realPartsSchema } from "./parts.ts";
import { tableOf } from "./table.ts";

const optionsSchema = z.object({
  scenarios: z.array(z.string()),
  parts: z.array(z.enum(PARTS)),
  /** the checkout under test */
  program: z.string(),
  /** the programs of the real parts; null where they aren't asked for */
  real: realPartsSchema.nullable(),
});
export type InsideOptions = z.infer<typeof optionsSchema>;

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
        : lentCluster(cluster, options.real.provider, SANDBOXES["real parts"]);
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

await untilAsked(main);
