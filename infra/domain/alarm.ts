import { z } from "zod";

const shared = {
  /** Names the alarm and its metric on the stack. */
  signal: z.string().regex(/^[a-z][a-z0-9-]{2,60}$/),
  meaning: z.string(),
  /** The incident that has taught it. */
  change: z.string(),
};

/** An alarm that an incident has taught: code in the stack's state, and a resource from the next update on. */
export const learntAlarmSchema = z.discriminatedUnion("over", [
  /** Lines of the pods' logs that match CloudWatch's filter pattern. */
  z.strictObject({ over: z.literal("logs"), ...shared, pattern: z.string() }),
  /** Requests that the gateway counts: silence is the alarm. */
  z.strictObject({ over: z.literal("requests"), ...shared }),
]);

export type LearntAlarm = z.infer<typeof learntAlarmSchema>;

/** The alarms with some more; one that is known already stays as it was first learnt (pure). */
export function withAlarms(known: readonly LearntAlarm[], more: readonly LearntAlarm[]): LearntAlarm[] {
  const signals = new Set(known.map(({ signal }) => signal));
  return [...known, ...more.filter(({ signal }) => !signals.has(signal))];
}
