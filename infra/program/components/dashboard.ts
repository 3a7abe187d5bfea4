import { errorQuery, type LogSource } from "../../settings/log-source.ts";
import { LOG_SIGNALS } from "./alarm-rules.ts";

export interface DashboardOf {
  /** The stack's name, which is also the metrics' namespace. */
  name: string;
  logs: LogSource;
  region: string;
  cacheClusterIds: readonly string[];
}

const HALF_WIDTH = { width: 12, height: 6 };

/** CloudWatch's dashboard document: what the logs say, how Redis does, and the last error lines with their release. */
export function dashboardBody({ name, logs, region, cacheClusterIds }: DashboardOf) {
  const plot = (title: string, metrics: string[][], stat: string) => ({
    type: "metric",
    ...HALF_WIDTH,
    properties: { title, region, metrics, stat, period: 60, view: "timeSeries" },
  });
  const ofNodes = (metric: string) => cacheClusterIds.map((id) => ["AWS/ElastiCache", metric, "CacheClusterId", id]);
  return {
    widgets: [
      plot(
        "Log lines that matter",
        ["log-lines", ...LOG_SIGNALS.map(({ signal }) => signal)].map((signal) => [name, signal]),
        "Sum",
      ),
      plot("Redis memory, %", ofNodes("DatabaseMemoryUsagePercentage"), "Average"),
      plot("Redis engine CPU, %", ofNodes("EngineCPUUtilization"), "Average"),
      plot("Redis connections", ofNodes("CurrConnections"), "Average"),
      {
        type: "log",
        width: 24,
        height: 8,
        properties: {
          title: "Last errors",
          region,
          view: "table",
          query: errorQuery(logs),
        },
      },
    ],
  };
}
