import assert from "node:assert/strict";
import fc from "fast-check";
import { countsFrom, type Reported } from "../../infra/clients/pod-reports.ts";
import { fingerprintOf } from "../../infra/issuers/fingerprint.ts";
import { type Counted, joined, lookAtKey } from "../../infra/issuers/key-counting.ts";

const [KEY, RELEASE, NAME] = ["k".repeat(32), "r1", "SESSION_SECRET"];
const fingerprint = fingerprintOf({ release: RELEASE, name: NAME, value: KEY });
const PAUSE = 5;

/** A pod that lives from one time until another, and verifies sessions with the key at some. */
interface Life {
  from: number;
  until: number;
  uses: readonly number[];
}

const reportOf = ({ from, uses }: Life, at: number): Reported => {
  const counted = uses.filter((use) => use >= from && use <= at);
  const lastAt = counted.length === 0 ? null : Math.max(...counted);
  const verifications = [{ fingerprint, count: counted.length, lastAt }];
  return {
    pod: `pod-${from}`,
    release: RELEASE,
    countsFrom: from,
    report: { credentials: { [NAME]: [fingerprint] }, verifications },
  };
};

const alive = ({ from, until }: Life, at: number) => from <= at && at < until;

/** What is known after readings at some times. */
function known(lives: readonly Life[], readings: readonly number[]): Counted | null {
  return readings.reduce<Counted | null>((before, at) => {
    const said = lives.filter((life) => alive(life, at)).map((life) => reportOf(life, at));
    return joined(before, lookAtKey(said, KEY, at), PAUSE);
  }, null);
}

const life = fc
  .tuple(fc.nat(100), fc.integer({ min: 1, max: 60 }), fc.array(fc.nat(160), { maxLength: 3 }))
  .map(([from, length, uses]): Life => {
    const until = from + length;
    return { from, until, uses: uses.filter((use) => use >= from && use < until) };
  });
const readingTimes = fc
  .uniqueArray(fc.nat(120), { minLength: 1, maxLength: 30 })
  .map((times) => times.toSorted((a, b) => a - b));

describe("what is known of a signing key's verifications", () => {
  it("reaches back only over times at which a pod counted that was read later, but for gaps of a pause", () => {
    fc.assert(
      fc.property(fc.array(life, { maxLength: 8 }), readingTimes, (lives, readings) => {
        const counted = known(lives, readings);
        if (counted === null) return;
        const readLater = (at: number) =>
          lives.some((one) => one.from <= at && readings.some((reading) => reading >= at && alive(one, reading)));
        let uncounted = 0;
        for (let at = counted.from; at <= counted.until; at += 1) {
          uncounted = readLater(at) ? 0 : uncounted + 1;
          assert.ok(uncounted <= PAUSE, `${at} of ${counted.from} to ${counted.until}`);
        }
      }),
      { seed: 20261128 },
    );
  });

  it("has the last use that any reading has shown", () => {
    fc.assert(
      fc.property(fc.array(life, { maxLength: 8 }), readingTimes, (lives, readings) => {
        const shown = readings.flatMap((at) =>
          lives.filter((one) => alive(one, at)).flatMap(({ uses }) => uses.filter((use) => use <= at)),
        );
        const lastAt = known(lives, readings)?.lastAt ?? null;
        assert.equal(lastAt, shown.length === 0 ? null : Math.max(...shown));
      }),
      { seed: 20261128 },
    );
  });

  it("isn't reached back over by pods that keep the key no more, or can't be asked", () => {
    const old = { ...reportOf({ from: 0, until: 100, uses: [] }, 50), release: "another" };
    const mute: Reported = { pod: "mute", release: RELEASE, countsFrom: 0, trouble: "no answer" };
    assert.equal(lookAtKey([old, mute], KEY, 50), null);
    assert.equal(lookAtKey([], KEY, 50), null);
    const young = reportOf({ from: 40, until: 100, uses: [] }, 50);
    assert.deepEqual(lookAtKey([old, mute, young], KEY, 50), { from: 40, until: 50, lastAt: null });
  });
});

describe("since when a pod has counted", () => {
  const container = (restarts: number, finishedAt: number | null) => ({
    name: "app",
    restarts,
    waiting: null,
    last: finishedAt === null ? null : { reason: "Error", exitCode: 1, finishedAt },
  });

  it("is its creation, or the end of what ran in it before; now, where nothing tells of that", () => {
    assert.equal(countsFrom({ createdAt: 10, containers: [] }, 99), 10);
    assert.equal(countsFrom({ createdAt: 10, containers: [container(0, null)] }, 99), 10);
    assert.equal(countsFrom({ createdAt: 10, containers: [container(2, 50), container(0, null)] }, 99), 50);
    assert.equal(countsFrom({ createdAt: 10, containers: [container(1, null)] }, 99), 99);
  });
});
