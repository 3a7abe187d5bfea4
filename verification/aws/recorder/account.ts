import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ReleaseState, stateHash } from "../../../infra/domain/releases.ts";
import { pulumi } from "../../../infra/stack/cli.ts";
import { openStack } from "../../../infra/stack/stack.ts";
import { REGION, type STAGES, type Stage } from "../../../sandbox/cloud/accounts.ts";
import { createAws } from "../../../sandbox/cloud/aws/index.ts";
import { serveProvider } from "../../../sandbox/cloud/provider.ts";
import { createRandom } from "../../../sandbox/cloud/random/index.ts";
import { serveKms } from "../../../sandbox/cloud/services/kms.ts";
import { ROOT } from "../../../sandbox/commands/sandbox.ts";
import { initialiseStacks } from "../../../sandbox/commands/stacks.ts";
import { locateToolchain, toolchainEnvironment } from "../../../tools/toolchain.mjs";
import { takingCluster } from "./cluster.ts";
import { type Journal, openJournal } from "./journal.ts";
import { storesWithoutServers } from "./stores.ts";

/** Values that issuers have handed over, by secret and generation. */
export type Issued = Record<string, Record<string, string>>;

/** An empty account that the real engine works on, with the unchanged program and stacks, and a journal of what the provider is asked. */
export interface RecordedAccount {
  journal: Journal;
  /** Makes a stack's first update, and answers the state that it left. */
  firstUpdate(stage: Stage): Promise<ReleaseState>;
  /** Moves a stack from one state to another. */
  move(stage: Stage, from: ReleaseState, to: ReleaseState, issued: Issued | null): Promise<void>;
  /** @throws Error where a plain update would change something */
  mustBeSettled(stage: Stage): Promise<void>;
  /** Reads everything of a stack back. */
  refresh(stage: Stage): Promise<void>;
  /** Takes the protection off everything and destroys the stack. */
  teardown(stage: Stage): Promise<void>;
  close(): Promise<void>;
}

async function served(journal: Journal) {
  const handlers = [journal.recording(createAws(storesWithoutServers())), takingCluster(), createRandom()];
  const servers = await Promise.all(handlers.map(serveProvider));
  const addresses = handlers.map(({ name }, index) => `${name}:${servers[index]?.port}`);
  return { addresses: addresses.join(","), close: () => Promise.all(servers.map((server) => server.close())) };
}

async function must(stage: Stage, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await pulumi(ROOT, [...args, "--stack", stage], { within: null });
  if (code !== 0) throw new Error(`pulumi ${args.join(" ")} of ${stage} left with ${code}:\n${stdout}${stderr}`);
}

/** Starts the providers, and an empty backend in a folder of its own; this process' environment leads there from then on. */
export async function recordedAccount(): Promise<RecordedAccount> {
  const room = await mkdtemp(join(tmpdir(), "runbook-test-aws-"));
  const journal = openJournal();
  const [providers, kms] = await Promise.all([served(journal), serveKms()]);
  Object.assign(process.env, {
    PATH: toolchainEnvironment(locateToolchain()).PATH,
    PULUMI_HOME: join(room, "home"),
    PULUMI_BACKEND_URL: `file://${room}`,
    PULUMI_DEBUG_PROVIDERS: providers.addresses,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    AWS_ENDPOINT_URL_KMS: kms.url,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
  await initialiseStacks({ folder: ROOT, env: process.env });
  const stacks = {
    staging: openStack({ cwd: ROOT, name: "staging" }),
    production: openStack({ cwd: ROOT, name: "production" }),
  } satisfies Record<(typeof STAGES)[number], unknown>;
  return {
    journal,
    firstUpdate: async (stage) => {
      journal.begin(stage, "first update");
      await must(stage, "up", "--yes", "--skip-preview");
      const state = await stacks[stage].state();
      if (state === null) throw new Error(`the first update of ${stage} has left no release state`);
      return state;
    },
    move: async (stage, from, to, issued) => {
      journal.begin(stage, "rotations");
      const stack = stacks[stage];
      const ciphertext = issued === null ? null : await stack.encrypt(JSON.stringify(issued));
      const desired = { from: stateHash(from), to };
      const outcome = await stack.update(desired, {
        policies: "judged",
        begun: async () => undefined,
        issued: ciphertext,
      });
      if (outcome.kind !== "done")
        throw new Error(`an update of ${stage} ended with ${outcome.kind}: ${outcome.problems.join("\n")}`);
    },
    mustBeSettled: (stage) => must(stage, "preview", "--expect-no-changes"),
    refresh: async (stage) => {
      journal.begin(stage, "refresh");
      await must(stage, "refresh", "--yes", "--skip-preview");
    },
    teardown: async (stage) => {
      journal.begin(stage, "teardown");
      await must(stage, "state", "unprotect", "--all", "--yes");
      await must(stage, "destroy", "--yes", "--skip-preview");
    },
    close: async () => {
      await Promise.all([providers.close(), kms.close()]);
      await rm(room, { recursive: true, force: true });
    },
  };
}
