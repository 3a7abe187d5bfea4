import { type Answer, ask, type Call } from "../../clients/http.ts";

/** A request to a source of metrics. */
export interface Asking extends Pick<Call, "method" | "headers" | "body"> {
  /** whom an error names */
  who: string;
  url: URL;
  signal: AbortSignal;
}

/**
 * What a source answers. Redirects aren't followed: a credential would go with them.
 * @throws Error that names the host, and neither the path, the query nor a header
 */
export async function answerOf({ who, ...call }: Asking): Promise<Answer> {
  try {
    return await ask(call);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${who} at ${call.url.host} could not be reached: ${why}`);
  }
}

/**
 * The only one of the series that a source answered (pure).
 * @throws Error where there is none or several
 */
export function onlyOne<Series>(who: string, series: readonly Series[]): Series {
  const [only, ...others] = series;
  if (only === undefined) throw new Error(`${who} has no series for the query`);
  if (others.length > 0)
    throw new Error(`${who} answered ${series.length} series: make it one, with a sum or an average`);
  return only;
}

/** @throws Error where a number is NaN or infinite */
export function finite(who: string, value: number): number {
  if (!Number.isFinite(value)) throw new Error(`${who} answered ${value}, which says nothing`);
  return value;
}
