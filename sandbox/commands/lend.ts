import { KubeConfig } from "@kubernetes/client-node";
import { SERVICES_VARIABLE } from "../../infra/clients/served-at.ts";
import { badInput } from "../../infra/errors.ts";
import { examineCluster } from "../../infra/onboarding/cluster.ts";
import { noStack, STAGES, type Stage } from "../cloud/accounts.ts";
import { type LentStage, lentStage } from "../cloud/lent/place.ts";
import { ROOT } from "./sandbox.ts";

/** A cluster that is lent to the sandbox, looked at and found fit. */
export interface Borrowed {
  /** the text of a kubeconfig whose only context is the reader's */
  kubeconfig: string;
  stages: Record<Stage, LentStage>;
}

/** Reads `--gateway STACK=URL`. @throws Refusal (exit 2) */
export function gatewayUrls(given: readonly string[]): Partial<Record<Stage, string>> {
  const urls: Partial<Record<Stage, string>> = {};
  for (const text of given) {
    const [name, ...rest] = text.split("=");
    const stage = STAGES.find((one) => one === name);
    const url = rest.join("=");
    if (stage === undefined) throw badInput(`--gateway: ${noStack(name).replace("--stack: ", "")}`);
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw badInput(`--gateway: "${text}" has no URL: write ${stage}=http://HOST:PORT`);
    urls[stage] = new URL(url).origin;
  }
  return urls;
}

/** The reader's kubeconfig, left with one context. @throws Refusal (exit 2) where it has no such context */
export function contextAlone(context: string): string {
  const config = new KubeConfig();
  config.loadFromDefault();
  const known = config.getContexts();
  const found = known.find(({ name }) => name === context);
  if (found === undefined) {
    const names = known.map(({ name }) => name).join(", ");
    throw badInput(`--cluster: the kubeconfig has no context "${context}": it has ${names}; see KUBECONFIG`);
  }
  config.setCurrentContext(context);
  config.contexts = [found];
  config.clusters = config.getClusters().filter(({ name }) => name === found.cluster);
  config.users = config.getUsers().filter(({ name }) => name === found.user);
  return config.exportConfig();
}

/**
 * Looks at a cluster before anything is started.
 * @throws Refusal (exit 2) with everything that a stack's update would lack there
 */
export async function borrow(context: string, gateways: readonly string[]): Promise<Borrowed> {
  const urls = gatewayUrls(gateways);
  const kubeconfig = contextAlone(context);
  const stages = {
    staging: lentStage(ROOT, "staging", urls.staging ?? null),
    production: lentStage(ROOT, "production", urls.production ?? null),
  };
  // Where the Gateway's status has no address, the checks need the given one.
  process.env[SERVICES_VARIABLE] = STAGES.flatMap((stage) => {
    const { gateway, url } = stages[stage];
    return url === null ? [] : [`${gateway.namespace}/${gateway.name}/${stage}=${url}`];
  }).join(" ");
  const lines = await Promise.all(
    STAGES.map((stage) => examineCluster({ stack: stage, context, listener: stage, ...stages[stage] })),
  );
  const problems = lines
    .flat()
    .flatMap(({ check, evidence, remedy }) => (remedy === null ? [] : [`${check}: ${evidence}: ${remedy}`]));
  if (problems.length > 0) throw badInput(...problems);
  return { kubeconfig, stages };
}
