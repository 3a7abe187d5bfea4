import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Json } from "../../infra/domain/json.ts";
import type { JudgedPod } from "../../infra/gates/gate.ts";
import { GATES, type Verdict } from "../../infra/gates/index.ts";
import { CANARY, contextFor, STABLE } from "./observe.ts";

const gate = GATES.pods;
const SINCE = 1_700_000_000_000;
const SECOND = 1_000;

interface PodParts extends Partial<JudgedPod> {
  restarts?: number;
  waiting?: string | null;
  last?: JudgedPod["containers"][number]["last"];
}

/** A pod of the canary that came with the step and is well. */
function pod(name: string, { restarts = 0, waiting = null, last = null, ...parts }: PodParts = {}): JudgedPod {
  return {
    name,
    release: CANARY,
    job: null,
    createdAt: SINCE,
    ready: true,
    leaving: false,
    readyChangedAt: SINCE + SECOND,
    containers: [{ name: "app", restarts, waiting, last }],
    ...parts,
  };
}

const ended = (second: number, reason = "Error", exitCode = 1) => ({
  reason,
  exitCode,
  finishedAt: SINCE + second * SECOND,
});

async function look(all: readonly (readonly JudgedPod[])[], before: Json = null) {
  const verdicts: Verdict[] = [];
  let memory = before;
  for (const pods of all) {
    const context = {
      ...contextFor({ url: "http://127.0.0.1:1", stable: STABLE, memory }),
      pods: async () => pods,
      since: SINCE,
    };
    const seen = await gate.observe(context);
    memory = JSON.parse(JSON.stringify(seen.memory));
    verdicts.push(seen.verdict);
  }
  return { verdicts, memory, last: verdicts.at(-1) ?? assert.fail() };
}

const answers = async (...all: (readonly JudgedPod[])[]) => (await look(all)).verdicts.map(({ answer }) => answer);

