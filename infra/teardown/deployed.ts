import { type ExportedResource, exportedIn } from "../stack/exported.ts";

/** A resource as the stack's state has it. */
export type DeployedResource = ExportedResource;

/** Everything that `pulumi stack export` lists, the stack itself and providers left out (pure). */
export function deployedIn(exported: unknown): DeployedResource[] {
  return exportedIn(exported).resources.filter(({ type }) => !type.startsWith("pulumi:"));
}
