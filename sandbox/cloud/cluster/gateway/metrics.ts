/** Who served: the release is the Service's label runbooks.dev/release. */
export interface Served {
  namespace: string;
  release: string;
}

export interface GatewayMetrics {
  count(served: Served, code: number): void;
  /** Counts an open WebSocket; the function that it returns counts it out again. */
  open(served: Served): () => void;
  /** All requests of a namespace so far. */
  requests(namespace: string): number;
  /** The numbers in Prometheus' text format. */
  text(): string;
}

export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function createMetrics(): GatewayMetrics {
  const requests = new Map<string, number>();
  const sockets = new Map<string, number>();
  const add = (series: Map<string, number>, labels: string, amount: number): void => {
    series.set(labels, (series.get(labels) ?? 0) + amount);
  };
  return {
    count({ namespace, release }, code) {
      add(requests, labelText({ namespace, release, code: String(code) }), 1);
    },
    open({ namespace, release }) {
      const labels = labelText({ namespace, release });
      add(sockets, labels, 1);
      return () => add(sockets, labels, -1);
    },
    requests: (namespace) =>
      [...requests].reduce(
        (total, [labels, count]) => (labels.startsWith(labelText({ namespace }).slice(0, -1)) ? total + count : total),
        0,
      ),
    text: () =>
      [
        ...family("gateway_requests_total", "counter", "Requests answered, by release and status code.", requests),
        ...family("gateway_open_websockets", "gauge", "WebSockets that are open, by release.", sockets),
      ].join("\n"),
  };
}

function family(name: string, type: "counter" | "gauge", help: string, series: ReadonlyMap<string, number>): string[] {
  const samples = [...series].map(([labels, value]) => `${name}${labels} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples, ""];
}

function labelText(labels: Record<string, string>): string {
  const parts = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`,
  );
  return `{${parts.join(",")}}`;
}
