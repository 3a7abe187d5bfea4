import { CHANGE_ANNOTATION } from "../../domain/object-names.ts";

/** Which change made a resource, and who answers for it. */
export interface Ownership {
  change: string;
  onCall: string;
}

/** AWS tags. Shared resources carry the change `bootstrap`, so that a runbook's change alters nothing of them. */
export function tagsOf({ change, onCall }: Ownership): Record<string, string> {
  return { "runbooks:change": change, "runbooks:on-call": onCall };
}

/** Kubernetes annotations. */
export function annotationsOf({ change, onCall }: Ownership): Record<string, string> {
  return { [CHANGE_ANNOTATION]: change, "runbooks.dev/on-call": onCall };
}
