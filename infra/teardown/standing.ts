import { resourceOf } from "../domain/urn.ts";
import { type ExportedResource, exportedIn } from "../stack/exported.ts";

/** A resource as the stack's state has it. */
export type StandingResource = ExportedResource;

/** Everything that `pulumi stack export` lists, the stack itself and providers left out (pure). */
export function standingIn(exported: unknown): StandingResource[] {
  return exportedIn(exported).resources.filter(({ type }) => !type.startsWith("pulumi:"));
}

/** A resource's name in the program. */
export function nameOf({ urn }: Pick<StandingResource, "urn">): string {
  return resourceOf(urn).name;
}
