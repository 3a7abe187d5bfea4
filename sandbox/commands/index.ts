import { Command } from "commander";
import { z } from "zod";
import { badInput } from "../../infra/errors.ts";
import type { Print } from "./sandbox.ts";

const print: Print = (line) => process.stdout.write(`${line}\n`);

/** Leaves with a command's exit code. */
async function leaveWith(work: Promise<number>): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.once("error", () => process.exit());
  process.exitCode = await work;
}

const flagged = z.literal(true).optional();

const upSchema = z.object({ new: flagged, cluster: z.string().optional(), gateway: z.array(z.string()) });

function upCommand(): Command {
  return new Command("up")
    .description("Start an empty world: Postgres, the cluster and its gateway, the providers, and both stacks, empty.")
    .option("--new", "only a new one: exit with 4 if one is up already")
    .option("--cluster <context>", "on the cluster of this context of your kubeconfig, with the official provider")
    .option(
      "--gateway <stack=url>",
      "with --cluster: where a stack's listener can be reached, if not at the address in the Gateway's status",
      (one: string, others: string[]) => [...others, one],
      [],
    )
    .addHelpText(
      "after",
      `
What a dead sandbox left behind is ended first. Running it twice is fine.

--cluster: the stacks' namespaces, Gateway and listeners are those of Pulumi.staging.yaml and Pulumi.production.yaml. AWS,
Supabase, AFM, Redis and Postgres stay stand-ins on this machine's loopback device, and pods run images that your cluster
can pull. The cluster is marked as lent (ConfigMap default/production-runbooks-sandbox); \`down\` removes the mark and both
namespaces.

  $ runbook sandbox up --cluster kind-test --gateway staging=http://127.0.0.1:8001 --gateway production=http://127.0.0.1:8002`,
    )
    .action(async (raw: unknown) => {
      const { new: only, cluster, gateway } = upSchema.parse(raw);
      if (cluster === undefined && gateway.length > 0)
        throw badInput("--gateway: is for a cluster of your own: name it with --cluster");
      const { up } = await import("./up.ts");
      await leaveWith(up({ which: only ? "new" : "any", cluster, gateways: gateway }, print));
    });
}

function downCommand(): Command {
  return new Command("down")
    .description("End everything and remove every file but the change records.")
    .option("--purge", "remove the change records too")
    .action(async (raw: unknown) => {
      const { purge } = z.object({ purge: flagged }).parse(raw);
      const { down } = await import("./down.ts");
      await leaveWith(down({ records: purge ? "purge" : "keep" }, print));
    });
}

function statusCommand(): Command {
  return new Command("status")
    .description("Show each stack's gateway, pods and stores, and the images.")
    .option("--json", "as JSON")
    .action(async (raw: unknown) => {
      const { json } = z.object({ json: flagged }).parse(raw);
      const { status } = await import("./status.ts");
      await leaveWith(status({ format: json ? "json" : "text" }, print));
    });
}

function envCommand(): Command {
  return new Command("env")
    .description("Print shell exports after which plain `pulumi` works on the sandbox.")
    .addHelpText("after", '\n  $ eval "$(npx --no-install runbook sandbox env)"\n  $ pulumi up --stack staging')
    .action(async () => leaveWith((await import("./env.ts")).env({}, print)));
}

function buildCommand(): Command {
  return new Command("build")
    .description("Make an image from a folder and print its reference, as a registry would after a push.")
    .argument("<folder>", "a folder whose package.json has scripts.start")
    .option("--name <name>", "the image's name", "registry.example.com/app")
    .action(async (folder: string, raw: unknown) => {
      const { name } = z.object({ name: z.string() }).parse(raw);
      await leaveWith((await import("./build.ts")).build({ folder, name }, print));
    });
}

function logsCommand(): Command {
  return new Command("logs")
    .description("Print the last lines of the pods', stores' and daemon's logs.")
    .argument("[name]", "beginning of a log's name: a pod's, redis, staging, daemon")
    .option("--lines <number>", "how many lines of each", "50")
    .action(async (name: string | undefined, raw: unknown) => {
      const parsed = z.object({ lines: z.coerce.number().int().min(1) }).safeParse(raw);
      if (!parsed.success) throw badInput("--lines: is a whole number above 0");
      await leaveWith((await import("./logs.ts")).logs({ name, lines: parsed.data.lines }, print));
    });
}

