import { z } from "zod";
import { SAYS_VALUE } from "./problems.ts";

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

const PATTERN = /^(?:\d+(?:d|h|ms|m|s)\s*)+$/;
const PART = /(\d+)(ms|d|h|m|s)/g;

function isUnit(text: string | undefined): text is keyof typeof UNITS {
  return text !== undefined && text in UNITS;
}

/**
 * Reads a duration such as `30s`, `15m`, `24h` or `1d 12h 30m`.
 * @returns milliseconds, or null where the text is no duration
 */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (!PATTERN.test(trimmed)) return null;
  let total = 0;
  for (const [, count, unit] of trimmed.matchAll(PART)) {
    if (isUnit(unit)) total += Number(count) * UNITS[unit];
  }
  return Number.isSafeInteger(total) ? total : null;
}

/** Up to two days people count in hours: a soak of 24 h, a check at T+24h. */
const LARGEST_IN_HOURS = 48 * UNITS.h;

/** Writes milliseconds as the two largest units that matter: `2d 12h`, `24h`, `2m 5s`, `350ms`. */
export function formatDuration(milliseconds: number): string {
  const rounded = Math.max(0, Math.round(milliseconds));
  if (rounded < 1_000) return `${rounded}ms`;
  let rest = Math.round(rounded / 1_000) * 1_000;
  const parts: string[] = [];
  const units = rest > LARGEST_IN_HOURS ? (["d", "h", "m", "s"] as const) : (["h", "m", "s"] as const);
  for (const unit of units) {
    const count = Math.floor(rest / UNITS[unit]);
    rest -= count * UNITS[unit];
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join(" ");
}

/** A duration in a settings file: text in, milliseconds out. */
export const duration = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text);
  if (milliseconds === null) {
    context.addIssue({
      code: "custom",
      params: SAYS_VALUE,
      message: `"${text}" is not a duration: write for example "30s", "15m", "24h" or "1d 12h"`,
    });
    return z.NEVER;
  }
  return milliseconds;
});
