import { execFile } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ACCOUNTS, PROVER, STAGES, type Stage } from "./accounts.ts";
import { watchAlarms } from "./alarms.ts";
import type { AlarmState } from "./aws/alarm-evaluation.ts";
import { createAws } from "./aws/index.ts";
import { emptyCloudWatch } from "./aws/watch.ts";
import type { PodSummary } from "./cluster/index.ts";
import { applyFault, type Breakable, type Fault } from "./faults.ts";
import { type Host, hostResolver, originsOf } from "./hosts.ts";
import { openImages } from "./images.ts";
import { borrowCluster } from "./lent/cluster.ts";
import type { Lent } from "./lent/place.ts";
import type { Processes } from "./processes.ts";
import { serveProvider } from "./provider.ts";
import { createRandom } from "./random/index.ts";
import { startAfm } from "./services/afm.ts";
import { type Message, startInbox } from "./services/inbox.ts";
import { serveKms } from "./services/kms.ts";
import { serveLogs } from "./services/logs.ts";
import { serveRegistry } from "./services/registry.ts";
import { serveManagement, startProject } from "./services/supabase.ts";
import type { SandboxPaths } from "./state.ts";
import { makeCertificates } from "./stores/certificates.ts";
import { redisStores, startDatabases } from "./stores/index.ts";
import { ownCluster } from "./world-cluster.ts";

interface StoreStatus {
  state: "up" | "down" | "none";
  port: number | null;
}

/** One stack as `runbook sandbox status` shows it. */
export interface StackStatus {
  gateway: string;
  pods: PodSummary[];
  stores: { redis: StoreStatus; postgres: StoreStatus; supabase: StoreStatus };
}

/** An image that the sandbox has built, and of which folder. */
export interface BuiltImage {
  reference: string;
  folder: string;
  revision: string | null;
}

/** Everything that the sandbox runs. */
export interface World {
  /** The port of each; null: the engine brings the official provider. */
  providers: { aws: number; kubernetes: number | null; random: number };
  kms: string;
  /** CloudWatch Logs, as far as it is read */
  logs: string;
  /** Where images are looked up. */
  registry: string;
  /** The services that the runner asks, by host. */
  services: Record<string, string>;
  caFile: string;
  /** Where a runbook's announcements go. */
  inbox: string;
  /** The Postgres on which downs are proven. */
  proofs: string;
  status(): Promise<{
    stacks: Record<Stage, StackStatus>;
    images: readonly BuiltImage[];
    services: Record<string, string>;
    inbox: readonly Message[];
  }>;
  fault(fault: Fault): Promise<string[]>;
  /** The state of every alarm that a stack has declared. */
  alarms(stage: Stage): AlarmState[];
  /** A new key of AFM's, as its console would show it to the operator. */
  issueAfmKey(stage: Stage): string;
  build(folder: string, name: string): Promise<BuiltImage>;
  close(): Promise<void>;
}

/** What the world is started with. */
export interface WorldOptions {
  paths: SandboxPaths;
  /** The reference workload's versions, one a folder. */
  versions: string;
  processes: Processes;
  /** The cluster that is lent to the sandbox; null: it has its own. */
  lent: Lent | null;
  /** One line about what is being started. */
  progress(line: string): void;
}

const IMAGE_NAME = "registry.example.com/app";

function hostsOf(ports: {
  supabase: Record<Stage, number>;
  postgres: Record<Stage, number>;
  afm: number;
  afmKeys: number;
  api: number;
}) {
  const http = (name: string, port: number): Host => ({ name, protocol: "http:", port });
  const ofStages = STAGES.flatMap((stage): Host[] => {
    const { supabaseRef } = ACCOUNTS[stage];
    return [
      http(`${supabaseRef}.supabase.co`, ports.supabase[stage]),
      { name: `db.${supabaseRef}.supabase.co`, protocol: "postgresql:", port: ports.postgres[stage] },
    ];
  });
  return [
    ...ofStages,
    http("api.afm.example", ports.afm),
    http("afm-keys.platform.example", ports.afmKeys),
    http("api.supabase.com", ports.api),
  ];
}

/** Where the listeners of a lent cluster's Gateway are reached, where that isn't the address of its status. */
function gatewaysOf(lent: Lent | null): Record<string, string> {
  if (lent === null) return {};
  return Object.fromEntries(
    STAGES.flatMap((stage) => {
      const { gateway, url } = lent.stages[stage];
      return url === null ? [] : [[`${gateway.namespace}/${gateway.name}/${stage}`, url]];
    }),
  );
}

/** The commit that a folder stands at; null where it is in no repository, or there is no git. */
async function revisionOf(folder: string): Promise<string | null> {
  const asked = promisify(execFile)("git", ["-C", folder, "rev-parse", "HEAD"]);
  return asked.then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}

