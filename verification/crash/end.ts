import { z } from "zod";
import { openKubernetes } from "../../infra/clients/kubernetes.ts";
import { ACCOUNTS, type Stage } from "../../sandbox/cloud/accounts.ts";
import { databaseText, namespaceIn, orphansText, stackText, story, ticketsText } from "./end-state.ts";
import type { ChangeRecord } from "./record.ts";
import { command, exported } from "./sandbox.ts";

/** What is compared between two runs of the same change. */
export interface End {
  stack: string[];
  /** what stands in the cluster and in no stack's state */
  orphans: string[];
  database: string[];
  /** what was opened at the ticket system */
  tickets: string[];
  story: string[];
  /** what is wrong with the record's chain */
  record: string[];
}

const statusSchema = z.object({
  inbox: z.array(z.object({ at: z.iso.datetime(), channel: z.string(), headline: z.string() })),
  stacks: z.record(
    z.string(),
    z.looseObject({ stores: z.record(z.string(), z.looseObject({ port: z.int().nullable() })) }),
  ),
});

async function outsideOf(
  stage: Stage,
  since: Date,
  env: NodeJS.ProcessEnv,
): Promise<Pick<End, "database" | "tickets">> {
  const status = statusSchema.parse(JSON.parse(await command("runbook", ["sandbox", "status", "--json"], env)));
  const port = status.stacks[stage]?.stores.postgres?.port;
  const url = `postgresql://app:${ACCOUNTS[stage].databasePassword}@127.0.0.1:${port}/postgres`;
  const messages = status.inbox.filter(({ at }) => new Date(at) >= since);
  return { database: await databaseText(url), tickets: ticketsText(messages) };
}

/** What changes have made in a namespace of the sandbox's cluster. */
export async function ownedIn(namespace: string, { KUBECONFIG }: NodeJS.ProcessEnv) {
  const before = process.env.KUBECONFIG;
  process.env.KUBECONFIG = KUBECONFIG;
  try {
    return await (await openKubernetes({ context: null })).owned(namespace);
  } finally {
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
  }
}

/** What stands after a change of a stage, with what its record tells, and the tickets that were opened since. */
export async function readEnd(
  stage: Stage,
  env: NodeJS.ProcessEnv,
  { events, findings }: Pick<ChangeRecord, "events" | "findings">,
  since = new Date(0),
): Promise<End> {
  const state = await exported(stage, env);
  const stack = stackText(state);
  const orphans = orphansText(state, await ownedIn(namespaceIn(state), env));
  const outside = await outsideOf(stage, since, env);
  return { stack, orphans, ...outside, story: story(events), record: findings };
}

/** What a killed run has that the other hasn't, and the other way round (pure). */
export function differences(killed: End, whole: End): string[] {
  const parts = ["stack", "orphans", "database", "tickets", "story", "record"] as const;
  return parts.flatMap((part) => {
    const [a, b] = [new Set(killed[part]), new Set(whole[part])];
    const more = killed[part].filter((line) => !b.has(line)).map((line) => `${part}: only after kills: ${line}`);
    const less = whole[part].filter((line) => !a.has(line)).map((line) => `${part}: only without: ${line}`);
    return [...more, ...less];
  });
}
