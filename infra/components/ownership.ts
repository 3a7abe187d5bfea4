/** Which change made a resource, and who answers for it. */
export interface Ownership {
  change: string;
  onCall: string;
}

/** AWS tags. Shared resources carry the change `bootstrap`, so that a runbook's change alters nothing of them. */
export function tagsOf({ change, onCall }: Ownership): Record<string, string> {
  return { "runbooks:change": change, "runbooks:on-call": onCall };
}

/** Names the change that has made an object of the cluster. */
export const CHANGE_ANNOTATION = "runbooks.dev/change";

/** Kubernetes annotations. */
export function annotationsOf({ change, onCall }: Ownership): Record<string, string> {
  return { [CHANGE_ANNOTATION]: change, "runbooks.dev/on-call": onCall };
}
