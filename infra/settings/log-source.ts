import type { Settings } from "./index.ts";

/** Where the pods' lines are in CloudWatch Logs, and how they stand there. */
export interface LogSource {
  group: string;
  /** The field below which the application's own JSON is; empty where the line is that JSON. */
  fields: string;
  /** The field that names a line's namespace; empty where the group has no other's lines. */
  namespaceField: string;
  namespace: string;
}

/** Where in CloudWatch the requests are that the gateway counts. */
export interface RequestMetric {
  namespace: string;
  metric: string;
  dimensions: Readonly<Record<string, string>>;
}

/** What the cluster is called on EKS: as the settings say, else as its context ends, else as the application (pure). */
export function clusterName({ cluster, application }: Pick<Settings, "cluster" | "application">): string {
  // An EKS context is the cluster's ARN, and eksctl's is USER@CLUSTER.REGION.eksctl.io.
  const fromContext = cluster.context?.replace(/^.*:cluster\//, "").replace(/^[^@]*@([^.]+)\..*$/, "$1");
  return cluster.name ?? fromContext ?? application.name;
}

/** Where the lines are, as the settings say or as EKS' usual Fluent Bit writes them (pure). */
export function logSourceOf(settings: Pick<Settings, "cluster" | "application" | "logs">): LogSource {
  const { group, fields, namespaceField } = settings.logs;
  return {
    group: group ?? `/aws/containerinsights/${clusterName(settings)}/application`,
    fields,
    namespaceField,
    namespace: settings.cluster.namespace,
  };
}

/** Where the gateway's requests are counted, as the settings say or as CloudWatch's agent calls them on EKS (pure). */
export function requestMetricOf(
  settings: Pick<Settings, "cluster" | "application" | "alarms" | "metrics">,
): RequestMetric {
  const { namespace, metric, dimensions } = settings.alarms.requests;
  const scraped = settings.metrics.source === "scrape" ? settings.metrics.metric : "gateway_requests_total";
  return { namespace, metric: metric ?? scraped, dimensions: dimensions ?? { ClusterName: clusterName(settings) } };
}

function ours({ namespaceField, namespace }: LogSource): string | null {
  return namespaceField === "" ? null : `$.${namespaceField} = "${namespace}"`;
}

/** A filter pattern over the application's own JSON, as one over the lines of its namespace where they are (pure). */
export function patternIn(source: LogSource, pattern: string): string {
  const own = pattern.replace(/^\s*\{\s*(.*?)\s*\}\s*$/s, "$1");
  const placed = source.fields === "" ? own : own.replaceAll("$.", `$.${source.fields}.`);
  const selected = ours(source);
  return selected === null ? `{ ${placed} }` : `{ (${selected}) && (${placed}) }`;
}

/** A filter pattern that every line of the application matches (pure). */
export function anyLineIn(source: LogSource): string {
  const selected = ours(source);
  return selected === null ? patternIn(source, `{ $.level = "*" }`) : `{ ${selected} }`;
}

/** The last errors in CloudWatch Logs Insights' words (pure). */
export function errorQuery(source: LogSource): string {
  const field = (name: string) => (source.fields === "" ? name : `${source.fields}.${name}`);
  const selected = source.namespaceField === "" ? "" : `${source.namespaceField} = "${source.namespace}" and `;
  const shown = ["release", "requestId", "error.message"].map(field).join(", ");
  return `SOURCE '${source.group}' | fields @timestamp, ${shown} | filter ${selected}${field("level")} = "error" | sort @timestamp desc | limit 50`;
}
