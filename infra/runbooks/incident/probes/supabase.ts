import { ask } from "../../../clients/http.ts";
import { type Facts, hasAnswered, UNTRIED } from "../facts.ts";
import { ANSWER_WITHIN, measured, spoken } from "./measure.ts";

/** Where Supabase is, the key that the pods carry, and the one of the stack's settings. */
export interface SupabaseProbe {
  url: string;
  key: string;
  stackKey: string;
}

async function get(base: string, path: string, key: string | null): Promise<number> {
  const headers = key === null ? {} : { apikey: key };
  return (await ask({ url: new URL(path, base), headers, within: ANSWER_WITHIN })).status;
}

async function mustPass(base: string, path: string, key: string): Promise<void> {
  const status = await get(base, path, key);
  if (status >= 300) throw spoken(`HTTP_${status}`);
}

/** What Supabase says of the stack's own key, where the pods carry another one. */
async function judgeStackKey({ url, key, stackKey }: SupabaseProbe): Promise<Facts["supabase"]["stackKey"]> {
  if (key === stackKey) return "the same";
  const status = await get(url, "/auth/v1/health", stackKey).catch(() => null);
  if (status === null || status >= 500) return "unknown";
  return status < 300 ? "accepted" : "refused";
}

/** Asks Supabase: whether it is there, its auth service and its REST, each with the pods' key; never rejects. */
export async function probeSupabase(at: SupabaseProbe): Promise<Facts["supabase"]> {
  // Without a key it answers 401, which is an answer.
  const reachable = await measured(async () => {
    const status = await get(at.url, "/auth/v1/health", null);
    if (status >= 500) throw spoken(`HTTP_${status}`);
  });
  if (!hasAnswered(reachable)) return { reachable, auth: UNTRIED, rest: UNTRIED, stackKey: "unknown" };
  const [auth, rest, stackKey] = await Promise.all([
    measured(() => mustPass(at.url, "/auth/v1/health", at.key)),
    measured(() => mustPass(at.url, "/rest/v1/", at.key)),
    judgeStackKey(at),
  ]);
  return { reachable, auth, rest, stackKey };
}
