import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GetProgramDependenciesRequest } from "@pulumi/pulumi/proto/language_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { z } from "zod";

const lockfile = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), dev: z.boolean().optional() })),
});

/** Packages that a lockfile's text says are installed, `dev` ones left out: name and version. */
export function lockedDependencies(text: string): { name: string; version: string }[] {
  const prefix = "node_modules/";
  return Object.entries(lockfile.parse(JSON.parse(text)).packages)
    .filter(([path, entry]) => path.startsWith(prefix) && !path.slice(1).includes(`/${prefix}`) && entry.dev !== true)
    .map(([path, entry]) => ({ name: path.slice(prefix.length), version: entry.version ?? "" }));
}

/** What `pulumi about` shows of the program's packages. */
export function programDependencies(
  request: GetProgramDependenciesRequest,
): InstanceType<typeof language.GetProgramDependenciesResponse> {
  const folder = request.getInfo()?.getRootDirectory() ?? request.getPwd();
  const found = lockedDependencies(readFileSync(join(folder, "package-lock.json"), "utf8"));
  return new language.GetProgramDependenciesResponse().setDependenciesList(
    found.map(({ name, version }) => new language.DependencyInfo().setName(name).setVersion(version)),
  );
}
