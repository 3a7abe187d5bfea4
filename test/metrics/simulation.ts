import fc from "fast-check";
import {
  asOfNow,
  COUNTED_WITHIN,
  NO_OWN_REQUESTS,
  newRecorder,
  type OwnRequests,
  withBegun,
  withBurst,
} from "../../infra/metrics/own-requests.ts";
import type { Reading, RequestCount } from "../../infra/metrics/reading.ts";

/** What may happen to a Gateway of several processes, its users and us. Times in milliseconds. */
export type Happening = { after: number } & (
  | { what: "user"; release: string; process: number; failed: boolean }
  /** `counted` after its answer came: 0 to 1 of the time in which that may be */
  | { what: "own"; release: string; process: number; lasts: number; counted: number; outcome: "known" | "unclear" }
  | { what: "killed" }
  | { what: "restart"; process: number }
  | { what: "leaves" | "comes"; process: number }
  /** processes that this scrape misses */
  | { what: "scrape"; missing: readonly number[]; takes: number }
);

const PROCESSES = 3;

export function happenings(releases: readonly string[], users: "some" | "none"): fc.Arbitrary<Happening[]> {
  const after = fc.oneof(fc.nat(40), fc.nat(900), fc.nat(20_000));
  const process = fc.nat(PROCESSES - 1);
  const release = fc.constantFrom(...releases);
  const user = fc.record({ what: fc.constant("user" as const), after, release, process, failed: fc.boolean() });
  const own = fc.record({
    what: fc.constant("own" as const),
    after,
    release,
    process,
    lasts: fc.nat(3_000),
    counted: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    outcome: fc.oneof({ weight: 12, arbitrary: fc.constant("known" as const) }, fc.constant("unclear" as const)),
  });
  const scrape = fc.record({
    what: fc.constant("scrape" as const),
    after,
    missing: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, fc.array(process, { maxLength: 2 })),
    takes: fc.nat(200),
  });
  const seldom = fc.oneof(
    fc.record({ what: fc.constant("killed" as const), after }),
    fc.record({ what: fc.constantFrom("restart" as const, "leaves" as const, "comes" as const), after, process }),
  );
  const all = [
    ...(users === "some" ? [{ weight: 12, arbitrary: user }] : []),
    { weight: 6, arbitrary: own },
    { weight: 10, arbitrary: scrape },
    { weight: 1, arbitrary: seldom },
  ];
  return fc.array(fc.oneof(...all), { minLength: 10, maxLength: 120 });
}

interface Process {
  /** Tells it from every other. */
  since: number;
  counts: Map<string, RequestCount>;
}

/** A look: what a scrape showed, what was written down of our own requests by then, and what users had really sent. */
export interface Looked {
  readings: readonly Reading[];
  own: OwnRequests;
  /** By process, then by release, until the reading was taken. */
  users: ReadonlyMap<string, ReadonlyMap<string, RequestCount>>;
}

const nameOf = (index: number, { since }: Process) => `gateway-${index} since ${since}`;

/** What an event yet to come does, at its time. */
type Later = { at: number; act: () => void };

/** Plays what happens, and gives what each scrape would show of it. */
export function play(all: readonly Happening[], look: (looked: Looked) => void): void {
  let now = 0;
  let own: OwnRequests = NO_OWN_REQUESTS;
  let recorder = newRecorder(() => now);
  let underWay = 0;
  let begun = 0;
  const processes: (Process | null)[] = Array.from({ length: PROCESSES }, () => ({ since: 0, counts: new Map() }));
  const users = new Map<string, Map<string, RequestCount>>();
  let later: Later[] = [];
  const add = (counts: Map<string, RequestCount>, release: string, failed: boolean) => {
    const { requests, errors } = counts.get(release) ?? { requests: 0, errors: 0 };
    counts.set(release, { requests: requests + 1, errors: errors + (failed ? 1 : 0) });
  };
  const pass = (until: number) => {
    for (;;) {
      const next = later.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
      if (next === undefined) break;
      later = later.filter((one) => one !== next);
      now = next.at;
      next.act();
    }
    now = until;
  };
  const write = () => {
    const burst = recorder.take();
    if (burst !== null) own = withBurst(own, burst);
    else own = { ...own, openSince: null };
  };
  for (const one of all) {
    pass(now + one.after);
    switch (one.what) {
      case "user": {
        const process = processes[one.process];
        if (process === null || process === undefined) break;
        add(process.counts, one.release, one.failed);
        const name = nameOf(one.process, process);
        const sent = users.get(name) ?? new Map<string, RequestCount>();
        users.set(name, sent);
        add(sent, one.release, one.failed);
        break;
      }
      case "own": {
        if (underWay === 0) own = withBegun(own, now);
        underWay += 1;
        const sender = recorder;
        const ended = sender.sent("other");
        const { release, outcome } = one;
        const end = now + one.lasts;
        later.push({
          at: now + Math.min(one.counted * (one.lasts + COUNTED_WITHIN), one.lasts + COUNTED_WITHIN - 1),
          act: () => {
            const process = processes[one.process];
            if (process !== null && process !== undefined) add(process.counts, release, false);
          },
        });
        const lost = processes[one.process] === null;
        later.push({
          at: end,
          act: () => {
            if (sender !== recorder) return;
            ended(outcome === "known" && !lost ? { release, status: 200 } : { release: null, status: null });
            underWay -= 1;
            if (underWay === 0) write();
          },
        });
        break;
      }
      case "killed":
        // The next runner finds that sending was begun and never ended.
        recorder = newRecorder(() => now);
        underWay = 0;
        break;
      case "restart":
      case "comes":
        if (one.what === "restart" || processes[one.process] === null) {
          begun += 1;
          processes[one.process] = { since: begun, counts: new Map() };
        }
        break;
      case "leaves":
        processes[one.process] = null;
        break;
      case "scrape": {
        const from = now;
        pass(now + one.takes);
        const shown = processes.flatMap((process, index) =>
          process === null || one.missing.includes(index) ? [] : [{ process, name: nameOf(index, process), index }],
        );
        const requests = shown.flatMap(({ process, name, index }) =>
          [...process.counts].flatMap(([release, { requests, errors }]) => [
            { key: `${index} ${release} 200`, target: name, release, code: "200", value: requests - errors },
            { key: `${index} ${release} 500`, target: name, release, code: "500", value: errors },
          ]),
        );
        const reading: Reading = {
          from,
          to: now,
          targets: shown.map(({ name }) => name),
          requests,
          buckets: [],
          counted: "all",
        };
        look({ readings: [reading], own: asOfNow(own, recorder), users: structuredClone(users) });
      }
    }
  }
}
