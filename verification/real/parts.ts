import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { run } from "../../tools/run.mjs";
import {
  copyWritable,
  GO_ENVIRONMENT,
  type GoProgram,
  goOnPath,
  goProgram,
  isBuilt,
  moduleFolder,
} from "./go-build.ts";

const BUILD = join(import.meta.dirname, "build");

/** The versions that are built; the go.mod files in `build/` name the same. */
const KUBERNETES = "v1.36.3";
const GATEWAY_API = "v1.6.1";
const TRAEFIK = "v3.7.13";
const PROVIDER = "v4.0.0-20260115033456-f47bc2d6f199";

const kubernetes = (name: string, main: string, why: string, about: string): GoProgram => ({
  name,
  version: KUBERNETES,
  main,
  module: () => join(BUILD, "kubernetes"),
  // Clients parse the server's version, which an unstamped build doesn't have.
  linkerFlags: `-X k8s.io/component-base/version.gitVersion=${KUBERNETES}`,
  why,
  about,
});

const ETCD = kubernetes("etcd", "go.etcd.io/etcd/server/v3", "the API server keeps its objects in a real one", "2 min");
const API_SERVER = kubernetes(
  "kube-apiserver",
  "k8s.io/kubernetes/cmd/kube-apiserver",
  "what the program sends is judged by a real one",
  "4 min",
);
const CONTROLLER_MANAGER = kubernetes(
  "kube-controller-manager",
  "k8s.io/kubernetes/cmd/kube-controller-manager",
  "Deployments, Jobs, EndpointSlices and autoscalers are carried out by a real one",
  "2 min",
);
const SCHEDULER = kubernetes(
  "kube-scheduler",
  "k8s.io/kubernetes/cmd/kube-scheduler",
  "pods are placed by a real one",
  "1 min",
);

const PULUMI_PROVIDER: GoProgram = {
  name: "pulumi-resource-kubernetes",
  version: PROVIDER,
  main: ".",
  module: () => join(BUILD, "provider"),
  linkerFlags: "",
  why: "the engine talks to the official provider",
  about: "10 min",
};

/**
 * Traefik as it is, but for its list of DNS providers, for which ours is put into a copy of the module: some of their
 * modules can't be had from the proxy, and nothing here asks for a certificate.
 */
async function traefikModule(go: string, fresh: string): Promise<string> {
  const own = join(BUILD, "traefik");
  cpSync(own, fresh, { recursive: true });
  const listed = await run(go, ["list", "-m", "-f", "{{.Path}}@{{.Version}}", "github.com/go-acme/lego/v5"], {
    cwd: own,
    env: GO_ENVIRONMENT,
  });
  const lego = join(fresh, "lego");
  copyWritable(await moduleFolder(go, listed.trim(), own), lego);
  const providers = join(lego, "providers", "dns");
  rmSync(providers, { recursive: true });
  cpSync(join(own, "dns"), providers, { recursive: true });
  rmSync(join(fresh, "dns"), { recursive: true });
  await run(go, ["mod", "edit", "-replace", "github.com/go-acme/lego/v5=./lego"], { cwd: fresh, env: GO_ENVIRONMENT });
  return fresh;
}

const GATEWAY: GoProgram = {
  name: "traefik",
  version: TRAEFIK,
  main: "github.com/traefik/traefik/v3/cmd/traefik",
  linkerFlags: `-X github.com/traefik/traefik/v3/pkg/version.Version=${TRAEFIK.slice(1)}`,
  why: "the Gateway is a real one",
  about: "4 min",
  module: traefikModule,
};

/** Where a real API server's parts lie. */
export interface ApiServerParts {
  etcd: string;
  kubeApiserver: string;
  /** the folder of the Gateway API's CustomResourceDefinitions */
  definitions: string;
}

/** Where everything of a real cluster lies, the Gateway and the engine's provider for it among them. */
export const realPartsSchema = z.object({
  etcd: z.string(),
  kubeApiserver: z.string(),
  controllerManager: z.string(),
  scheduler: z.string(),
  traefik: z.string(),
  provider: z.string(),
  definitions: z.string(),
});
export type RealParts = z.infer<typeof realPartsSchema>;

/**
 * Builds etcd and kube-apiserver from Go's modules, once, and finds the Gateway API's definitions in its module.
 * @throws Missing where there is no Go, or the modules can't be had
 */
export async function apiServerParts(): Promise<ApiServerParts> {
  const etcd = await goProgram(ETCD);
  const kubeApiserver = await goProgram(API_SERVER);
  const gatewayApi = await moduleFolder(
    goOnPath(),
    `sigs.k8s.io/gateway-api@${GATEWAY_API}`,
    join(BUILD, "kubernetes"),
  );
  return { etcd, kubeApiserver, definitions: join(gatewayApi, "config/crd/standard") };
}

/** Whether every part of a real cluster has been built for this user already. */
export const realPartsAreBuilt = (): boolean =>
  [ETCD, API_SERVER, CONTROLLER_MANAGER, SCHEDULER, GATEWAY, PULUMI_PROVIDER].every(isBuilt);

/** The definitions of Traefik's own kinds, which only its provider of them needs. */
export async function traefikDefinitions(): Promise<string> {
  const folder = await moduleFolder(goOnPath(), `github.com/traefik/traefik/v3@${TRAEFIK}`);
  return join(folder, "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml");
}

/**
 * Builds every part of a real cluster, once: about 20 minutes on two idle cores.
 * @throws Missing where there is no Go, or the modules can't be had
 */
export async function realParts(): Promise<RealParts> {
  return {
    ...(await apiServerParts()),
    controllerManager: await goProgram(CONTROLLER_MANAGER),
    scheduler: await goProgram(SCHEDULER),
    traefik: await goProgram(GATEWAY),
    provider: await goProgram(PULUMI_PROVIDER),
  };
}