function faultCommand(): Command {
  return new Command("fault")
    .description("Break something, or repair it.")
    .argument("<fault>", "what: see below")
    .argument("<what>", "how: see below")
    .option("--stack <name>", "of this stack alone: staging or production")
    .addHelpText(
      "after",
      `
Faults (the first word breaks, the second one repairs):
  redis down|up                          gone; back on the same port, empty
  redis-auth refused|accepted            the users' passwords no longer pass
  redis-memory full|free                 no memory for a write; sessions are evicted
  redis-failover begun|ended             a replica answers, which refuses writes
  postgres down|up
  postgres-connections refused|accepted  the application gets no connection
  supabase down|up                       the gateway of auth and REST
  supabase-latency MS                    each of its answers takes this much longer; 0 ends it
  supabase-key wrong|right               the releases' Secrets hold another project's key; repaired, without a restart
  key-revoked NAME, key-accepted NAME    SUPABASE_KEY or AFM_KEY, at its issuer
  revoke-ignored NAME                    the next revocation is acknowledged and not done
  unmanaged-version NAME                 somebody rotates the entry in the console
  pod bad|good                           one pod can't reach its database
  gateway down|up                        the line between users and the gateway
  latency MS                             every request at the gateway waits; 0 ends it

  $ runbook sandbox fault redis down
  $ runbook sandbox fault postgres down --stack staging
  $ runbook sandbox fault key-revoked SUPABASE_KEY --stack production
  $ runbook sandbox fault latency 200`,
    )
    .action(async (name: string, what: string, raw: unknown) => {
      const { stack } = z.object({ stack: z.string().optional() }).parse(raw);
      await leaveWith((await import("./fault.ts")).fault({ fault: name, what, stack }, print));
    });
}

function alarmsCommand(): Command {
  return new Command("alarms")
    .description("Evaluate the alarms that a stack has declared, over its pods' logs and the gateway's requests.")
    .requiredOption("--stack <name>", "staging or production")
    .option("--json", "as JSON")
    .addHelpText("after", "\n  $ runbook sandbox alarms --stack staging")
    .action(async (raw: unknown) => {
      const { stack, json } = z.object({ stack: z.string(), json: flagged }).parse(raw);
      const { alarms } = await import("./alarms.ts");
      await leaveWith(alarms({ stack, format: json ? "json" : "text" }, print));
    });
}

function afmKeyCommand(): Command {
  return new Command("afm-key")
    .description("Create a key as in AFM's console and print it, for a rotation that reads it from stdin.")
    .requiredOption("--stack <name>", "for this stack: staging or production")
    .addHelpText(
      "after",
      "\n  $ runbook sandbox afm-key --stack staging | runbook rotate AFM_KEY --stack staging --value-stdin --reason quarterly",
    )
    .action(async (raw: unknown) => {
      const { stack } = z.object({ stack: z.string() }).parse(raw);
      await leaveWith((await import("./afm-key.ts")).afmKey({ stack }, print));
    });
}

function serviceCommand(): Command {
  return new Command("service")
    .description("Bring the service's own stack (runner/) up on the sandbox's cluster: `runbook serve`, twice.")
    .addHelpText(
      "after",
      `
The stacks must have had their first update: their namespaces are where the service is given its rights.

  $ pulumi up --stack staging && pulumi up --stack production
  $ runbook sandbox service`,
    )
    .action(async () => leaveWith((await import("./service.ts")).service({}, print)));
}

/** `runbook sandbox`: production on one machine, without Docker, an account or a cluster. */
export function sandboxCommand(): Command {
  const command = new Command("sandbox").description(
    "Production on one machine: the unchanged program and stacks, without Docker, an account or a cluster.",
  );
  const commands = [
    upCommand,
    downCommand,
    statusCommand,
    envCommand,
    buildCommand,
    logsCommand,
    faultCommand,
    alarmsCommand,
    afmKeyCommand,
    serviceCommand,
  ];
  for (const make of commands) command.addCommand(make());
  return command;
}