/** Starts everything: stores, services, the cluster, and the providers that the engine attaches to. */
export async function startWorld({ paths, versions, processes, lent, progress }: WorldOptions): Promise<World> {
  const { spawnRecorded } = processes;
  progress("Postgres, one a stage");
  const [certificates, databases, kms] = await Promise.all([
    makeCertificates(paths.tls),
    startDatabases(paths.stores, spawnRecorded),
    serveKms(),
  ]);
  progress("Supabase, AFM and KMS stand-ins");
  const projectOf = (stage: Stage) =>
    startProject({
      ref: ACCOUNTS[stage].supabaseRef,
      key: ACCOUNTS[stage].supabaseKey,
      databaseState: databases[stage].answers,
    });
  const projects = { staging: await projectOf("staging"), production: await projectOf("production") };
  const management = await serveManagement(Object.values(projects));
  const afm = await startAfm(
    STAGES.map((stage) => ({ value: ACCOUNTS[stage].afmKey, owner: ACCOUNTS[stage].afmAdapterToken })),
  );
  const inbox = await startInbox();

  const hosts = hostsOf({
    supabase: { staging: projects.staging.gateway.port, production: projects.production.gateway.port },
    postgres: { staging: databases.staging.port, production: databases.production.port },
    afm: afm.service.port,
    afmKeys: afm.adapter.port,
    api: management.port,
  });

  progress(lent === null ? "the cluster and its gateway" : "the cluster that is lent: its mark");
  const images = openImages(paths.images);
  const cluster =
    lent === null
      ? await ownCluster({
          dir: paths.root,
          images,
          resolveHost: hostResolver(hosts),
          spawnRecorded,
          log: progress,
          stages: STAGES,
          certificates,
          podEnvironment: {
            NODE_EXTRA_CA_CERTS: certificates.caFile,
            ...(process.env.NODE_COMPILE_CACHE === undefined
              ? {}
              : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
          },
        })
      : await borrowCluster(lent);
  if (cluster.kubeconfig !== null) writeFileSync(paths.kubeconfig, cluster.kubeconfig, { mode: 0o600 });

  const cloudWatch = emptyCloudWatch();
  const alarms = watchAlarms({
    cloudWatch,
    pods: cluster.loggingPods,
    requests: () => STAGES.reduce((sum, stage) => sum + cluster.requests(stage), 0),
  });
  const logs = await serveLogs({ groups: () => cloudWatch.sources.groups(), shipped: alarms.shipped });
  progress(`the providers aws, ${cluster.handler === null ? "" : "kubernetes "}and random`);
  const redis = redisStores(paths.stores, certificates, spawnRecorded);
  const aws = createAws(redis, cloudWatch);
  const [awsServer, kubernetesServer, randomServer] = await Promise.all([
    serveProvider(aws),
    cluster.handler === null ? null : serveProvider(cluster.handler),
    serveProvider(createRandom()),
  ]);

  const built: BuiltImage[] = [];
  const build = async (folder: string, name: string): Promise<BuiltImage> => {
    const image = { reference: await images.build(folder, name), folder, revision: await revisionOf(folder) };
    const known = built.findIndex(({ reference }) => reference === image.reference);
    if (known === -1) built.push(image);
    else built[known] = image;
    return image;
  };
  progress("the images of the reference workload");
  for (const version of readdirSync(versions).sort()) await build(join(versions, version), IMAGE_NAME);

  const registry = await serveRegistry(() => built);

  const breakable: Breakable = {
    redis: (stage) => redis.ofStack(stage),
    postgres: (stage) => [databases[stage]],
    supabase: (stage) => [projects[stage].gateway],
    revokeSupabaseKeys: (stage) => projects[stage].revokeKeys(),
    acceptSupabaseKeys: (stage) => projects[stage].acceptKeys(),
    revokeAfmKeys: (stage) => afm.revokeAll(ACCOUNTS[stage].afmAdapterToken),
    acceptAfmKeys: (stage) => afm.acceptAll(ACCOUNTS[stage].afmAdapterToken),
    ignoreNextRevoke: (name, stage) =>
      name === "SUPABASE_KEY"
        ? projects[stage].ignoreNextRevoke()
        : afm.ignoreNextRevoke(ACCOUNTS[stage].afmAdapterToken),
    putUnmanagedVersion: (name, stage) => aws.putUnmanagedVersion(`${stage}/${name}`),
    supabaseKey: (stage, key) => cluster.fault(stage).supabaseKey(key),
    pod: (stage, state) => cluster.fault(stage).pod(state),
    cutGateway: cluster.cutGateway,
    setLatency: cluster.setLatency,
  };
  const stackStatus = async (stage: Stage): Promise<StackStatus> => {
    const [store] = redis.ofStack(stage);
    return {
      ...(await cluster.status(stage)),
      stores: {
        redis: store === undefined ? { state: "none", port: null } : { state: store.state(), port: store.port },
        postgres: { state: databases[stage].state(), port: databases[stage].port },
        supabase: { state: projects[stage].gateway.state(), port: projects[stage].gateway.port },
      },
    };
  };

  return {
    providers: { aws: awsServer.port, kubernetes: kubernetesServer?.port ?? null, random: randomServer.port },
    kms: kms.url,
    logs: logs.url,
    registry: registry.url,
    services: { ...originsOf(hosts), ...gatewaysOf(lent) },
    caFile: certificates.caFile,
    inbox: inbox.service.url,
    proofs: `postgresql://${PROVER.name}:${PROVER.password}@127.0.0.1:${databases.staging.port}/postgres`,
    status: async () => ({
      stacks: { staging: await stackStatus("staging"), production: await stackStatus("production") },
      images: built,
      services: {
        kms: kms.url,
        logs: logs.url,
        supabaseManagement: management.url,
        afm: afm.service.url,
        inbox: inbox.service.url,
      },
      inbox: inbox.messages(),
    }),
    issueAfmKey: (stage) => afm.issue(ACCOUNTS[stage].afmAdapterToken),
    fault: (fault) => applyFault(breakable, fault),
    alarms: alarms.states,
    build,
    close: async () => {
      alarms.close();
      await Promise.all([awsServer, kubernetesServer, randomServer].map((server) => server?.close()));
      await cluster.close();
      const services = [
        projects.staging.gateway,
        projects.production.gateway,
        management,
        afm.service,
        afm.adapter,
        inbox.service,
        kms,
        logs,
        registry,
      ];
      await Promise.all([...services.map((service) => service.close()), processes.endAll()]);
    },
  };
}
