import { join } from "node:path";
import type { Image } from "../../images.ts";
import { freePort } from "../../stores/ports.ts";
import type { Container } from "../schemas/container.ts";
import { resolveEnvironment } from "./environment.ts";
import { mountVolumes } from "./mounts.ts";
import type { PodMachine, PodPlan } from "./plan.ts";
import { baseEnvironment, containerCommand, type Launch } from "./process.ts";

/** A container that can be started. */
export interface Prepared extends Omit<Launch, "log"> {
  /** The loopback port that stands for the container's port. */
  port: number | undefined;
  /** Values that no message may hold. */
  secrets: string[];
}

export type Preparation =
  | { outcome: "ready"; prepared: Prepared }
  | { outcome: "waiting"; reason: string; message: string };

const URL_VALUE = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Looks for a container's image and everything that its environment names, once. */
export async function prepareContainer(
  container: Container,
  plan: PodPlan,
  uid: string,
  machine: PodMachine,
): Promise<Preparation> {
  const found = await findImage(container.image, machine);
  if (!("folder" in found)) return { outcome: "waiting", reason: "ErrImagePull", message: found.problem };
  const environment = resolveEnvironment(container, machine.sources(plan.namespace), { ...plan, uid });
  if (environment.outcome === "problem") {
    return { outcome: "waiting", reason: "CreateContainerConfigError", message: environment.message };
  }
  const { spec, namespace } = plan;
  const sources = machine.sources(namespace);
  const folder = join(machine.volumes, plan.name);
  const mounted = mountVolumes({ spec, container, namespace, sources, access: accessOf(plan, machine), folder });
  if (mounted.outcome === "problem")
    return { outcome: "waiting", reason: "ContainerCreating", message: mounted.message };
  const resolve = (value: string): string =>
    URL_VALUE.test(value) ? machine.resolveHost(value) : mounted.local(value);
  const values = Object.fromEntries(Object.entries(environment.values).map(([name, value]) => [name, resolve(value)]));
  const port = (container.ports ?? []).length === 0 ? undefined : await freePort();
  const reachable = { ...values, ...(port === undefined ? {} : { PORT: String(port) }) };
  const own = {
    HOSTNAME: plan.name,
    ...reachable,
    ...machine.faults.environmentOf(plan.name),
  };
  const prepared: Prepared = {
    what: `pod ${plan.namespace}/${plan.name}`,
    // The port that is listened at is this machine's, in the arguments too.
    commandLine: containerCommand(container, found, reachable),
    environment: { ...baseEnvironment(), ...machine.environment, ...own },
    folder: found.folder,
    port,
    secrets: [...environment.secrets, ...environment.secrets.map(resolve)],
  };
  return { outcome: "ready", prepared };
}

/** How the pod reaches the API server; null where no token is mounted into it. */
function accessOf({ spec, namespace }: PodPlan, { store, access }: PodMachine) {
  const { serviceAccountName: account, automountServiceAccountToken: own } = spec;
  if (account === undefined) return null;
  const mounts = own ?? store.get("ServiceAccount", namespace, account)?.body.automountServiceAccountToken ?? true;
  return mounts === false ? null : access(namespace, account);
}

async function findImage(reference: string, machine: PodMachine): Promise<Image | { problem: string }> {
  const name = reference.split("@")[0]?.replace(/:[^:/]*$/, "");
  const missing = { problem: `image ${reference} is not in the sandbox: runbook sandbox build DIR --name ${name}` };
  return machine.images.find(reference).then(
    (image) => image ?? missing,
    (error: unknown) => ({ problem: error instanceof Error ? error.message : String(error) }),
  );
}
