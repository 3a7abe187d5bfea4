import { z } from "zod";
import { jsonOf } from "../../clients/http.ts";
import { answerOf, finite } from "./answer.ts";
import type { AskMetric } from "./metric.ts";

export interface HttpMetric {
  /** Where in the answer the number is, such as `data.0.value`; empty where the answer is the number. */
  path: string;
  /** The variable with the token that is sent as a bearer's; null for none. */
  tokenFrom: string | null;
}

const group = z.record(z.string(), z.unknown());

/** One step into a JSON value: a field of an object, or an entry of a list. */
function inside(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined;
  const fields = group.safeParse(value);
  return fields.success && Object.hasOwn(fields.data, key) ? fields.data[key] : undefined;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "string" ? "a text" : `a ${typeof value}`;
}

/**
 * Pure: the number at a path of an answer.
 * @throws Error where there is none; it doesn't repeat what is there, which may be anything
 */
export function numberAt(who: string, text: string, path: string): number {
  const keys = path === "" ? [] : path.split(".");
  const found = keys.reduce(inside, jsonOf(who, text));
  const where = path === "" ? "as its whole answer" : `at ${path}`;
  if (typeof found !== "number") throw new Error(`${who} has ${kindOf(found)} ${where}, and no number`);
  return finite(who, found);
}

/** Any endpoint that answers JSON: the query is its address. */
export function httpMetric(
  { path, tokenFrom }: HttpMetric,
  env: Readonly<Record<string, string | undefined>>,
): AskMetric {
  return async (query, signal) => {
    const url = new URL(query);
    const token = tokenFrom === null ? null : (env[tokenFrom] ?? "");
    if (token === "") throw new Error(`${tokenFrom} must be set in the environment: it has the token for ${url.host}`);
    const headers = {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
    const { status, text } = await answerOf({ who: "the endpoint", url, headers, signal });
    if (status !== 200) throw new Error(`${url.host} answered ${status}`);
    return numberAt(url.host, text, path);
  };
}
