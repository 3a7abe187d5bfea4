import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { announced, sayWaiting } from "../../sandbox/engine/toolchain/announce.mjs";
import { withLock } from "../../sandbox/engine/toolchain/lock.mjs";
import { isExecutable, onPath, TOOLS } from "../../sandbox/engine/toolchain/paths.mjs";
import { run } from "../../sandbox/engine/toolchain/run.mjs";

/** The versions that are built; `build/go.mod` names the same. */
const KUBERNETES = "v1.36.3";
const GATEWAY_API = "v1.4.1";
const BUILD = join(import.meta.dirname, "build");
const FOLDER = join(TOOLS, "apiserver", KUBERNETES);

/** Where a real API server's parts lie. */
export interface ApiServerParts {
  etcd: string;
  kubeApiserver: string;
  /** the folder of the Gateway API's CustomResourceDefinitions */
  definitions: string;
}

const moduleSchema = z.object({ Dir: z.string() });

function goOnPath(): string {
  const go = onPath("go")[0] ?? "/usr/local/go/bin/go";
  if (isExecutable(go)) return go;
  throw new Error("there is no Go on PATH: install Go 1.26 or newer, which builds kube-apiserver from its modules");
}

async function build(go: string): Promise<void> {
  const fresh = `${FOLDER}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const env = { GOGC: "400", CGO_ENABLED: "0", GOWORK: "off" };
  // Clients parse the server's version, which an unstamped build doesn't have.
  const version = `-X k8s.io/component-base/version.gitVersion=${KUBERNETES}`;
  const parts = [
    ["etcd", "go.etcd.io/etcd/server/v3"],
    ["kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"],
  ] as const;
  for (const [name, path] of parts) {
    const flags = ["-mod=mod", "-modcacherw", "-trimpath", "-ldflags", `-s -w ${version}`];
    await run(go, ["build", ...flags, "-o", join(fresh, name), path], { cwd: BUILD, env });
  }
  renameSync(fresh, FOLDER);
}

/**
 * Builds etcd and kube-apiserver from Go's modules, once, and finds the Gateway API's definitions in its module.
 * @throws Error where there is no Go, or the modules can't be had
 */
export async function apiServerParts(): Promise<ApiServerParts> {
  const go = goOnPath();
  await withLock(
    `${FOLDER}.lock`,
    (owner: number) => sayWaiting("kube-apiserver", owner),
    async () => {
      if (existsSync(FOLDER)) return;
      const what = {
        what: `kube-apiserver ${KUBERNETES} and etcd`,
        why: "the manifests are judged by a real one",
        about: "8 min on 2 cores, once",
      };
      await announced(what, () => build(go));
    },
  );
  const found = await run(go, ["mod", "download", "-json", `sigs.k8s.io/gateway-api@${GATEWAY_API}`], { cwd: BUILD });
  const definitions = join(moduleSchema.parse(JSON.parse(found)).Dir, "config/crd/standard");
  return { etcd: join(FOLDER, "etcd"), kubeApiserver: join(FOLDER, "kube-apiserver"), definitions };
}
