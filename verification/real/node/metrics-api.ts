import { createServer } from "node:https";
import type { NodePod } from "./pod.ts";
import { type Usage, usageOf } from "./usage.ts";

/** The aggregated API that the HorizontalPodAutoscaler reads; its kinds and fields are those of k8s.io/metrics/pkg/apis/metrics/v1beta1. */
const ROOT = "/apis/metrics.k8s.io/v1beta1";
/** How often use is measured, in milliseconds: metrics-server's own is 15 s. */
const EVERY = 5_000;

interface Sample {
  at: Date;
  usage: Usage;
}

/** CPU used per second between two samples, in nanocores as the API writes it (pure). */
export function nanocores(before: Sample, now: Sample): number {
  const seconds = (now.at.getTime() - before.at.getTime()) / 1_000;
  return seconds <= 0 ? 0 : Math.max(0, Math.round(((now.usage.cpuSeconds - before.usage.cpuSeconds) / seconds) * 1e9));
}

/** Whether labels hold what a selector asks for: `a=b,c in (d,e),f` (pure). */
export function selects(selector: string, labels: Readonly<Record<string, string>>): boolean {
  const terms = selector.match(/[^,(]+(\([^)]*\))?/g) ?? [];
  return terms.every((term) => {
    const [, key = "", operator = "", value = ""] = /^\s*([^\s=!]+)\s*(==?|!=|in|notin)?\s*(.*)$/.exec(term) ?? [];
    const is = labels[key];
    const named = value
      .replace(/[()]/g, "")
      .split(",")
      .map((one) => one.trim());
    if (operator === "") return is !== undefined;
    return (operator === "!=" || operator === "notin") !== named.includes(is ?? "");
  });
}

export interface MetricsApi {
  close(): void;
}

/** Serves what the pods of all nodes use. */
export function serveMetrics(
  pods: () => readonly NodePod[],
  tls: { key: string; cert: string; host: string; port: number },
): MetricsApi {
  const samples = new Map<string, { before: Sample; now: Sample; group: number }>();
  const measure = (): void => {
    const groups = new Map(pods().flatMap((pod) => (pod.pid() === null ? [] : [[pod.uid, pod.pid() ?? 0] as const])));
    const usage = usageOf(new Set(groups.values()));
    for (const uid of samples.keys()) if (!groups.has(uid)) samples.delete(uid);
    for (const [uid, group] of groups) {
      const used = usage.get(group);
      if (used === undefined) continue;
      const now = { at: new Date(), usage: used };
      const kept = samples.get(uid);
      // A container that was started again counts anew.
      samples.set(uid, { before: kept?.group === group ? kept.now : now, now, group });
    }
  };
  const timer = setInterval(measure, EVERY);
  const metricsOf = (pod: NodePod) => {
    const { metadata, spec } = pod.pod();
    const sample = samples.get(pod.uid);
    if (sample === undefined || sample.before === sample.now) return [];
    const { name, namespace, labels } = metadata ?? {};
    const window = `${((sample.now.at.getTime() - sample.before.at.getTime()) / 1_000).toFixed(1)}s`;
    const usage = {
      cpu: `${nanocores(sample.before, sample.now)}n`,
      memory: `${Math.round(sample.now.usage.bytes / 1_024)}Ki`,
    };
    const containers = [{ name: spec?.containers[0]?.name ?? "", usage }];
    return [{ metadata: { name, namespace, labels }, timestamp: sample.now.at.toISOString(), window, containers }];
  };
  const answer = (url: URL): unknown => {
    if (url.pathname === "/apis/metrics.k8s.io") {
      const version = { groupVersion: "metrics.k8s.io/v1beta1", version: "v1beta1" };
      return {
        kind: "APIGroup",
        apiVersion: "v1",
        name: "metrics.k8s.io",
        versions: [version],
        preferredVersion: version,
      };
    }
    if (url.pathname === ROOT) {
      const pod = { name: "pods", singularName: "pod", namespaced: true, kind: "PodMetrics", verbs: ["get", "list"] };
      return { kind: "APIResourceList", apiVersion: "v1", groupVersion: "metrics.k8s.io/v1beta1", resources: [pod] };
    }
    const [, namespace] = /^\/apis\/metrics\.k8s\.io\/v1beta1\/namespaces\/([^/]+)\/pods$/.exec(url.pathname) ?? [];
    if (namespace === undefined) return null;
    const selector = url.searchParams.get("labelSelector") ?? "";
    const items = pods()
      .filter((pod) => pod.pod().metadata?.namespace === namespace)
      .flatMap(metricsOf)
      .filter(({ metadata }) => selects(selector, metadata.labels ?? {}));
    return { kind: "PodMetricsList", apiVersion: "metrics.k8s.io/v1beta1", metadata: {}, items };
  };
  const server = createServer({ key: tls.key, cert: tls.cert }, (request, response) => {
    const body = answer(new URL(request.url ?? "/", "https://metrics"));
    response.writeHead(body === null ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(body ?? { kind: "Status", apiVersion: "v1", status: "Failure", code: 404 }));
  });
  server.listen(tls.port, tls.host);
  return {
    close() {
      clearInterval(timer);
      server.close();
      server.closeAllConnections();
    },
  };
}
