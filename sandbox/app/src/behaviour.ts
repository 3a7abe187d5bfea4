/** What sets one version of the workload apart from another: everything else is shared. */
export interface Behaviour {
  version: string;
  /** `summarised` needs migration 0005_document_summaries. */
  documents: "plain" | "summarised";
  /** `never`: the pod fails its readiness for ever, whatever its dependencies say. */
  readiness: "checked" | "never";
  /** Answers one in `oneIn` requests with a 500 on the named stages, once the pod has served its first `after`. */
  failures: { after: number; oneIn: number; stages: readonly string[] } | null;
}

/**
 * Makes the decision which requests a faulty version fails: a counter, not a coin,
 * so that a test meets exactly the share that the behaviour names.
 */
export function failureShare(behaviour: Behaviour, stage: string): () => "fail" | "serve" {
  const { failures } = behaviour;
  if (failures === null || !failures.stages.includes(stage)) return () => "serve";
  let requests = 0;
  return () => {
    requests += 1;
    const counted = requests - failures.after;
    return counted > 0 && counted % failures.oneIn === 0 ? "fail" : "serve";
  };
}
