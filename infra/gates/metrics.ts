import { z } from "zod";
import { formatDuration } from "../domain/durations.ts";
import type { Json } from "../domain/json.ts";
import { isCompared, type MetricRule, type OwnMetric, queryFor } from "../metrics/own/metric.ts";
import { combine, type Gate, type GateContext, type Target, type Verdict } from "./gate.ts";
import { rounded } from "./rounding.ts";

/** The metrics that the team has named, all of them: for a step in which both releases have users. */
const ALL = "metrics";
/** Those among them that need no stable release to compare with: for what comes after the canary. */
const LIMITS = "metric-limits";

const memorySchema = z.strictObject({
  release: z.string(),
  stable: z.string().nullable(),
  /** Since when each metric has been out of bounds at every look that had a value, by its name. */
  beyond: z.record(z.string(), z.number()),
});

/** What the gate remembers from look to look. */
export type MetricsMemory = z.infer<typeof memorySchema>;

/** What came back for one release: a finite number, or why there is none. */
export type Asked = { value: number } | { why: string };

/** What came back for one metric; `stable` is null where it isn't compared. */
export interface Figures {
  canary: Asked;
  stable: Asked | null;
}

function recall(memory: Json, { release, stable }: Pick<Target, "release" | "stable">): MetricsMemory {
  const known = memorySchema.safeParse(memory);
  const same = known.success && known.data.release === release && known.data.stable === stable;
  return same ? known.data : { release, stable, beyond: {} };
}

function finite(value: number, why: string): Asked {
  return Number.isFinite(value) ? { value } : { why };
}

/** Pure: the value that a metric is judged by. Where it says nothing, why. */
export function judgedValue(compare: MetricRule["compare"], { canary, stable }: Figures): Asked {
  if ("why" in canary) return canary;
  const own = finite(canary.value, `its value is ${canary.value}`);
  if ("why" in own || compare === "limit") return own;
  if (stable === null) return { why: "there is no stable release to compare with" };
  if ("why" in stable) return { why: `the stable release: ${stable.why}` };
  if (!Number.isFinite(stable.value)) return { why: `the stable release's value is ${stable.value}` };
  if (compare === "difference") return finite(own.value - stable.value, "the difference is no number");
  if (stable.value <= 0 || own.value < 0)
    return {
      why: `a ratio of ${rounded(own.value)} to ${rounded(stable.value)} says nothing: take compare: difference`,
    };
  return finite(own.value / stable.value, "the ratio is no number");
}

function breach({ max, min }: Pick<MetricRule, "max" | "min">, value: number): string | null {
  if (max !== null && value > max) return `above ${max}`;
  return min !== null && value < min ? `below ${min}` : null;
}

const NAMES = { ratio: "ratio", difference: "difference", limit: "value" } as const;

const shown = (asked: Asked | null): Json => (asked === null || "why" in asked ? null : rounded(asked.value));

/** Pure: what is said of one metric, and since when it has been out of bounds. */
function judgeOne(rule: MetricRule, figures: Figures | undefined, since: number | undefined, now: number) {
  const judged: Asked = figures === undefined ? { why: "it wasn't asked" } : judgedValue(rule.compare, figures);
  const evidence = {
    canary: shown(figures?.canary ?? null),
    stable: shown(figures?.stable ?? null),
    compare: rule.compare,
    value: shown(judged),
    max: rule.max,
    min: rule.min,
  };
  const one = (answer: Verdict["answer"], words: string, beyond: number | undefined) => ({
    answer,
    silent: "why" in judged,
    words: `${rule.name}: ${words}`,
    beyond,
    evidence,
  });
  // A look without a value neither clears a metric nor counts against it.
  if ("why" in judged) return one("hold", judged.why, since);
  const value = `${NAMES[rule.compare]} ${rounded(judged.value)}`;
  const out = breach(rule, judged.value);
  if (out === null) return one("pass", value, undefined);
  const began = since ?? now;
  if (now - began >= rule.for) return one("fail", `${value} is ${out}`, began);
  return one("hold", `${value} is ${out}, and fails once it was for ${formatDuration(rule.for)}`, began);
}

/** Pure: what the figures say of the release, and what is remembered. A metric without a value holds and never passes. */
export function judgeMetrics(
  gate: string,
  memory: MetricsMemory,
  rules: readonly MetricRule[],
  figures: Readonly<Record<string, Figures>>,
  now: number,
): { verdict: Verdict; memory: MetricsMemory } {
  const judged = rules.map((rule) => ({
    name: rule.name,
    ...judgeOne(rule, figures[rule.name], memory.beyond[rule.name], now),
  }));
  const answer = combine(judged);
  // What decided comes first.
  const ordered = [...judged.filter((one) => one.answer === answer), ...judged.filter((one) => one.answer !== answer)];
  const beyond = judged.flatMap((one) => (one.beyond === undefined ? [] : [[one.name, one.beyond] as const]));
  return {
    verdict: {
      gate,
      answer,
      summary: judged.length === 0 ? "the settings name no such metric" : ordered.map(({ words }) => words).join("; "),
      evidence: {
        ...(answer === "hold" && ordered.every((one) => one.silent || one.answer === "pass") ? { lacks: "value" } : {}),
        ...Object.fromEntries(judged.map(({ name, evidence }) => [name, evidence])),
      },
    },
    memory: { ...memory, beyond: Object.fromEntries(beyond) },
  };
}

async function ask(metric: OwnMetric, subject: { release: string; stable: string | null }, signal: AbortSignal) {
  try {
    return { value: await metric.ask(queryFor(metric.query, subject), signal) };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** What a metric comes to for a release, and where it is compared, for the stable one. Never rejects. */
export async function figuresOf(
  metric: OwnMetric,
  { release, stable }: Pick<Target, "release" | "stable">,
  signal: AbortSignal,
): Promise<Figures> {
  if (isCompared(metric) && stable === null)
    return { canary: { why: "there is no stable release to compare with" }, stable: null };
  const [canary, other] = await Promise.all([
    ask(metric, { release, stable }, signal),
    metric.compare === "limit" || stable === null ? null : ask(metric, { release: stable, stable }, signal),
  ]);
  return { canary, stable: other };
}

function gateOf(name: string, chosen: (metrics: readonly OwnMetric[]) => readonly OwnMetric[]): Gate {
  return {
    name,
    async observe({ target, ownMetrics, memory, signal, now }: GateContext) {
      const metrics = chosen(ownMetrics);
      const found = await Promise.all(
        metrics.map(async (metric) => [metric.name, await figuresOf(metric, target, signal)] as const),
      );
      return judgeMetrics(name, recall(memory, target), metrics, Object.fromEntries(found), now);
    },
  };
}

/** What the team itself measures (`gates.metrics`), of the judged release alone or held against the stable one. */
export const metrics: Gate = gateOf(ALL, (all) => all);

/** The team's limits alone: once all users are on one release, there is none to compare with. */
export const metricLimits: Gate = gateOf(LIMITS, (all) => all.filter((metric) => !isCompared(metric)));
