import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { freePort } from "../../../sandbox/cloud/stores/ports.ts";
import type { RealCluster } from "../../real/cluster.ts";
import { mustCreate } from "../../real/control-plane/definitions.ts";
import { endOfLog, endProgram, startProgram } from "../../real/control-plane/programs.ts";
import type { ClusterObjects } from "../../scenarios/objects.ts";
import type { Contender } from "./contender.ts";
import type { PeerParts } from "./programs.ts";
import type { Version, Workload } from "./workload.ts";

/** An object, and the path under which its kind is created. */
export interface Manifest {
  path: string;
  body: Readonly<Record<string, unknown>>;
}

/** A controller that brings a release out by itself, and how it is asked to. */
export interface Peer {
  name: string;
  namespace: string;
  hostname: string;
  settings: string;
  program: "argo" | "flagger";
  /** The controller's arguments. */
  arguments(at: { kubeconfig: string; prometheus: string; ports: readonly [number, number] }): string[];
  /** What makes it serve the good version. */
  manifests(of: { workload: Workload; good: Version; prometheus: string }): Manifest[];
  /** the object whose status says how it goes */
  object: string;
  /** the object whose pod template a release changes */
  target: string;
  /** its status' phase while it serves one version and waits for the next */
  ready: string;
  /** and once it has taken a release back */
  takenBack: string;
}

/** What a peer is brought up with. */
export interface PeerPlace {
  cluster: RealCluster;
  objects: ClusterObjects;
  parts: PeerParts;
  prometheus: string;
  workload: Workload;
  good: Version;
  bad: Version;
  /** the migration that the bad version needs */
  migration: string;
}

const statusSchema = z.object({ status: z.looseObject({ phase: z.string().default("") }).default({ phase: "" }) });
const jobSchema = z.object({ status: z.object({ succeeded: z.int().default(0) }).default({ succeeded: 0 }) });
const READY_WITHIN = 300_000;
const POLL = 500;

async function until(what: string, log: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_WITHIN;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${READY_WITHIN / 1_000} s for ${what}:\n${await endOfLog(log)}`);
    await delay(POLL);
  }
}

/** Brings the database where the bad version needs it, as a team would before the release. */
async function migrate({ namespace }: Peer, { cluster, objects, ...place }: PeerPlace, log: string): Promise<void> {
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  const template = place.workload.migration(place.bad, place.migration);
  await mustCreate(cluster.server, jobs, { metadata: { name: "migrate" }, spec: { backoffLimit: 2, template } });
  await until("the migration", log, async () => {
    const job = await objects.get(`${jobs}/migrate`, jobSchema);
    return (job?.status.succeeded ?? 0) > 0;
  });
}

/**
 * Starts a peer's controller, and waits until it serves the good version in a namespace of its own.
 * @throws Error with the end of its log where it doesn't
 */
export async function openPeer(peer: Peer, place: PeerPlace): Promise<Contender> {
  const { cluster, objects, workload, good, bad, prometheus, parts } = place;
  const { namespace, hostname, name, settings } = peer;
  const { kubeconfig, server, logs } = cluster;
  const log = `${logs}/${peer.program}.log`;
  const phase = async () => (await objects.get(peer.object, statusSchema))?.status.phase ?? "";
  await mustCreate(server, "/api/v1/namespaces", { metadata: { name: namespace } });
  await workload.configure(namespace);
  await migrate(peer, place, log);
  const ports = [await freePort(), await freePort()] as const;
  const controller = startProgram(parts[peer.program], peer.arguments({ kubeconfig, prometheus, ports }), log);
  const close = async () => {
    await endProgram(controller);
    await objects.send("DELETE", `/api/v1/namespaces/${namespace}`);
  };
  try {
    for (const { path, body } of peer.manifests({ workload, good, prometheus })) await mustCreate(server, path, body);
    await until(`${name} to serve the good version`, log, async () => (await phase()) === peer.ready);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name,
    settings,
    hostname,
    async release() {
      const status = await objects.send("PATCH", peer.target, { spec: { template: workload.template(bad) } });
      if (status !== 200) throw new Error(`${name} was asked for the bad release and answered ${status}`);
    },
    async isOver() {
      if (controller.exitCode !== null) throw new Error(`${name} has ended:\n${await endOfLog(log)}`);
      return (await phase()) === peer.takenBack;
    },
    close,
  };
}
