import assert from "node:assert/strict";
import fc from "fast-check";
import { countsFrom, type Reported } from "../../infra/clients/pod-reports.ts";
import { fingerprintOf } from "../../infra/issuers/fingerprint.ts";
import { type Counted, countedSchema, lookedAgain } from "../../infra/issuers/key-counting.ts";

const [KEY, RELEASE, NAME] = ["k".repeat(32), "r1", "SESSION_SECRET"];
const fingerprint = fingerprintOf({ release: RELEASE, name: NAME, value: KEY });
const ACCEPTED = 5;

/** A container that lives from one time until another, verifies sessions with the key at some times, and can't be asked at others. */
interface Life {
  pod: string;
  from: number;
  until: number;
  uses: readonly number[];
  silent: readonly number[];
}

const lifeOf = (pod: string, from: number, until: number, uses: readonly number[] = []): Life => {
  return { pod, from, until, uses: uses.filter((use) => use >= from && use < until), silent: [] };
};

const reportOf = ({ pod, from, uses, silent }: Life, at: number): Reported => {
  const known = { pod, release: RELEASE, countsFrom: from };
  if (silent.includes(at)) return { ...known, trouble: "no answer" };
  const counted = uses.filter((use) => use <= at);
  const lastAt = counted.length === 0 ? null : Math.max(...counted);
  const verifications = [{ fingerprint, count: counted.length, lastAt }];
  return { ...known, report: { credentials: { [NAME]: [fingerprint] }, verifications } };
};

const alive = ({ from, until }: Life, at: number) => from <= at && at < until;
const answers = (life: Life, at: number) => alive(life, at) && !life.silent.includes(at);

/** What is known after readings at some times. */
function known(lives: readonly Life[], readings: readonly number[], begun: Counted | null = null): Counted | null {
  return readings.reduce<Counted | null>((before, now) => {
    const said = lives.filter((life) => alive(life, now)).map((life) => reportOf(life, now));
    const counted = lookedAgain(before, said, KEY, { now, accepted: ACCEPTED });
    // As the record keeps it.
    return counted === null ? null : countedSchema.parse(JSON.parse(JSON.stringify(counted)));
  }, begun);
}

/** Pods, each of which is one container after another. */
const pods = fc
  .array(
    fc.record({
      from: fc.nat(100),
      lengths: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 3 }),
      uses: fc.array(fc.nat(160), { maxLength: 6 }),
      silent: fc.array(fc.nat(120), { maxLength: 20 }),
    }),
    { maxLength: 8 },
  )
  .map((all) =>
    all.flatMap(({ from, lengths, uses, silent }, index) => {
      let begins = from;
      return lengths.map((length): Life => {
        const life = lifeOf(`pod-${index}`, begins, begins + length, uses);
        begins += length;
        return { ...life, silent };
      });
    }),
  );
const readingTimes = fc
  .uniqueArray(fc.nat(120), { minLength: 1, maxLength: 30 })
  .map((times) => times.toSorted((a, b) => a - b));

