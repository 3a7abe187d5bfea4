import assert from "node:assert/strict";
import { badInput } from "../../../infra/errors.ts";
import type { LogLine } from "../../../infra/service/log.ts";
import { openRotations, type Rotating, type RotationSession } from "../../../infra/service/rotations/loop.ts";
import { newWake, type Wake } from "../../../infra/service/rotations/wake.ts";
import { eventually } from "../../sandbox/cluster-world.ts";
import { rotationWorld, setClock } from "./world.ts";

const DUE = "2027-02-21T12:00:00.000Z";

/** The loop of a service on a stack, woken by the test. */
function looping(world: ReturnType<typeof rotationWorld>, name: string, more: Partial<Rotating> = {}) {
  const [lines, plain, end] = [[] as LogLine[], newWake(), new AbortController()];
  let [looks, opened] = [0, 0];
  const open = async () => {
    opened += 1;
    return world.get(name).session();
  };
  const wake: Wake = {
    ...plain,
    sleep(...asked) {
      looks += 1;
      return plain.sleep(...asked);
    },
  };
  const sessionOf = async (other: string) => world.get(other).session();
  const log = (line: LogLine) => void lines.push(line);
  const rotating = { stack: name, open, others: world.others, sessionOf, wake, log, ...more };
  const ended = openRotations(rotating, end.signal);
  return {
    lines,
    /** how often it has read the settings anew */
    opened: () => opened,
    async looksAgain() {
      await eventually("the first look", () => looks > 0 || undefined);
      const before = looks;
      wake.ring();
      await eventually("another look", () => looks > before || undefined);
    },
    async ends() {
      end.abort();
      await ended;
    },
  };
}

describe("a service that looks for what is due", function () {
  this.timeout(30_000);

  it("says once what needs a person, in its log and to the channels, however often it looks", async () => {
    const clock = setClock(DUE);
    const world = rotationWorld(clock, { staging: { rotation: { auto: ["AFM_KEY"] } } });
    const { lines, looksAgain, opened, ends } = looping(world, "staging");
    await looksAgain();
    clock.set("2027-02-21T14:00:00.000Z");
    await looksAgain();
    await ends();
    assert.equal(opened(), 2, "the stack is asked again after an hour, and not before");
    const asked = lines.filter(({ message }) => /a person is needed/.test(message));
    assert.equal(asked.length, 1);
    const { told } = world.get("staging");
    assert.deepEqual(
      told.map(({ type, change, stack }) => [type, change, stack]),
      [["rotation-due", null, "staging"]],
    );
    assert.match(told[0]?.key ?? "", /^staging\/rotation-due\/AFM_KEY\/g1\//);
  });

  it("tells the channels again at the next look where none could be reached, and says once in its log that a person is needed", async () => {
    const clock = setClock(DUE);
    const world = rotationWorld(clock, { staging: { rotation: { auto: ["AFM_KEY"] } } });
    const { told } = world.get("staging");
    const open = async (): Promise<RotationSession> => ({
      ...world.get("staging").session(),
      announce: async (message) => {
        told.push(message);
        const delivered = told.length < 3 ? "no" : "yes";
        return [{ channel: "slack", delivered, detail: "answered 500", tries: 3 }];
      },
    });
    const { lines, looksAgain, ends } = looping(world, "staging", { open });
    for (let looks = 0; looks < 5; looks += 1) await looksAgain();
    await ends();
    assert.equal(told.length, 3);
    assert.equal(lines.filter(({ message }) => /a person is needed/.test(message)).length, 1);
    assert.equal(lines.filter(({ message }) => message === "not everybody was told").length, 2);
  });

  it("opens what is due at the look after a change has ended, and says so with the change", async () => {
    const clock = setClock("2026-12-01T12:00:00.000Z");
    const world = rotationWorld(clock, { staging: { rotation: { auto: ["REDIS_URL"] } } });
    const { lines, looksAgain, ends } = looping(world, "staging");
    await looksAgain();
    assert.equal(await world.planned("staging"), 0);
    clock.set(DUE);
    await looksAgain();
    await ends();
    assert.equal(await world.planned("staging"), 1);
    const opened = lines.find(({ message }) => /is opened by the service/.test(message));
    assert.match(opened?.change ?? "", /^CHG-/);
  });

  it("goes on looking after a look that failed", async () => {
    const world = rotationWorld(setClock(DUE), { staging: { rotation: { auto: ["REDIS_URL"] } } });
    let isAway = true;
    const open = async () => {
      if (isAway) throw badInput("the stack file can't be read");
      return world.get("staging").session();
    };
    const { lines, ends } = looping(world, "staging", { open });
    const waked = newWake();
    await ends();
    assert.equal(lines[0]?.problems?.[0], "the stack file can't be read");
    isAway = false;
    const again = looping(world, "staging", { open, wake: waked });
    await eventually("the opening", async () => (await world.planned("staging")) === 1 || undefined);
    await again.ends();
  });
});

describe("a wake", () => {
  it("lets nobody sleep through what happened during a look", async () => {
    const wake = newWake();
    const heard = wake.rung();
    wake.ring();
    await wake.sleep(60_000, heard, new AbortController().signal);
  });

  it("lets go at the signal, and keeps nothing of it", async () => {
    const [wake, end] = [newWake(), new AbortController()];
    const sleeping = wake.sleep(60_000, wake.rung(), end.signal);
    end.abort();
    await sleeping;
    await wake.sleep(60_000, wake.rung(), end.signal);
  });
});
