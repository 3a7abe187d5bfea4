import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";

/** What a log group has to show. */
export type Shown = { group: "missing" } | { group: "there"; newest: number | null };

/** Pages of a search: CloudWatch looks through a part of the group a page, and may find nothing in one. */
const PAGES = 20;

/**
 * Looks whether a log group is there, and for a line in it that matches a filter pattern. Region and credentials come from the AWS
 * environment unless one is named.
 * @param since milliseconds since the epoch
 * @returns when the newest found line came, in milliseconds since the epoch; null where none did
 */
export async function lookForLines(
  { group, pattern, region }: { group: string; pattern: string; region: string | null },
  since: number,
): Promise<Shown> {
  const client = new CloudWatchLogsClient({ maxAttempts: 2, ...(region === null ? {} : { region }) });
  try {
    const { logGroups = [] } = await client.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: group, limit: 50 }),
    );
    if (!logGroups.some(({ logGroupName }) => logGroupName === group)) return { group: "missing" };
    let nextToken: string | undefined;
    for (let page = 0; page < PAGES; page += 1) {
      const found = await client.send(
        new FilterLogEventsCommand({
          logGroupName: group,
          filterPattern: pattern,
          startTime: since,
          limit: 100,
          nextToken,
        }),
      );
      const newest = Math.max(...(found.events ?? []).map(({ timestamp = 0 }) => timestamp));
      if (newest > 0) return { group: "there", newest };
      nextToken = found.nextToken;
      if (nextToken === undefined) break;
    }
    return { group: "there", newest: null };
  } finally {
    client.destroy();
  }
}
