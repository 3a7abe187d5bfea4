import type { Alarm, Filter } from "./alarm-evaluation.ts";

/** What of CloudWatch can be evaluated: the alarms, metric filters and cache clusters of each stack, as the account has them now. */
export interface CloudWatch {
  /** The account's own side: what is there, asked anew each time. */
  sources: {
    alarms: () => Owned<Alarm>[];
    filters: () => Owned<Filter>[];
    nodes: () => Owned<{ id: string }>[];
    /** the names of the log groups that the stacks have made */
    groups: () => string[];
  };
  of(stack: string): { alarms: Alarm[]; filters: Filter[]; nodes: string[] };
}

/** Something of a stack's. */
export type Owned<T> = T & { stack: string };

/** An account in which nothing is declared yet. */
export function emptyCloudWatch(): CloudWatch {
  const watch: CloudWatch = {
    sources: { alarms: () => [], filters: () => [], nodes: () => [], groups: () => [] },
    of: (stack) => ({
      alarms: watch.sources.alarms().filter((alarm) => alarm.stack === stack),
      filters: watch.sources.filters().filter((filter) => filter.stack === stack),
      nodes: watch.sources.nodes().flatMap((node) => (node.stack === stack ? [node.id] : [])),
    }),
  };
  return watch;
}
