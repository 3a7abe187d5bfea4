import { z } from "zod";

const WELL = new Set(["ok", "pass", "ready", "up", "healthy"]);
const answerSchema = z.looseObject({ checks: z.record(z.string(), z.unknown()) });
const detailSchema = z.looseObject({
  status: z.union([z.string(), z.boolean()]).optional(),
  ok: z.boolean().optional(),
  reason: z.unknown().optional(),
  milliseconds: z.unknown().optional(),
});

/** One check of a readiness answer. */
export interface Check {
  state: "well" | "failing";
  /** why it fails, in the application's own word; empty where it has none */
  word: string;
  /** how long it took; null where it doesn't say */
  milliseconds: number | null;
}

/** Reads one check in any shape that checks come in: a word, a boolean, an object with `status` or `ok`, a list of these (pure). */
export function checkOf(given: unknown): Check {
  if (typeof given === "boolean") return { state: given ? "well" : "failing", word: "", milliseconds: null };
  if (typeof given === "string") {
    return WELL.has(given.toLowerCase())
      ? { state: "well", word: "", milliseconds: null }
      : { state: "failing", word: given, milliseconds: null };
  }
  if (Array.isArray(given)) {
    const checks = given.map(checkOf);
    return checks.find(({ state }) => state === "failing") ?? checks[0] ?? checkOf(false);
  }
  const detail = detailSchema.safeParse(given);
  if (!detail.success) return checkOf(false);
  const { status, ok, reason, milliseconds } = detail.data;
  const { state, word } = checkOf(status ?? ok ?? false);
  return {
    state,
    word: state === "failing" && typeof reason === "string" ? reason : word,
    milliseconds: typeof milliseconds === "number" ? milliseconds : null,
  };
}

/** The checks of a readiness answer; null where it holds none, such as the API server's own (pure). */
export function checksIn(body: unknown): Record<string, Check> | null {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return null;
  return Object.fromEntries(Object.entries(parsed.data.checks).map(([name, given]) => [name, checkOf(given)]));
}
