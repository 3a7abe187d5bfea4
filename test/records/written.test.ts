import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { decide } from "../../infra/change/decide.ts";
import { progressOf } from "../../infra/change/progress.ts";
import { hashOf } from "../../infra/domain/canonical-hash.ts";
import { type ReleaseState, stableRelease, stateHash, weightProblems } from "../../infra/domain/releases.ts";
import { rollbackTargets } from "../../infra/domain/rollback-targets.ts";
import { rotationAges } from "../../infra/domain/rotation-age.ts";
import { type ChangeEvent, EVENT_TYPES } from "../../infra/records/events.ts";
import { openStore } from "../../infra/records/open-store.ts";
import type { RecordStore } from "../../infra/records/store.ts";
import { writePages } from "../../infra/reports/pages.ts";
import { summaryOf } from "../../infra/reports/render/summary.ts";
import { decideIncident } from "../../infra/runbooks/incident/decide.ts";
import { situationOf } from "../../infra/runbooks/incident/situation.ts";
import { planOf } from "../../infra/runbooks/index.ts";
import { plannedIn } from "../../infra/runbooks/planned.ts";
import { systemClock } from "../../infra/runner/clock.ts";
import { reopenChange } from "../../infra/runner/opening/reopen.ts";
import { findOpenChange } from "../../infra/runner/resume.ts";
import { stateIn } from "../../infra/stack/stack.ts";
import { silent } from "../runner/world.ts";

/**
 * Records and stack outputs as the program wrote them at commit da1508f: those of CHG-2026-11-27 on the real engine, in the sandbox,
 * those of CHG-2026-11-22 by the runner on a stack in memory; what came later was added as it came. Folders and hosts were renamed in them, and the chain sealed again.
 * `expected.json` is what that program made of them. They are never written anew: what reads them has to go on reading them.
 */
const WRITTEN = join(import.meta.dirname, "../fixtures/written");

const expectedSchema = z.record(
  z.string(),
  z.object({
    runbook: z.string(),
    events: z.int(),
    /** what came next after each event since the plan */
    decisions: z.string(),
    /** hashes of release states, by their first digits */
    state: z.string().nullable(),
    restorePoint: z.string().nullable(),
    failure: z.string().nullable(),
    closed: z.object({ exit: z.int(), outcome: z.string() }).nullable(),
    approvals: z.array(z.string()),
    finished: z.array(z.string()),
    results: z.array(z.string()),
  }),
);
const expected = expectedSchema.parse(JSON.parse(await readFile(join(WRITTEN, "expected.json"), "utf8")));

/** A release state of then, as its identity was made. */
const stateAsWritten = z
  .looseObject({ migrations: z.array(z.looseObject({ id: z.string() })) })
  .transform((state) => ({ ...state, migrations: state.migrations.filter(({ id }) => id !== "") }));

const hashOrNull = (state: ReleaseState | null) => (state === null ? null : stateHash(state).slice(0, 12));

/** What comes next after the last of some events, a millisecond later. */
function nextAfter(change: string, events: readonly ChangeEvent[]): string[] {
  const input = plannedIn(events)?.data;
  if (input === undefined) return [];
  const plan = planOf(change, input);
  const progress = progressOf(events);
  const now = Date.parse(events.at(-1)?.at ?? "") + 1;
  if (input.runbook !== "incident" || progress.failure !== null || progress.closed !== null) {
    return [decide(plan, progress, now).kind];
  }
  const loggingEnds = (progress.state ?? plan.base).debugCopy?.until ?? null;
  return [decideIncident(situationOf(events), loggingEnds, input.limits, now).kind];
}

