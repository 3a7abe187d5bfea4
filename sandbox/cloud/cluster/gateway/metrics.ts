/** Who served: the release is the Service's label runbooks.dev/release. */
export interface Served {
  namespace: string;
  release: string;
}

export interface GatewayMetrics {
  count(served: Served, code: number): void;
  /** Notes how long a request took, from its arrival to the last byte of its answer. */
  took(served: Served, milliseconds: number): void;
  /** Counts an open WebSocket; the function that it returns counts it out again, and its whole life as what it took, as Traefik does (3.7.13, seen). */
  open(served: Served): () => void;
  /** All requests of a namespace so far. */
  requests(namespace: string): number;
  /** The numbers in Prometheus' text format. */
  text(): string;
}

/** Seconds, as Envoy's and the client libraries' histograms have them. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, Number.POSITIVE_INFINITY] as const;

export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function createMetrics(): GatewayMetrics {
  const requests = new Map<string, number>();
  const sockets = new Map<string, number>();
  const durations = new Map<string, Histogram>();
  // As every Prometheus client shows it: a restart is seen however fast the counters grow again.
  const began = new Map([["", Date.now() / 1_000]]);
  const add = (series: Map<string, number>, labels: string, amount: number): void => {
    series.set(labels, (series.get(labels) ?? 0) + amount);
  };
  const note = (labels: string, milliseconds: number): void => {
    const seconds = milliseconds / 1_000;
    const { sum, upTo } = durations.get(labels) ?? { sum: 0, upTo: BOUNDS.map(() => 0) };
    durations.set(labels, {
      sum: sum + seconds,
      upTo: upTo.map((count, at) => (seconds <= (BOUNDS[at] ?? 0) ? count + 1 : count)),
    });
  };
  return {
    count({ namespace, release }, code) {
      add(requests, labelText({ namespace, release, code: String(code) }), 1);
    },
    took({ namespace, release }, milliseconds) {
      note(labelText({ namespace, release }), milliseconds);
    },
    open({ namespace, release }) {
      const labels = labelText({ namespace, release });
      add(sockets, labels, 1);
      const begun = performance.now();
      return () => {
        add(sockets, labels, -1);
        note(labelText({ namespace, release, code: "101" }), performance.now() - begun);
      };
    },
    requests: (namespace) =>
      [...requests].reduce(
        (total, [labels, count]) => (labels.startsWith(labelText({ namespace }).slice(0, -1)) ? total + count : total),
        0,
      ),
    text: () =>
      [
        ...family("gateway_requests_total", "counter", "Requests answered, by release and status code.", requests),
        ...histogramFamily("gateway_request_duration_seconds", "How long requests took, by release.", durations),
        ...family("process_start_time_seconds", "gauge", "When the gateway began, in seconds since the epoch.", began),
        ...family("gateway_open_websockets", "gauge", "WebSockets that are open, by release.", sockets),
      ].join("\n"),
  };
}

function family(name: string, type: "counter" | "gauge", help: string, series: ReadonlyMap<string, number>): string[] {
  const samples = [...series].map(([labels, value]) => `${name}${labels} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples, ""];
}

/** How long requests took: their sum in seconds, and how many were within each bound. */
interface Histogram {
  sum: number;
  upTo: number[];
}

function histogramFamily(name: string, help: string, series: ReadonlyMap<string, Histogram>): string[] {
  const samples = [...series].flatMap(([labels, { sum, upTo }]) => {
    const bucket = (bound: number) => `${labels.slice(0, -1)},le="${Number.isFinite(bound) ? bound : "+Inf"}"}`;
    return [
      ...BOUNDS.map((bound, at) => `${name}_bucket${bucket(bound)} ${upTo[at] ?? 0}`),
      `${name}_sum${labels} ${sum}`,
      `${name}_count${labels} ${upTo.at(-1) ?? 0}`,
    ];
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...samples, ""];
}

function labelText(labels: Record<string, string>): string {
  const parts = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`,
  );
  return `{${parts.join(",")}}`;
}
