import { setTimeout as delay } from "node:timers/promises";
import { ACCOUNTS } from "../../../sandbox/cloud/accounts.ts";
import { spawnLoad } from "../../load/spawn.ts";
import { type LoadStats, NO_RELEASE } from "../../load/statistics.ts";
import type { Contender } from "./contender.ts";
import { OFFERED } from "./pace.ts";

/** What a bad release has cost. */
export interface Cost {
  /** from the first request that it got to the last one that it answered */
  seconds: number;
  /** all requests that failed meanwhile, whoever answered them */
  failed: number;
  /** requests that the bad release answered */
  toBad: number;
}

type Seen = Pick<LoadStats, "failed" | "byRelease">;

/** The releases that weren't there before (pure). */
function newcomers({ byRelease }: Seen, before: Seen) {
  const entries = Object.entries(byRelease).filter(([id]) => id !== NO_RELEASE && !(id in before.byRelease));
  return entries.map(([, tally]) => tally);
}

/** What the load has met since a moment (pure). @throws Error where no request went to another release */
export function costOf(stats: Seen, before: Seen): Cost {
  const bad = newcomers(stats, before);
  if (bad.length === 0) throw new Error("no user's request reached the bad release");
  const [firstAt, lastAt] = [Math.min(...bad.map((one) => one.firstAt)), Math.max(...bad.map((one) => one.lastAt))];
  return {
    seconds: (lastAt - firstAt) / 1_000,
    failed: stats.failed - before.failed,
    toBad: bad.reduce((sum, { requests }) => sum + requests, 0),
  };
}

const POLL = 500;
/** Milliseconds without an answer of the bad release, at five requests a second, after which none is on its way. */
const QUIET = 5_000;
/** Requests before the release, so that nobody begins with empty counters. */
const WARM_UP = 10 * OFFERED.requestsPerSecond;
const GIVEN_UP_AFTER = 20 * 60_000;

/** Gives somebody the bad release under load, and waits until it has been taken back. @throws Error where it isn't */
export async function measure(contender: Contender, baseUrl: string): Promise<Cost> {
  const { syntheticUser: user, syntheticPassword: password } = ACCOUNTS.production;
  const load = await spawnLoad({ ...OFFERED, baseUrl, hostname: contender.hostname, user, password });
  try {
    let before = await load.stats();
    while (before.sent < WARM_UP) {
      await delay(POLL);
      before = await load.stats();
    }
    await contender.release();
    const deadline = Date.now() + GIVEN_UP_AFTER;
    for (;;) {
      const over = await contender.isOver();
      const last = Math.max(...newcomers(await load.stats(), before).map(({ lastAt }) => lastAt));
      if (over && Date.now() - last > QUIET) return costOf(await load.stop(), before);
      if (Date.now() > deadline)
        throw new Error(`${contender.name} has not taken it back in ${GIVEN_UP_AFTER / 60_000} min`);
      await delay(POLL);
    }
  } finally {
    await load.stop();
  }
}
