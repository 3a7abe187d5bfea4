import type { z } from "zod";

/** Adds an issue at every entry that isn't above the one before it. */
export function rising(values: readonly number[], show: (value: number) => string, context: z.RefinementCtx): void {
  for (const [index, value] of values.entries()) {
    const before = values[index - 1];
    if (before === undefined || value > before) continue;
    const message = `must be above the entry before it (${show(before)}): write them in rising order`;
    context.addIssue({ code: "custom", path: [index], message });
  }
}
