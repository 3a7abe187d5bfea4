import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import {
  CONFIG,
  DEBIAN,
  FROM_THE_CHECKOUT,
  filesOfImage,
  OF_THE_ENGINE,
  OWN_HOST,
  PLACES,
  pluginsOf,
  recipe,
  USER,
  VERSIONS,
} from "../../runner/image/contents.ts";
import { type Machine, problemsOf } from "../../runner/image/needs.ts";
import { podSpec } from "../../runner/workload.ts";

const ROOT = join(import.meta.dirname, "../..");
const textOf = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const { dependencies } = z
  .object({ dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(textOf("package.json")));

const COMMITTED = [
  "bin/runbook.ts",
  "bin/runbook.mjs",
  "infra/errors.ts",
  "infrastructure.ts",
  "sandbox/app/src/app.ts",
  "sandbox/engine/bin/pulumi-language-nodejs",
  "Pulumi.yaml",
  "Pulumi.staging.yaml",
  "runner/Pulumi.yaml",
  "test/run.ts",
];

const capable: Machine = {
  platform: "linux",
  arch: "x64",
  has: () => true,
  isRoot: true,
  userNamespaces: null,
};

/** Every file of the checkout that a module loads, and those that they load; packages, and the sandbox that is there or not, left out. */
function loadedBy(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry) || entry.startsWith("sandbox/")) return seen;
  seen.add(entry);
  const imports = textOf(entry).matchAll(/(?:from |import |import\(|new URL\()"(\.[^"]+\.(?:ts|mjs|js))"/g);
  for (const [, path = ""] of imports) loadedBy(join(dirname(entry), path), seen);
  return seen;
}

describe("the service's image", () => {
  it("has what the command, the program and the policies load, but for the sandbox", () => {
    const loaded = new Set<string>();
    for (const entry of ["bin/runbook.ts", "infra/program/index.ts", "policies/index.ts"]) loadedBy(entry, loaded);
    assert.ok(loaded.size > 200, "the modules were followed");
    assert.deepEqual(filesOfImage([...loaded], false), [...loaded]);
  });

  it("has of a commit's files the parts that it names and the stacks' settings, and the language host where the CLI has none", () => {
    const parts = ["bin/runbook.ts", "infra/errors.ts", "Pulumi.yaml", "Pulumi.staging.yaml"];
    assert.deepEqual(filesOfImage(COMMITTED, false), parts);
    assert.deepEqual(
      filesOfImage(COMMITTED, true).filter((file) => !parts.includes(file)),
      ["sandbox/engine/bin/pulumi-language-nodejs"],
    );
    for (const part of [...FROM_THE_CHECKOUT, OWN_HOST]) assert.ok(existsSync(join(ROOT, part)), part);
  });

  it("is started as the Deployment starts it: by the same user, and its own variables say the same as the pod's", () => {
    const stacks = [
      { stack: "s", stage: "staging" as const, namespace: "n", gatewayNamespace: "g", cloudWatch: false },
    ];
    const spec = podSpec({
      image: "i",
      stacks,
      backend: "s3://b",
      onCall: "Ada",
      cluster: "c",
      application: "app",
      records: "r",
      namespace: "n",
      boardFrom: [],
      dns: [],
      egressPorts: [],
      boardSecret: "",
    });
    assert.equal(spec.securityContext.runAsUser, USER.id);
    for (const { name, value } of spec.containers[0]?.env ?? []) {
      const own = Object.entries(CONFIG.env).find(([variable]) => variable === name)?.[1];
      assert.ok(own === undefined || own === value, `${name}: ${own} and ${value}`);
    }
    assert.deepEqual(
      Object.entries(CONFIG.env).filter(([, value]) => /^\/(?!tmp)/.test(value) && !value.includes(":")),
      [],
      "everything that is written is in /tmp",
    );
  });
});

