import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LeaseObject, StoredLease } from "../../infra/clients/kubernetes-leases.ts";
import { identityOf } from "../../infra/domain/service-lease.ts";
import { claim } from "../../infra/records/file-claims.ts";
import type { Holder } from "../../infra/records/lease.ts";
import { standForElection } from "../../infra/service/leadership.ts";
import { eventually } from "../sandbox/cluster-world.ts";

/** Time is the test's own: only the looks at the Lease follow one another as fast as they can. */
const A_WHILE = 500;
const TERMS = { duration: 9_000, renewWithin: 6_000, every: 2 };

const holder = (pod: string): Holder => ({
  host: `runbooks-7d9f-${pod}`,
  pid: 1,
  startTime: "boot/42",
  change: "CHG-2026-11-22-001",
  at: new Date().toISOString(),
});

/** Services on one Lease, each of which can be killed or asked to end, and a clock that the test moves. */
function services() {
  let stored: StoredLease | null = null;
  let versions = 0;
  let now = 0;
  const start = (pod: string) => {
    const seen = { leader: null as string | null, ledBefore: null as readonly string[] | null };
    const end = new AbortController();
    let isDead = false;
    /** What is killed gets no answer any more, and gives nothing back. */
    const answered = <T>(answer: T): Promise<T> => (isDead ? new Promise(() => undefined) : Promise.resolve(answer));
    const lease: LeaseObject = {
      read: () => answered(stored),
      write(record, version) {
        if (isDead || (stored?.version ?? null) !== version) return answered(null);
        versions += 1;
        stored = { record, version: String(versions) };
        return answered(stored);
      },
    };
    const identity = identityOf(holder(pod));
    const ended = standForElection(
      {
        lease,
        candidate: () => ({ identity, annotations: {} }),
        terms: TERMS,
        clock: () => now,
        leaderIs(leader) {
          seen.leader = leader;
        },
        async work({ signal, ledBefore }) {
          seen.ledBefore = ledBefore;
          if (!signal.aborted) await once(signal, "abort");
        },
      },
      end.signal,
    );
    return {
      identity,
      seen,
      follows: (leader: string) => eventually(`that ${leader} is seen`, () => seen.leader === leader || undefined),
      kill() {
        isDead = true;
      },
      async stop() {
        end.abort();
        await ended;
      },
    };
  };
  /** Lets time pass until one of them leads. */
  const oneLeads = (...some: readonly ReturnType<typeof start>[]) =>
    eventually("a leader", () => {
      now += A_WHILE;
      return some.find(({ seen }) => seen.ledBefore !== null);
    });
  return { start, oneLeads };
}

describe("who leads", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "leadership-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("takes a stack's lease over at once from whoever led before, also where a second one was killed before it had it", async () => {
    const { start, oneLeads } = services();
    const first = await oneLeads(start("a"));
    assert.ok((await claim(folder, holder("a"))).held);
    const [second, third] = [start("b"), start("c")];
    await Promise.all([second.follows(first.identity), third.follows(first.identity)]);
    first.kill();
    const next = await oneLeads(second, third);
    assert.deepEqual(next.seen.ledBefore, [first.identity]);
    const last = next === second ? third : second;
    await last.follows(next.identity);
    next.kill();
    await oneLeads(last);
    const named = last.seen.ledBefore ?? [];
    assert.deepEqual(named, [first.identity, next.identity]);
    const own = holder("d");
    assert.equal((await claim(folder, own)).held, false, "by its silence alone it is held for five minutes");
    assert.ok((await claim(folder, own, (one) => named.includes(identityOf(one)))).held);
    await last.stop();
  });

  it("knows of one that has given its leadership back too: a store that was away may have kept its lease", async () => {
    const { start, oneLeads } = services();
    const first = await oneLeads(start("a"));
    const second = start("b");
    await second.follows(first.identity);
    await first.stop();
    assert.deepEqual((await oneLeads(second)).seen.ledBefore, [first.identity]);
    await second.stop();
  });
});
