import type { OwnedObject } from "../../clients/owned-objects.ts";
import type { ReleaseState } from "../../domain/releases.ts";
import type { NamedResource } from "../../domain/urn.ts";
import { Refusal } from "../../errors.ts";
import type { Run } from "../effect.ts";

/** The changes whose id the objects of a move carry: this one's, and those that made the releases and Jobs which it makes again (pure). */
function changesOf(change: string, { releases, migrations }: ReleaseState): Set<string> {
  return new Set([change, ...releases.map((release) => release.change), ...migrations.map((job) => job.change)]);
}

/** The objects that carry an id of the move and that the stack's state doesn't know: an engine or a provider died after it had made them (pure). */
export function leftoversOf(
  found: readonly OwnedObject[],
  stated: readonly NamedResource[],
  change: string,
  to: ReleaseState,
): OwnedObject[] {
  const known = new Set(stated.map(({ type, name }) => `${type} ${name}`));
  const ours = changesOf(change, to);
  return found.filter((object) => ours.has(object.change) && !known.has(`${object.type} ${object.name}`));
}

/**
 * Looks for what an interrupted update of a move has made without its stack's knowledge. Where the cluster doesn't tell, that is noted and
 * nothing is adopted: the provider then refuses what is there.
 */
export function leftovers(run: Run, to: ReleaseState): Promise<OwnedObject[]> {
  const { session, journal } = run;
  return lookedFor(run, async () => {
    const [found, stated] = await Promise.all([session.owned(), session.stack.resources()]);
    return leftoversOf(found, stated, journal.change, to);
  });
}

/** The objects that the cluster is deleting. */
export function terminating(run: Run): Promise<OwnedObject[]> {
  return lookedFor(run, async () => (await run.session.owned()).filter((object) => object.terminating));
}

/** Finds nothing where the cluster doesn't tell, and notes that. */
async function lookedFor({ journal }: Run, look: () => Promise<OwnedObject[]>): Promise<OwnedObject[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await journal.write("note", null, { text: `what was left in the cluster can't be looked for: ${error.message}` });
    return [];
  }
}

/** What stands of a change that was given up, for its record: a person removes it, since no update knows of it. */
export async function nameOrphans(run: Run, to: ReleaseState): Promise<void> {
  const { session, journal } = run;
  const left = await leftovers(run, to);
  if (left.length === 0) return;
  const objects = left.map(({ resource, name }) => `${resource}/${name}`);
  await journal.write("orphans", null, { namespace: session.namespace, objects });
  session.reporter.problems([
    `${objects.join(", ")} are in ${session.namespace} and in no stack's state: kubectl delete -n ${session.namespace} ${objects.join(" ")}`,
  ]);
}
