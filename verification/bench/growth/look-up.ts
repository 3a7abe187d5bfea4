import { waitingChange } from "../../../infra/change/waiting.ts";
import type { ReleaseState } from "../../../infra/domain/releases.ts";
import type { RecordStore } from "../../../infra/records/store.ts";
import { readHistory } from "../../../infra/runner/opening/history.ts";
import { findOpenChange } from "../../../infra/runner/resume.ts";

/** What `status` and `rollback` look up in the records of a stack on which nothing is under way. */
export async function lookUp(store: RecordStore, state: ReleaseState): Promise<void> {
  const stack = { name: "staging", state: async () => state };
  await findOpenChange({ store, stack }, state);
  await waitingChange(store, "staging", Date.now());
  await readHistory({ store, stack }, state);
}
