import { rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { copyWritable, type GoProgram, goOnPath, goProgram, isBuilt, moduleFolder } from "../../real/go-build.ts";
import { realPartsAreBuilt, traefikDefinitions } from "../../real/parts.ts";

/** The peers' modules, at the versions that are compared. */
const ARGO = { path: "github.com/argoproj/argo-rollouts", version: "v1.9.0" };
const FLAGGER = { path: "github.com/fluxcd/flagger", version: "v1.41.0" };
/** Prometheus 3.7.0, whose modules count otherwise. */
const PROMETHEUS = { path: "github.com/prometheus/prometheus", version: "v0.307.0" };

/** A program of a module's own: built in a copy of the module, by its own go.mod, whose `replace` no other module would see. */
function programOf(
  module: { path: string; version: string },
  program: Pick<GoProgram, "name" | "main" | "why" | "about">,
  adapt: (folder: string) => void = () => undefined,
): GoProgram {
  return {
    ...program,
    version: module.version,
    linkerFlags: "",
    async module(go, fresh) {
      copyWritable(await moduleFolder(go, `${module.path}@${module.version}`), fresh);
      adapt(fresh);
      return fresh;
    },
  };
}

const ROLLOUTS_CONTROLLER = programOf(ARGO, {
  name: "argo-rollouts",
  main: "./cmd/rollouts-controller",
  why: "the same bad release is given to it",
  about: "5 min",
});
const FLAGGER_CONTROLLER = programOf(FLAGGER, {
  name: "flagger",
  main: "./cmd/flagger",
  why: "the same bad release is given to it",
  about: "5 min",
});
const PROMETHEUS_SERVER = programOf(
  PROMETHEUS,
  {
    name: "prometheus",
    main: "./cmd/prometheus",
    why: "Argo Rollouts and Flagger judge by what it has read",
    about: "4 min",
  },
  // What is left finds its targets in its own configuration; the clouds' own ways take ten minutes more to build.
  (folder) => rmSync(join(folder, "plugins/plugins.go")),
);

/** Where the peers' programs and the definitions of their kinds lie. */
export interface PeerParts {
  argo: string;
  flagger: string;
  prometheus: string;
  /** files of CustomResourceDefinitions: theirs, and Traefik's own, by which Argo Rollouts moves weights */
  definitions: string[];
}

/** Whether everything that the comparison needs has been built for this user already. */
export const peersAreBuilt = (): boolean =>
  realPartsAreBuilt() && [ROLLOUTS_CONTROLLER, FLAGGER_CONTROLLER, PROMETHEUS_SERVER].every(isBuilt);

/**
 * Builds the peers from Go's modules, once for this user, and finds their definitions in them.
 * @throws Missing where there is no Go, or the modules can't be had
 */
export async function peerParts(): Promise<PeerParts> {
  const [argo, flagger, prometheus] = [
    await goProgram(ROLLOUTS_CONTROLLER),
    await goProgram(FLAGGER_CONTROLLER),
    await goProgram(PROMETHEUS_SERVER),
  ];
  const go = goOnPath();
  const folderOf = ({ path, version }: typeof ARGO) => moduleFolder(go, `${path}@${version}`);
  const crds = join(await folderOf(ARGO), "manifests/crds");
  const rollouts = (await readdir(crds)).filter((name) => name.endsWith("-crd.yaml"));
  return {
    argo,
    flagger,
    prometheus,
    definitions: [
      ...rollouts.map((name) => join(crds, name)),
      join(await folderOf(FLAGGER), "artifacts/flagger/crd.yaml"),
      await traefikDefinitions(),
    ],
  };
}
