import { WANTED } from "../../tools/versions.mjs";

/** What of the checkout goes into the image: what `runbook serve`, the program and the policy pack load. Nothing else is copied. */
export const FROM_THE_CHECKOUT = [
  "bin/runbook.ts",
  "infra",
  "policies",
  "package.json",
  "package-lock.json",
  "Pulumi.yaml",
] as const;

/** The language host of this checkout, for a Pulumi CLI that came without the official one. */
export const OWN_HOST = "sandbox/engine";

/** A stack's settings: the image has those of the stacks that the commit has. */
const STACK_FILE = /^Pulumi\.[A-Za-z0-9_.-]+\.yaml$/;

/** Which of a commit's files go into the image (pure). */
export function filesOfImage(committed: readonly string[], hasOwnHost: boolean): string[] {
  const parts = hasOwnHost ? [...FROM_THE_CHECKOUT, OWN_HOST] : FROM_THE_CHECKOUT;
  const isPart = (file: string) => parts.some((part) => file === part || file.startsWith(`${part}/`));
  return committed.filter((file) => isPart(file) || STACK_FILE.test(file));
}

/** The official programs that the engine starts, of those which lie beside the CLI. */
export const OF_THE_ENGINE = ["pulumi", "pulumi-language-nodejs", "pulumi-analyzer-policy"] as const;

export const VERSIONS = { node: WANTED.node.install, pulumi: WANTED.pulumi.install };

/** Debian's release, and what of it the image has: what Node needs, a shell for the language host, an init, the authorities of TLS. */
export const DEBIAN = {
  suite: "bookworm",
  packages: ["base-files", "ca-certificates", "coreutils", "dash", "libc-bin", "libc6", "libstdc++6", "tini"],
} as const;

export const PLACES = { node: "/opt/node/bin", engine: "/opt/pulumi/bin", app: "/app" } as const;

/** As the pods of `runner/workload.ts` run it. */
export const USER = { name: "runbooks", id: 10_001 } as const;

/** What a container of the image is started with. */
export const CONFIG = {
  user: `${USER.id}:${USER.id}`,
  workdir: PLACES.app,
  /** An init of its own: it passes signals on, and takes in the processes that a killed engine leaves. */
  entrypoint: ["/usr/bin/tini", "--", "node", `${PLACES.app}/bin/runbook.ts`],
  env: {
    PATH: `${PLACES.engine}:${PLACES.node}:${PLACES.app}/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    // The root is read-only: whatever is written goes to /tmp.
    HOME: "/tmp",
    PULUMI_HOME: "/tmp/pulumi",
    NODE_COMPILE_CACHE: "/tmp/compile-cache",
    NODE_ENV: "production",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    USER: USER.name,
  },
} as const;

export interface Plugin {
  name: string;
  version: string;
}

/** The providers' plugins that the program's packages ask for, by a package.json's dependencies (pure). */
export function pluginsOf(dependencies: Readonly<Record<string, string>>): Plugin[] {
  return ["aws", "kubernetes", "random"].flatMap((name) => {
    const version = dependencies[`@pulumi/${name}`];
    return version === undefined ? [] : [{ name, version }];
  });
}

/** The recipe that buildah follows, in a folder with `node/`, `engine/`, `node_modules/` and `app/`; what changes most stands last (pure). */
export function recipe(base: { image: string } | { tar: string }, labels: Readonly<Record<string, string>>): string {
  const pairs = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [
    ...("tar" in base ? ["FROM scratch", `ADD ${base.tar} /`] : [`FROM ${base.image}`]),
    `COPY node/ ${PLACES.node}/`,
    `COPY engine/ ${PLACES.engine}/`,
    `COPY node_modules/ ${PLACES.app}/node_modules/`,
    `COPY app/ ${PLACES.app}/`,
    ...pairs(CONFIG.env).map((pair) => `ENV ${pair}`),
    `WORKDIR ${CONFIG.workdir}`,
    `USER ${CONFIG.user}`,
    `ENTRYPOINT ${JSON.stringify(CONFIG.entrypoint)}`,
    ...pairs(labels).map((pair) => `LABEL ${pair}`),
    "",
  ].join("\n");
}