describe("what is known of a signing key's verifications", () => {
  it("reaches back over no use of a pod that was there at a reading, but over those shortly before the pod's end", () => {
    fc.assert(
      fc.property(pods, readingTimes, (lives, readings) => {
        const counted = known(lives, readings);
        if (counted === null) return;
        const told = readings.filter((at) => lives.some((one) => answers(one, at)));
        const from = told[0] ?? assert.fail("something is known that no reading has shown");
        const last = readings.at(-1) ?? from;
        const ended = lives.filter((one) => one.until <= last && readings.some((at) => at >= from && alive(one, at)));
        for (const { pod, until, uses } of ended) {
          for (const use of uses.filter((at) => at >= counted.from && until - at > ACCEPTED)) {
            assert.ok(counted.lastAt !== null && counted.lastAt >= use, `${pod}'s at ${use}, since ${counted.from}`);
          }
        }
      }),
      { seed: 20261128, numRuns: 2_000 },
    );
  });

  it("reaches back as far as at the first look where the readings are in time, whichever pods are replaced", () => {
    fc.assert(
      fc.property(pods, fc.nat(60), (lives, first) => {
        const readings = Array.from({ length: 20 }, (_, index) => first + index * ACCEPTED);
        const talking = lives.map((one) => ({ ...one, silent: [] }));
        const begun = readings.find((at) => talking.some((one) => answers(one, at)));
        const starts = talking.flatMap((one) => (begun !== undefined && answers(one, begun) ? [one.from] : []));
        assert.equal(known(talking, readings)?.from, begun === undefined ? undefined : Math.max(...starts));
      }),
      { seed: 20261128 },
    );
  });

  it("has the last use that any reading has shown", () => {
    fc.assert(
      fc.property(pods, readingTimes, (lives, readings) => {
        const shown = readings.flatMap((at) =>
          lives.filter((one) => answers(one, at)).flatMap(({ uses }) => uses.filter((use) => use <= at)),
        );
        const lastAt = known(lives, readings)?.lastAt ?? null;
        assert.equal(lastAt, shown.length === 0 ? null : Math.max(...shown));
      }),
      { seed: 20261128 },
    );
  });

  it("begins anew where one pod of several outlived a gap between two readings", () => {
    const old = lifeOf("old", 0, 100);
    const replaced = [1, 2, 3, 4, 5].map((index) => lifeOf(`before-${index}`, 0, 47, [40]));
    const young = [1, 2, 3, 4, 5].map((index) => lifeOf(`after-${index}`, 47, 100));
    const lives = [old, ...replaced, ...young];
    assert.equal(known(lives, [48])?.from, 47, "the one look that there was");
    assert.equal(known(lives, [0, 48])?.from, 48, "those that ended may have verified until then");
    assert.equal(known(lives, [0, 46, 48])?.from, 0);
    assert.equal(known([old], [0, 48])?.from, 0, "a gap with the same pod before and after it");
  });

  it("begins anew where a container was started again in such a gap, and not where the pod couldn't be asked for a while", () => {
    const again = [lifeOf("pod", 0, 30, [20]), lifeOf("pod", 30, 100)];
    assert.equal(known(again, [10, 40])?.from, 30);
    assert.equal(known(again, [28, 40])?.from, 0);
    const silent = { ...lifeOf("pod", 0, 100, [30]), silent: [20, 40] };
    const other = lifeOf("other", 0, 100);
    const told = (until: number, lastAt: number | null, readAt: number) => ({
      from: 0,
      until,
      lastAt,
      pods: [
        { pod: "pod", since: 0, readAt },
        { pod: "other", since: 0, readAt: until },
      ],
    });
    assert.deepEqual(
      [20, 40, 60].map((at) =>
        known(
          [silent, other],
          [10, 20, 40, 60].filter((one) => one <= at),
        ),
      ),
      [told(20, null, 10), told(40, null, 10), told(60, 30, 60)],
    );
    assert.equal(known([{ ...silent, until: 50 }, other], [10, 20, 40, 60])?.from, 60, "it ended unread");
  });

  it("goes on from a reading without pods, of an earlier version's record, where the next one follows in time", () => {
    const before = countedSchema.parse({ from: 0, until: 40, lastAt: 12 });
    const young = lifeOf("young", 38, 100);
    assert.deepEqual(known([young], [45], before), {
      from: 0,
      until: 45,
      lastAt: 12,
      pods: [{ pod: "young", since: 38, readAt: 45 }],
    });
    assert.deepEqual(known([young], [46], before), {
      from: 38,
      until: 46,
      lastAt: 12,
      pods: [{ pod: "young", since: 38, readAt: 46 }],
    });
  });

  it("begins anew where a pod ended that was there at a look and has never answered, unless it had only just started", () => {
    const whole = lifeOf("whole", 0, 100);
    const mute = { ...lifeOf("mute", 10, 60), silent: [20, 40] };
    assert.equal(known([whole, mute], [20, 40, 61])?.from, 61);
    assert.equal(known([whole, { ...mute, from: 38, until: 42 }], [20, 40, 43])?.from, 0);
    assert.equal(known([whole, { ...mute, until: 100 }], [20, 40, 60])?.from, 0, "it has answered in the end");
    assert.equal(known([{ ...mute, until: 100 }], [20, 40]), null, "nobody has");
  });

  it("isn't reached back over by pods that keep the key no more, or can't be asked", () => {
    const look = (...said: Reported[]) => lookedAgain(null, said, KEY, { now: 50, accepted: ACCEPTED });
    const old = { ...reportOf(lifeOf("old", 0, 100), 50), release: "another" };
    const mute: Reported = { pod: "mute", release: RELEASE, countsFrom: 0, trouble: "no answer" };
    assert.equal(look(old, mute), null);
    assert.equal(look(), null);
    const young = reportOf(lifeOf("young", 40, 100), 50);
    const pods = [
      { pod: "mute", since: 0, readAt: 0 },
      { pod: "young", since: 40, readAt: 50 },
    ];
    assert.deepEqual(look(old, mute, young), { from: 40, until: 50, lastAt: null, pods });
  });
});

describe("since when a pod has counted", () => {
  const container = (restarts: number, finishedAt: number | null) => ({
    name: "app",
    restarts,
    waiting: null,
    last: finishedAt === null ? null : { reason: "Error", exitCode: 1, finishedAt },
  });

  it("is its creation, or the end of what ran in it before; now, where nothing tells of that or nothing has run yet", () => {
    assert.equal(countsFrom({ phase: "Pending", createdAt: 10, containers: [] }, 99), 99);
    assert.equal(countsFrom({ phase: "Running", createdAt: 10, containers: [] }, 99), 10);
    assert.equal(countsFrom({ phase: "Running", createdAt: 10, containers: [container(0, null)] }, 99), 10);
    assert.equal(
      countsFrom({ phase: "Running", createdAt: 10, containers: [container(2, 50), container(0, null)] }, 99),
      50,
    );
    assert.equal(countsFrom({ phase: "Running", createdAt: 10, containers: [container(1, null)] }, 99), 99);
  });
});