describe("the Dockerfile beside the image", () => {
  const file = textOf("runner/image/Dockerfile");
  const lines = file.replaceAll("\\\n", "").split("\n");
  const of = (instruction: string) =>
    lines.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1));
  const made = recipe({ image: "base" }, {}).split("\n");

  it("has the versions that the project asks for", () => {
    assert.match(file, new RegExp(`^FROM node:${VERSIONS.node}-${DEBIAN.suite}-slim AS packages$`, "m"));
    assert.deepEqual(of("FROM").slice(1), [`debian:${DEBIAN.suite}-slim AS engine`, `debian:${DEBIAN.suite}-slim`]);
    assert.match(file, new RegExp(`^ARG PULUMI=${VERSIONS.pulumi}$`, "m"));
    const plugins = pluginsOf(dependencies);
    assert.deepEqual(
      plugins.map(({ name }) => name),
      ["aws", "kubernetes", "random"],
    );
    for (const { name, version } of plugins) assert.ok(file.includes(`"${name} ${version}"`), `${name} ${version}`);
    for (const name of OF_THE_ENGINE) assert.ok(file.includes(name), name);
  });

  it("has the same packages of Debian, and the same user", () => {
    assert.ok(file.includes(`--no-install-recommends ${DEBIAN.packages.join(" ")} `));
    assert.ok(file.includes(`--gid ${USER.id} ${USER.name}`) && file.includes(`--uid ${USER.id} `));
  });

  it("ends as the recipe does that buildah follows", () => {
    const last = (line: string) => /^(ENV|WORKDIR|USER|ENTRYPOINT) /.test(line);
    assert.deepEqual(lines.filter(last).slice(-10), made.filter(last).slice(-10));
  });

  it("copies the same parts of the checkout, and to the same places", () => {
    const copied = of("COPY").filter((line) => !line.startsWith("--from") && line.includes(` ${PLACES.app}/`));
    const sources = copied.flatMap((line) =>
      line
        .split(" ")
        .slice(0, -1)
        .map((path) => path.replace(/\/$/, "")),
    );
    assert.deepEqual(sources.sort(), [...FROM_THE_CHECKOUT, "Pulumi.*.yaml"].sort());
    const placed = of("COPY").flatMap((line) => (line.startsWith("--from") ? [line.split(" ").at(-1)] : []));
    assert.deepEqual(placed, [`${PLACES.node}/`, `${PLACES.engine}/`, `${PLACES.app}/node_modules/`]);
    const kept = textOf("runner/image/Dockerfile.dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"));
    assert.deepEqual(kept.map((line) => line.slice(1)).sort(), sources.sort());
    assert.ok(globSync("Pulumi.*.yaml", { cwd: ROOT }).length >= 2);
  });
});

describe("a machine that is to build the image", () => {
  it("has everything", () => assert.deepEqual(problemsOf(capable, { hasBase: false }), []));

  it("is told everything that it lacks at once, with Debian's packages", () => {
    const has = (program: string) => !["buildah", "mmdebstrap", "unshare"].includes(program);
    const [problem, ...others] = problemsOf({ ...capable, has }, { hasBase: false });
    assert.match(problem ?? "", /^buildah, mmdebstrap, unshare: not on PATH; .* buildah mmdebstrap util-linux$/);
    assert.deepEqual(others, []);
  });

  it("needs no mmdebstrap where a base is named", () => {
    assert.deepEqual(problemsOf({ ...capable, has: (program) => program !== "mmdebstrap" }, { hasBase: true }), []);
  });

  it("without root needs user namespaces", () => {
    const [problem] = problemsOf({ ...capable, isRoot: false, userNamespaces: "no subuid ranges" }, { hasBase: false });
    assert.match(problem ?? "", /no subuid ranges.*uidmap/);
  });

  it("that isn't Linux is sent to Docker", () => {
    assert.match(problemsOf({ ...capable, platform: "darwin" }, { hasBase: false }).join(), /Dockerfile with Docker/);
  });
});
