import { z } from "zod";
import { arn, isClusterLogs } from "../accounts.ts";
import type { ShippedLine } from "../alarms.ts";
import { filterPattern } from "../aws/filter-pattern.ts";
import type { Json } from "../wire.ts";
import { type Answer, type Asked, type Service, serveHttp } from "./http.ts";

const CONTENT_TYPE = "application/x-amz-json-1.1";

const describeSchema = z.strictObject({
  logGroupNamePrefix: z.string().optional(),
  limit: z.int().min(1).max(50).optional(),
});
const filterSchema = z.strictObject({
  logGroupName: z.string(),
  filterPattern: z.string().max(1024).optional(),
  startTime: z.int().min(0).optional(),
  limit: z.int().min(1).max(10_000).optional(),
});

/** Where the account's lines are: groups that a stack has made, and the cluster's own. */
export interface LogSources {
  groups(): readonly string[];
  shipped(): readonly ShippedLine[];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function operations({ groups, shipped }: LogSources): Record<string, (input: unknown) => Json | null> {
  const isKnown = (name: string) => isClusterLogs(name) || groups().includes(name);
  return {
    DescribeLogGroups: (input) => {
      const { logGroupNamePrefix = "", limit = 50 } = describeSchema.parse(input);
      const own = isClusterLogs(logGroupNamePrefix) ? [logGroupNamePrefix] : [];
      const found = [...new Set([...own, ...groups()])].filter((name) => name.startsWith(logGroupNamePrefix)).sort();
      return {
        logGroups: found
          .slice(0, limit)
          .map((name) => ({ logGroupName: name, arn: arn("logs", `log-group:${name}:*`) })),
      };
    },
    FilterLogEvents: (input) => {
      const { logGroupName, filterPattern: pattern, startTime = 0, limit = 10_000 } = filterSchema.parse(input);
      if (!isKnown(logGroupName)) return null;
      // Nothing but the cluster's Fluent Bit writes, and to its own group alone.
      const lines = isClusterLogs(logGroupName) ? shipped() : [];
      const matches = pattern === undefined ? () => true : filterPattern(pattern);
      const events = lines
        .filter(({ at, text }) => at >= startTime && matches(parsed(text)))
        .slice(0, limit)
        .map(({ at, pod, text }, index) => ({
          eventId: String(index),
          logStreamName: pod,
          timestamp: at,
          ingestionTime: at,
          message: text,
        }));
      return { events, searchedLogStreams: [] };
    },
  };
}

/** Answers the part of CloudWatch Logs' JSON 1.1 protocol that reads: DescribeLogGroups and FilterLogEvents. */
export function serveLogs(sources: LogSources, options: { port: number } = { port: 0 }): Promise<Service> {
  const answers = operations(sources);
  const refused = (type: string, message: string): Answer => ({
    status: 400,
    body: { __type: type, message },
    contentType: CONTENT_TYPE,
  });
  return serveHttp(({ headers, body }: Asked): Answer => {
    const target = String(headers["x-amz-target"] ?? "").replace(/^Logs_20140328\./, "");
    const operation = answers[target];
    if (operation === undefined)
      return refused("UnknownOperationException", `CloudWatch Logs' ${target} isn't answered here`);
    try {
      const answer = operation(JSON.parse(body));
      if (answer === null) return refused("ResourceNotFoundException", "The specified log group does not exist.");
      return { status: 200, body: answer, contentType: CONTENT_TYPE };
    } catch (error) {
      return refused("InvalidParameterException", error instanceof Error ? error.message : String(error));
    }
  }, options);
}
