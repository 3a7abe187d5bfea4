import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ACCOUNTS, PROVER, STAGES, type Stage } from "./accounts.ts";
import { watchAlarms } from "./alarms.ts";
import type { AlarmState } from "./aws/alarm-evaluation.ts";
import { createAws } from "./aws/index.ts";
import { emptyCloudWatch } from "./aws/watch.ts";
import { createCluster, type PodSummary } from "./cluster/index.ts";
import { applyFault, type Breakable, type Fault } from "./faults.ts";
import { type Host, hostResolver, originsOf } from "./hosts.ts";
import { openImages } from "./images.ts";
import type { Processes } from "./processes.ts";
import { serveProvider } from "./provider.ts";
import { createRandom } from "./random/index.ts";
import { startAfm } from "./services/afm.ts";
import { type Message, startInbox } from "./services/inbox.ts";
import { serveKms } from "./services/kms.ts";
import { serveManagement, startProject } from "./services/supabase.ts";
import type { SandboxPaths } from "./state.ts";
import { makeCertificates } from "./stores/certificates.ts";
import { redisStores, startDatabases } from "./stores/index.ts";

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
}

/** Everything that the sandbox runs. */
export interface World {
  providers: { aws: number; kubernetes: number; random: number };
  kms: string;
  /** Where the hosts that the stacks name are served, by host. */
  services: Record<string, string>;
  caFile: string;
  /** Where a runbook's announcements go. */
  inbox: string;
  /** The Postgres on which downs are proven. */
  proofs: string;
  status(): {
    stacks: Record<Stage, StackStatus>;
    images: readonly BuiltImage[];
    services: Record<string, string>;
    inbox: readonly Message[];
  };
  fault(fault: Fault): Promise<string[]>;
  /** The state of every alarm that a stack has declared. */
  alarms(stage: Stage): AlarmState[];
  build(folder: string, name: string): Promise<BuiltImage>;
  close(): Promise<void>;
}

/** What the world is started with. */
export interface WorldOptions {
  paths: SandboxPaths;
  /** The reference workload's versions, one a folder. */
  versions: string;
  processes: Processes;
  /** One line about what is being started. */
  progress(line: string): void;
}

const IMAGE_NAME = "registry.example.com/app";

function hostsOf(ports: {
  supabase: Record<Stage, number>;
  postgres: Record<Stage, number>;
  afm: number;
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
  return [...ofStages, http("api.afm.example", ports.afm), http("api.supabase.com", ports.api)];
}

/** Starts everything: stores, services, the cluster, and the providers that the engine attaches to. */
export async function startWorld({ paths, versions, processes, progress }: WorldOptions): Promise<World> {
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
  const afm = await startAfm(STAGES.map((stage) => ACCOUNTS[stage].afmKey));
  const inbox = await startInbox();

  const hosts = hostsOf({
    supabase: { staging: projects.staging.gateway.port, production: projects.production.gateway.port },
    postgres: { staging: databases.staging.port, production: databases.production.port },
    afm: afm.service.port,
    api: management.port,
  });

  progress("the cluster and its gateway");
  const images = openImages(paths.images);
  const cluster = await createCluster({
    dir: paths.root,
    images,
    resolveHost: hostResolver(hosts),
    spawnRecorded,
    log: progress,
    stages: STAGES,
    podEnvironment: {
      NODE_EXTRA_CA_CERTS: certificates.caFile,
      ...(process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
    },
  });
  writeFileSync(paths.kubeconfig, cluster.apiServer.kubeconfig, { mode: 0o600 });

  const cloudWatch = emptyCloudWatch();
  const alarms = watchAlarms({
    cloudWatch,
    stages: STAGES,
    logFiles: (stage) => cluster.status(stage).pods.map(({ log }) => log),
    requests: cluster.requests,
  });
  progress("the providers aws, kubernetes and random");
  const redis = redisStores(paths.stores, certificates, spawnRecorded);
  const [awsServer, kubernetesServer, randomServer] = await Promise.all(
    [createAws(redis, cloudWatch), cluster.handler, createRandom()].map(serveProvider),
  );
  if (awsServer === undefined || kubernetesServer === undefined || randomServer === undefined) {
    throw new Error("a provider wasn't served");
  }

  const built: BuiltImage[] = [];
  const build = async (folder: string, name: string): Promise<BuiltImage> => {
    const image = { reference: await images.build(folder, name), folder };
    if (!built.some(({ reference }) => reference === image.reference)) built.push(image);
    return image;
  };
  progress("the images of the reference workload");
  for (const version of readdirSync(versions).sort()) await build(join(versions, version), IMAGE_NAME);

  const breakable: Breakable = {
    redis: (stage) => redis.ofStack(stage),
    postgres: (stage) => [databases[stage]],
    supabase: (stage) => [projects[stage].gateway],
    revokeSupabaseKeys: (stage) => projects[stage].revokeKeys(),
    acceptSupabaseKeys: (stage) => projects[stage].acceptKeys(),
    revokeAfmKey: afm.revoke,
    acceptAfmKey: afm.accept,
    supabaseKey: (stage, key) => cluster.fault(stage).supabaseKey(key),
    pod: (stage, state) => cluster.fault(stage).pod(state),
    cutGateway: cluster.cutGateway,
    setLatency: cluster.setLatency,
  };
  const stackStatus = (stage: Stage): StackStatus => {
    const [store] = redis.ofStack(stage);
    return {
      ...cluster.status(stage),
      stores: {
        redis: store === undefined ? { state: "none", port: null } : { state: store.state(), port: store.port },
        postgres: { state: databases[stage].state(), port: databases[stage].port },
        supabase: { state: projects[stage].gateway.state(), port: projects[stage].gateway.port },
      },
    };
  };

  return {
    providers: { aws: awsServer.port, kubernetes: kubernetesServer.port, random: randomServer.port },
    kms: kms.url,
    services: originsOf(hosts),
    caFile: certificates.caFile,
    inbox: inbox.service.url,
    proofs: `postgresql://${PROVER.name}:${PROVER.password}@127.0.0.1:${databases.staging.port}/postgres`,
    status: () => ({
      stacks: { staging: stackStatus("staging"), production: stackStatus("production") },
      images: built,
      services: { kms: kms.url, supabaseManagement: management.url, afm: afm.service.url, inbox: inbox.service.url },
      inbox: inbox.messages(),
    }),
    fault: (fault) => applyFault(breakable, fault),
    alarms: alarms.states,
    build,
    close: async () => {
      alarms.close();
      await Promise.all([awsServer, kubernetesServer, randomServer].map((server) => server.close()));
      await cluster.close();
      const services = [
        projects.staging.gateway,
        projects.production.gateway,
        management,
        afm.service,
        inbox.service,
        kms,
      ];
      await Promise.all([...services.map((service) => service.close()), processes.endAll()]);
    },
  };
}
