import { existsSync } from "node:fs";
import { onPath } from "../../tools/paths.mjs";
import { reasonOf } from "../../tools/problem.mjs";
import { run } from "../../tools/run.mjs";

/** What of this machine decides whether an image can be built on it. */
export interface Machine {
  platform: string;
  arch: string;
  /** whether a program of this name is on PATH */
  has: (program: string) => boolean;
  isRoot: boolean;
  /** why containers can't be made without root; null where they can, or by root */
  userNamespaces: string | null;
}

const ARCHITECTURES = ["x64", "arm64"];

/** Where each program that is called comes from: the names of Debian's packages. */
const PROGRAMS: Readonly<Record<string, string>> = {
  buildah: "buildah",
  mmdebstrap: "mmdebstrap",
  git: "git",
  npm: "npm",
  tar: "tar",
  unshare: "util-linux",
  setpriv: "util-linux",
};

/** What keeps an image from being built here, each with its remedy (pure). `hasBase`: the base is an image that is named. */
export function problemsOf(machine: Machine, { hasBase }: { hasBase: boolean }): string[] {
  const { platform, arch, has, userNamespaces } = machine;
  if (platform !== "linux") {
    return [
      `buildah runs on Linux alone, and this is ${platform}: use runner/image/Dockerfile with Docker, or a Linux machine`,
    ];
  }
  const lacking = Object.keys(PROGRAMS).filter((name) => !has(name) && !(name === "mmdebstrap" && hasBase));
  const packages = [...new Set(lacking.map((name) => PROGRAMS[name]))].join(" ");
  return [
    ...(ARCHITECTURES.includes(arch)
      ? []
      : [`the image is built for ${ARCHITECTURES.join(" and ")}, and this is ${arch}`]),
    ...(lacking.length === 0
      ? []
      : [`${lacking.join(", ")}: not on PATH; on Debian: apt-get install --no-install-recommends ${packages}`]),
    ...(userNamespaces === null || !has("buildah")
      ? []
      : [
          `not root, and buildah can't use user namespaces (${userNamespaces}): run it as root, or install uidmap and give this user ranges in /etc/subuid and /etc/subgid`,
        ]),
  ];
}

/** This machine. Asks buildah for a user namespace where it isn't root. */
export async function thisMachine(): Promise<Machine> {
  const has = (program: string) => onPath(program).length > 0 || existsSync(`/usr/sbin/${program}`);
  const isRoot = process.getuid?.() === 0;
  const userNamespaces =
    isRoot || !has("buildah")
      ? null
      : await run("buildah", ["unshare", "true"]).then(
          () => null,
          (error: unknown) => reasonOf(error).split("\n").at(-1)?.trim() ?? "it said nothing",
        );
  return { platform: process.platform, arch: process.arch, has, isRoot, userNamespaces };
}
