import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { Stage } from "../../sandbox/cloud/accounts.ts";

const mapSchema = z.record(z.string(), z.unknown());
const stackFileSchema = z.looseObject({ config: mapSchema });
const NAMESPACE = "production-runbooks:";
/** What a project's folder needs beside its settings. */
const LINKED = ["infra", "policies", "node_modules", "package.json", "tsconfig.json"];

/** A copy of the project whose settings a scenario may change; the code is the one under test. */
export interface Project {
  folder: string;
  /** Changes a stack's committed settings: maps are merged, anything else takes the old value's place. */
  change(stage: Stage, changes: Readonly<Record<string, unknown>>): Promise<void>;
}

function merged(old: unknown, given: unknown): unknown {
  const [was, is] = [mapSchema.safeParse(old), mapSchema.safeParse(given)];
  if (!was.success || !is.success) return given;
  // Another kind of a thing takes nothing over from the one before.
  if (was.data.source !== is.data.source && is.data.source !== undefined) return given;
  const keys = Object.keys(is.data).map((key) => [key, merged(was.data[key], is.data[key])]);
  return { ...was.data, ...Object.fromEntries(keys) };
}

/** Makes a project's folder out of a checkout. */
export async function makeProject(checkout: string, folder: string): Promise<Project> {
  await mkdir(folder, { recursive: true });
  for (const name of LINKED) await symlink(join(checkout, name), join(folder, name));
  for (const name of ["Pulumi.yaml", "Pulumi.staging.yaml", "Pulumi.production.yaml"]) {
    await cp(join(checkout, name), join(folder, name));
  }
  return {
    folder,
    async change(stage, changes) {
      const file = join(folder, `Pulumi.${stage}.yaml`);
      const settings = stackFileSchema.parse(parse(await readFile(file, "utf8")));
      const config = { ...settings.config };
      for (const [name, value] of Object.entries(changes)) {
        const key = `${NAMESPACE}${name}`;
        config[key] = merged(config[key], value);
      }
      await writeFile(file, stringify({ ...settings, config }));
    },
  };
}