describe("what earlier versions of the program have written", () => {
  let folder: string;
  let store: RecordStore;
  const written = new Map<string, ChangeEvent[]>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "runbook-written-"));
    await cp(join(WRITTEN, "records"), folder, { recursive: true });
    store = await openStore(pathToFileURL(folder).href, { secrets: [] });
    for (const change of await store.list()) written.set(change, await store.read(change));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("has an event of every type that a runner writes", () => {
    const found = new Set([...written.values()].flat().map(({ type }) => type));
    assert.deepEqual(
      EVENT_TYPES.filter((type) => !found.has(type)),
      [],
      "write a record with such an event into test/fixtures/written/records, and what is made of it into expected.json",
    );
    assert.deepEqual([...written.keys()].sort(), Object.keys(expected).sort());
  });

  for (const [change, { runbook, events, decisions, ...folded }] of Object.entries(expected)) {
    describe(`${change}, a ${runbook}`, () => {
      it("has a whole chain", async () => {
        assert.deepEqual(await store.verify(change), []);
        assert.equal(written.get(change)?.length, events);
      });

      it("goes on from each of its events as it did", () => {
        const record = written.get(change) ?? [];
        const next = record.flatMap((_, index) => nextAfter(change, record.slice(0, index + 1)));
        assert.equal(next.join(" "), decisions);
      });

      it("comes to the same where the store has noted at each event that the clock had gone back", () => {
        const record = written.get(change) ?? [];
        const noted = record.map((event) => ({ ...event, data: { ...event.data, note: "the clock had gone back" } }));
        assert.deepEqual(progressOf(noted), progressOf(record));
        assert.deepEqual(plannedIn(noted)?.data, plannedIn(record)?.data);
        const known = plannedIn(record)?.data;
        if (known?.runbook === "incident") assert.deepEqual(situationOf(noted), situationOf(record));
      });

      it("comes to the same, with the same plan", async () => {
        const { journal, plan, differs } = await reopenChange(
          { store, clock: systemClock(1), reporter: silent, stack: { name: "staging" } },
          change,
        );
        assert.deepEqual([plan?.runbook, differs], [runbook, null]);
        const { state, restorePoint, failure, closed, approvals, finishedAt, results } = journal.progress();
        assert.deepEqual(
          {
            state: hashOrNull(state),
            restorePoint: hashOrNull(restorePoint),
            failure: failure?.reason ?? null,
            closed,
            approvals: approvals.map(({ by }) => by),
            finished: Object.keys(finishedAt),
            results: Object.keys(results),
          },
          folded,
        );
      });

      it("has its pages, which leave nothing untold", async () => {
        const record = written.get(change) ?? [];
        const { page } = await writePages(store, change, record);
        const [html, markdown] = await Promise.all([
          readFile(page, "utf8"),
          readFile(join(folder, change, "record.md"), "utf8"),
        ]);
        for (const text of [html, markdown]) {
          assert.ok(text.includes(change));
          assert.doesNotMatch(text, /undefined|\[object Object\]|NaN/);
        }
        const [first, last] = [record[0], record.at(-1)];
        assert.ok(first !== undefined && last !== undefined);
        assert.equal(summaryOf(first, last).runbook, runbook);
      });
    });
  }

  it("has the request to call a change off beside its record, and an index by stack", async () => {
    assert.equal((await store.askedToCallOff("CHG-2026-11-27-007"))?.reason, "users complain");
    assert.deepEqual(await store.ofStack("production"), ["CHG-2026-11-27-007"]);
  });
});

describe("what earlier versions of the program have exported from a stack", async () => {
  const files = await readdir(join(WRITTEN, "stacks"));

  for (const file of files) {
    it(`${file.replace(".json", "")}: is read, and kept as it is`, async () => {
      const printed = await readFile(join(WRITTEN, "stacks", file), "utf8");
      const state = stateIn("staging", printed);
      assert.ok(state);
      assert.deepEqual(weightProblems(state), []);
      const { releaseState } = z.object({ releaseState: stateAsWritten }).parse(JSON.parse(printed));
      assert.equal(stateHash(state), hashOf(releaseState), "its identity is the one of then");
      assert.ok(Array.isArray(rollbackTargets(state, stableRelease(state), [])));
      assert.ok(
        rotationAges(state.secrets, 90 * 86_400_000, Date.parse("2026-11-28T00:00:00Z")).REDIS_URL.ageDays <= 1,
      );
      const stack = { name: "production", state: async () => state };
      const store = { ofStack: async () => [], ends: () => assert.fail(), read: () => assert.fail() };
      assert.equal((await findOpenChange({ stack, store }))?.change ?? null, state.change?.id ?? null);
    });
  }
});
