import { reasonOf } from "./failures.ts";
import { within } from "./within.ts";

/** One dependency's check: resolves when it is well. */
export type Check = () => Promise<void>;

export interface CheckResult {
  status: "pass" | "fail";
  milliseconds: number;
  /** A word that carries no address and no credential. */
  reason?: string;
}

export interface Readiness {
  status: "ready" | "not_ready";
  checks: Record<string, CheckResult>;
}

const CHECK_TIMEOUT_MS = 1000;
/** How long a result answers for the next callers: a bad one shortly, so that recovery is seen soon. */
const CACHED_MS = { ready: 1000, not_ready: 200 } as const;

/**
 * Runs every check side by side, each for a second at most. Callers share a run that is under way, and its result for
 * a while after it, so that probing costs the dependencies the same however many ask.
 */
export function createReadiness(checks: Record<string, Check>): () => Promise<Readiness> {
  let latest: Promise<Readiness> | null = null;

  async function refresh(): Promise<Readiness> {
    const result = await runAll(checks);
    setTimeout(() => {
      latest = null;
    }, CACHED_MS[result.status]).unref();
    return result;
  }

  return () => {
    latest ??= refresh();
    return latest;
  };
}

async function runAll(checks: Record<string, Check>): Promise<Readiness> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, CheckResult]> => [name, await run(check)]),
  );
  const ready = results.every(([, { status }]) => status === "pass");
  return { status: ready ? "ready" : "not_ready", checks: Object.fromEntries(results) };
}

async function run(check: Check): Promise<CheckResult> {
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  try {
    await within(CHECK_TIMEOUT_MS, check());
    return { status: "pass", milliseconds: elapsed() };
  } catch (error) {
    return { status: "fail", milliseconds: elapsed(), reason: reasonOf(error) };
  }
}