describe("the gate of the pods", () => {
  it("passes while the pods are well, and says how many there are", async () => {
    const { last } = await look([[pod("a"), pod("b")]]);
    assert.equal(last.answer, "pass");
    assert.equal(last.summary, "2 pods, no restart");
  });

  it("fails a crash loop at its first look", async () => {
    const { last } = await look([
      [pod("a"), pod("b", { restarts: 2, waiting: "CrashLoopBackOff", last: ended(5), ready: false })],
    ]);
    assert.equal(last.answer, "fail");
    assert.match(last.summary, /b crashes again and again \(b: Error, exit 1\)/);
    assert.partialDeepStrictEqual(last.evidence, { crashLooping: ["b"], restarts: 2 });
  });

  it("fails a kill for memory, once", async () => {
    const { last } = await look([[pod("a")], [pod("a", { restarts: 1, last: ended(30, "OOMKilled", 137) })]]);
    assert.equal(last.answer, "fail");
    assert.match(last.summary, /killed for memory \(a: OOMKilled, exit 137\): raise application\.memory/);
  });

  it("takes an exit with 0 for a restart too, and one restart for its node's doing", async () => {
    const all = [0, 1, 2].map((restarts) => [
      pod("a", { restarts, last: restarts === 0 ? null : ended(30 * restarts, "Completed", 0) }),
    ]);
    const { verdicts } = await look(all);
    assert.deepEqual(
      verdicts.map(({ answer }) => answer),
      ["pass", "pass", "fail"],
    );
    assert.match(verdicts[1]?.summary ?? "", /1 restart \(a: Completed, exit 0\)/);
    assert.match(verdicts[2]?.summary ?? "", /2 restarts since the step began, 1 are allowed/);
  });

  it("counts of an old pod only what came since the step began", async () => {
    const old = { createdAt: SINCE - 3_600 * SECOND };
    assert.deepEqual(await answers([pod("a", { ...old, restarts: 40, last: ended(-60, "OOMKilled", 137) })]), ["pass"]);
    assert.deepEqual(await answers([pod("a", { ...old, restarts: 40, last: ended(2, "OOMKilled", 137) })]), ["fail"]);
  });

  it("doesn't blame the release for what ends the other's pods as often", async () => {
    const other = (restarts: number) => pod("s", { release: STABLE, restarts });
    const { last } = await look([
      [pod("a"), other(0)],
      [pod("a", { restarts: 2, last: ended(9) }), other(2)],
    ]);
    assert.equal(last.answer, "hold");
    assert.match(last.summary, /restarts as often/);
    const alone = await look([
      [pod("a"), other(0), other(0)],
      [pod("a", { restarts: 2, last: ended(9) }), other(1)],
    ]);
    assert.equal(alone.last.answer, "fail");
  });

  describe("where pods lose their readiness", () => {
    /** So many pods of a release at a second: since when they are ready, or aren't. */
    const pods = (release: string, count: number, ready: boolean, second: number) =>
      Array.from({ length: count }, (_, index) =>
        pod(`${release}-${index}`, { release, ready, readyChangedAt: SINCE + second * SECOND }),
      );
    const both = (ready: boolean, second: number, own = 6, others = 6) => [
      ...pods(CANARY, own, ready, second),
      ...pods(STABLE, others, ready, second),
    ];

    it("holds while those of both releases do, and passes once all are ready again", async () => {
      const { verdicts } = await look([both(true, 1), both(false, 30), both(true, 45), both(true, 45)]);
      assert.deepEqual(
        verdicts.map(({ answer }) => answer),
        ["pass", "hold", "pass", "pass"],
      );
      assert.match(
        verdicts[1]?.summary ?? "",
        /no longer ready; pods lost their readiness 6 times since the step began/,
      );
      assert.match(verdicts[2]?.summary ?? "", /no restart; .*, and those of r5table001 6 times$/);
      assert.partialDeepStrictEqual(verdicts[2]?.evidence, { lostReadiness: 6, stable: { pods: 6, lostReadiness: 6 } });
    });

    it("holds where all lost it and had it back between two looks, and passes at the next look", async () => {
      assert.deepEqual(await answers(both(true, 1), both(true, 30), both(true, 30)), ["pass", "hold", "pass"]);
    });

    it("compares by the pod where there are fewer of the other release", async () => {
      assert.deepEqual(await answers(both(true, 1, 12, 2), both(false, 30, 12, 2), both(true, 45, 12, 2)), [
        "pass",
        "hold",
        "pass",
      ]);
    });

    it("gives the other release's probes a look's time to show it, too", async () => {
      const early = [...pods(CANARY, 6, false, 30), ...pods(STABLE, 6, true, 1)];
      const later = [...pods(CANARY, 6, false, 30), ...pods(STABLE, 6, false, 31)];
      const { verdicts } = await look([both(true, 1), early, later, both(true, 45)]);
      assert.deepEqual(
        verdicts.map(({ answer }) => answer),
        ["pass", "hold", "hold", "pass"],
      );
      assert.match(verdicts[1]?.summary ?? "", /the next look shows whether r5table001's lose theirs too/);
    });

    it("fails where those of the judged release alone do", async () => {
      const alone = (ready: boolean, second: number) => [
        ...pods(CANARY, 6, ready, second),
        ...pods(STABLE, 6, true, 1),
      ];
      const { last } = await look([alone(true, 1), alone(false, 30), alone(false, 30)]);
      assert.equal(last.answer, "fail");
      assert.match(last.summary, /lost their readiness 6 times/);
      assert.deepEqual(await answers(alone(true, 1), alone(true, 30), alone(true, 40)), ["pass", "hold", "fail"]);
    });

    it("fails where they do so more and more often than the other release's", async () => {
      const outage = [both(true, 1), both(false, 30), both(true, 45)];
      const after = [50, 60].map((second) => [...pods(CANARY, 6, true, second), ...pods(STABLE, 6, true, 45)]);
      assert.deepEqual(await answers(...outage, ...after), ["pass", "hold", "pass", "hold", "fail"]);
    });

    it("lets each pod lose it once where there is no other release", async () => {
      const own = (ready: boolean, second: number) => pods(CANARY, 6, ready, second);
      assert.deepEqual(await answers(own(true, 1), own(false, 30), own(true, 45)), ["pass", "hold", "pass"]);
      assert.deepEqual(await answers(own(true, 1), own(true, 30), own(true, 60)), ["pass", "pass", "fail"]);
    });

    it("never blames a release whose pods do nothing but what the other's do at the same look", async () => {
      const second = fc.nat(3);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.array(second, { maxLength: 12 }), async (count, steps) => {
          let now = 1;
          const all = steps.map((more, index) => {
            now += more;
            return both(index % 2 === 1 && more > 0, now, count, count);
          });
          const { verdicts } = await look([both(true, 1, count, count), ...all]);
          assert.ok(!verdicts.some(({ answer }) => answer === "fail"));
        }),
        { seed: 20_261_128, numRuns: 200 },
      );
    });

    it("takes up a record of before, which doesn't say what the other release's pods did", async () => {
      const { memory } = await look([both(true, 1)]);
      const { unreadyBefore, stableUnready, troubled, ...before } = Object(memory);
      assert.deepEqual([unreadyBefore, stableUnready, troubled], [0, 0, false]);
      const { verdicts } = await look([both(false, 30), both(true, 45)], before);
      assert.deepEqual(
        verdicts.map(({ answer, evidence }) => [answer, evidence.lostReadiness]),
        [
          ["hold", 6],
          ["pass", 6],
        ],
      );
    });
  });

  it("passes again once what ended both releases' pods is over", async () => {
    const other = (restarts: number) => pod("s", { release: STABLE, restarts });
    const ends = [pod("a", { restarts: 2, last: ended(9) }), other(2)];
    const { verdicts, last } = await look([[pod("a"), other(0)], ends, ends]);
    assert.deepEqual(
      verdicts.map(({ answer }) => answer),
      ["pass", "hold", "pass"],
    );
    assert.match(last.summary, /restarts as often/);
  });

  it("holds while a pod that was ready is not, and fails where that comes again and again", async () => {
    const at = (second: number, ready: boolean) => [pod("a", { ready, readyChangedAt: SINCE + second * SECOND })];
    const said = await answers(at(1, true), at(10, false), at(10, false), at(12, true), at(20, false), at(22, true));
    assert.deepEqual(said, ["pass", "hold", "hold", "pass", "hold", "pass"]);
    const between = await look([at(1, true), at(5, true), at(9, true), at(13, true), at(17, true)]);
    assert.equal(between.last.answer, "fail");
    assert.match(between.last.summary, /lost their readiness 4 times/);
  });

  it("leaves out pods that start, that are told to end, and those of Jobs and other releases", async () => {
    const failing = { restarts: 9, waiting: "CrashLoopBackOff", last: ended(5) };
    const others = [
      pod("b", { ready: false, readyChangedAt: SINCE }),
      pod("c", { ...failing, leaving: true }),
      pod("d", { ...failing, job: "app-up" }),
      pod("e", { ...failing, release: "rother0000" }),
    ];
    assert.deepEqual(await answers([pod("a"), ...others]), ["pass"]);
  });

  it("holds where there is no pod, and where the cluster can't be read", async () => {
    assert.deepEqual(await answers([]), ["hold"]);
    const seen = await gate.observe(contextFor({ url: "http://127.0.0.1:1" }));
    assert.deepEqual([seen.verdict.answer, seen.verdict.summary], ["hold", "no cluster here"]);
  });

  it("carries what it knows of each pod into the next step, where counting begins anew", async () => {
    const once = [pod("a", { restarts: 1, last: ended(9) })];
    const { memory } = await look([[pod("a")], once]);
    const next = await look([once, [pod("a", { restarts: 2, last: ended(60) })]], gate.forNextStep?.(memory) ?? null);
    assert.deepEqual(
      next.verdicts.map(({ answer, evidence }) => [answer, evidence.restarts]),
      [
        ["pass", 0],
        ["pass", 1],
      ],
    );
    assert.equal(gate.forNextStep?.("gibberish"), null);
  });

  it("counts every restart once, however often one looks", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2), { minLength: 1, maxLength: 12 }), async (steps) => {
        let restarts = 0;
        const all = steps.map((more) => {
          restarts += more;
          return [pod("a", { restarts, last: restarts === 0 ? null : ended(restarts) })];
        });
        const { last } = await look([[pod("a")], ...all]);
        assert.equal(last.evidence.restarts, restarts);
      }),
      { seed: 20_261_127, numRuns: 200 },
    );
  });
});
