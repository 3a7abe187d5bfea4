/** A resource as a stack's state, or the program's graph, has it. */
export interface Priced {
  type: string;
  inputs: Readonly<Record<string, unknown>>;
}

/** What something costs a month, in US dollars. */
export interface Cost {
  what: string;
  monthly: number;
  /** the setting that moves it; null where there is none */
  setting: string | null;
}

const HOURS = 730;

/**
 * On-demand prices of ElastiCache for Redis OSS in eu-west-1, US dollars an hour and node: from memory, and not read off AWS' price list.
 * They are 6 to 10 % above the list's prices of us-east-1 as published on 2026-10-02 (cache.t4g.small 0.032, cache.r7g.large 0.219), as eu-west-1
 * usually is. A node type that isn't here isn't priced, and is said so.
 */
const NODE_HOUR: Readonly<Record<string, number>> = {
  "cache.t4g.micro": 0.017,
  "cache.t4g.small": 0.035,
  "cache.t4g.medium": 0.071,
  "cache.m7g.large": 0.174,
  "cache.m7g.xlarge": 0.346,
  "cache.r7g.large": 0.241,
  "cache.r7g.xlarge": 0.481,
  "cache.r7g.2xlarge": 0.962,
};

/** US dollars a month, one of each: the services' pricing pages as others quote them in 2026, the same in every region of Europe. */
const EACH = { key: 1, secret: 0.4, alarm: 0.1, composite: 0.5, metric: 0.3 };

const ofType = (resources: readonly Priced[], type: string): Priced[] =>
  resources.filter((resource) => resource.type.startsWith("aws:") && resource.type.endsWith(`:${type}`));

function nodesOf(resources: readonly Priced[]): Cost[] {
  return ofType(resources, "ReplicationGroup").map(({ inputs }) => {
    const [type, nodes] = [String(inputs.nodeType), Number(inputs.numCacheClusters)];
    const price = NODE_HOUR[type];
    const setting = "sessionStore.nodeType and sessionStore.replicas";
    if (price === undefined) return { what: `${nodes} nodes ${type} (see AWS' price list)`, monthly: 0, setting };
    return { what: `${nodes} nodes ${type}`, monthly: nodes * HOURS * price, setting };
  });
}

/**
 * What a stack's own resources cost a month, the dearest first (pure). What use alone decides (log lines, requests to KMS and S3, the
 * records' few megabytes) is left out: a dollar or two. So are dashboards: an account's first
 * three are free.
 */
export function monthlyCosts(resources: readonly Priced[]): Cost[] {
  const counted = (what: string, type: string, price: number, setting: string | null): Cost[] => {
    const { length } = ofType(resources, type);
    return length === 0 ? [] : [{ what: `${length} ${what}`, monthly: length * price, setting }];
  };
  const costs = [
    ...nodesOf(resources),
    ...counted("KMS key", "Key", EACH.key, null),
    ...counted("secrets", "Secret", EACH.secret, null),
    ...counted("alarms", "MetricAlarm", EACH.alarm, "sessionStore.replicas, and what incidents teach"),
    ...counted("alarm over the others", "CompositeAlarm", EACH.composite, null),
    ...counted("metrics counted from log lines", "LogMetricFilter", EACH.metric, "what incidents teach"),
  ];
  return costs.sort((one, other) => other.monthly - one.monthly);
}

/** The sum, in whole US dollars (pure). */
export function monthlySum(costs: readonly Cost[]): number {
  return Math.round(costs.reduce((sum, { monthly }) => sum + monthly, 0));
}
