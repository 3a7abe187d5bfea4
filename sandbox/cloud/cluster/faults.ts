import type { PodFaults } from "./pods/plan.ts";
import type { Pod } from "./pods/pod.ts";
import type { Pods } from "./pods/registry.ts";
import { isProps } from "./props.ts";
import type { Store } from "./store.ts";

/** A database where nobody is. */
const NOWHERE = "postgresql://nobody@127.0.0.1:1/nowhere";
const WRONG_KEY = "sb_secret_ofAnotherProject0000000000_0000000";

/** Faults of pods and of what they are told, in the namespaces of a stack. */
export interface ClusterFaults {
  /** Puts another project's key into the Secrets of the releases, and starts their containers again; `right` mends the Secrets alone. */
  supabaseKey(namespaces: readonly string[], key: "wrong" | "right"): string;
  /** Gives one pod a database where nobody is, or takes that away again; its container starts anew. */
  pod(namespaces: readonly string[], state: "bad" | "good"): string;
}

/** What is broken of single pods: variables that they get instead of their own. */
export function podFaults(): PodFaults & { broken: Map<string, Record<string, string>> } {
  const broken = new Map<string, Record<string, string>>();
  return { broken, environmentOf: (pod) => broken.get(pod) ?? {} };
}

function startAgain(pods: readonly Pod[]): void {
  for (const pod of pods) {
    const pid = pod.pid();
    if (pid !== undefined && !pod.isLeaving()) process.kill(pid, "SIGKILL");
  }
}

export function clusterFaults(
  store: Store,
  pods: Pods,
  { broken }: { broken: Map<string, Record<string, string>> },
): ClusterFaults {
  const kept = new Map<string, string>();
  const serving = (namespaces: readonly string[]) =>
    namespaces
      .flatMap((namespace) => pods.inNamespace(namespace))
      .filter((pod) => pod.plan.owner.kind === "Deployment" && !pod.isLeaving() && !pod.isExpired());
  return {
    supabaseKey(namespaces, key) {
      const secrets = namespaces.flatMap((namespace) => store.list("Secret", namespace));
      for (const { metadata, body } of secrets) {
        const data = isProps(body.data) ? body.data : {};
        const own = data.SUPABASE_KEY;
        if (typeof own !== "string") continue;
        if (key === "wrong" && !kept.has(metadata.uid)) kept.set(metadata.uid, own);
        const value = key === "wrong" ? Buffer.from(WRONG_KEY).toString("base64") : (kept.get(metadata.uid) ?? own);
        const { name, namespace, labels, annotations } = metadata;
        const next = { ...body, data: { ...data, SUPABASE_KEY: value } };
        store.apply({ kind: "Secret", name, namespace, labels, annotations, body: next });
      }
      if (key === "wrong") startAgain(serving(namespaces));
      else kept.clear();
      return key === "wrong"
        ? "the releases carry another project's Supabase key"
        : "the releases' Secrets are right again";
    },
    pod(namespaces, state) {
      const found = serving(namespaces);
      if (state === "good") {
        const mended = found.filter(({ plan }) => broken.has(plan.name));
        broken.clear();
        startAgain(mended);
        return `${mended.length} pod(s) mended`;
      }
      const [first] = found;
      if (first === undefined) return "there is no pod";
      broken.set(first.plan.name, { DATABASE_URL: NOWHERE });
      startAgain([first]);
      return `pod ${first.plan.name} can't reach its database`;
    },
  };
}
