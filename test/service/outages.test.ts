import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { openFileStore } from "../../infra/records/file-store.ts";
import { createRedactor } from "../../infra/records/redaction/redact.ts";
import type { RecordStore } from "../../infra/records/store.ts";
import { planOf } from "../../infra/runbooks/index.ts";
import { keepPlan } from "../../infra/runbooks/kept-plan.ts";
import { type Clock, systemClock } from "../../infra/runner/clock.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import type { RecoverySession } from "../../infra/runner/session.ts";
import { noFigures } from "../../infra/service/figures.ts";
import type { LogLine } from "../../infra/service/log.ts";
import { runStack } from "../../infra/service/run-stack.ts";
import { incidentSchema } from "../../infra/settings/incident.ts";
import type { Stack } from "../../infra/stack/stack.ts";
import { deployOf, firstState } from "../../verification/mocks/release-state.ts";
import { everyGate, sessionOn, steppedClock } from "../runner/session.ts";
import { memoryStack, memoryStore, silent, tape } from "../runner/world.ts";
import { eventually } from "../sandbox/cluster-world.ts";

const HOUR = 3_600_000;

/** A stack in memory that counts its updates, and a session of it with a record store. */
function worldOn(store: RecordStore, gate: () => void = () => undefined) {
  const [clock, way] = [steppedClock(), tape([])];
  let updates = 0;
  const plain = memoryStack(firstState(), way, () => undefined);
  const stack: Stack = {
    ...plain,
    update(desired, how) {
      updates += 1;
      return plain.update(desired, how);
    },
  };
  const session: RecoverySession = {
    ...sessionOn(stack, store, clock, way),
    gates: everyGate(() => {
      gate();
      return "pass";
    }),
    override: null,
    settings: { incident: incidentSchema.parse({}) },
  };
  return { store, session, clock, updates: () => updates };
}

/** Opens a deploy as a command of this program does; `began` is what its record says of the plan, where it isn't this program's. */
async function opens(
  { store, session, clock }: Pick<ReturnType<typeof worldOn>, "store" | "session"> & { clock: Clock },
  stack = "staging",
  began = {},
  soak = 20,
) {
  const state = await session.stack.state();
  assert.ok(state);
  const input = { ...deployOf(state, "2"), soak: { nominal: soak, wall: soak } };
  const plan = keepPlan(planOf("", input), null);
  const change = await store.open(stack, new Date(clock.now()), { stack, runbook: "deploy", ...plan, ...began });
  await (await openJournal(store, change, clock, silent)).write("planned", null, JSON.parse(JSON.stringify(input)));
  await store.markNews(stack);
  return change;
}

/** A service on staging, whose seconds pass as fast as it looks. */
function service(session: RecoverySession) {
  const [figures, lines, end] = [noFigures(), [] as LogLine[], new AbortController()];
  const began = session.clock.now();
  let time = began;
  const pause = async (milliseconds: number) => {
    await turn();
    time += milliseconds;
  };
  const log = (line: LogLine) => void lines.push(line);
  const ended = runStack(
    { stack: "staging", open: async () => session, figures, log, now: () => time, pause },
    end.signal,
  );
  return {
    figures,
    lines,
    /** lines of its log for each hour that has passed */
    linesPerHour: (level?: LogLine["level"]) =>
      (lines.filter((line) => level === undefined || line.level === level).length * HOUR) / (time - began),
    passes: (milliseconds: number) => {
      const wanted = time + milliseconds;
      return eventually(`${milliseconds} ms`, () => time >= wanted || undefined, 60_000);
    },
    async ends() {
      end.abort();
      await ended;
    },
  };
}

const lastOf = async (store: RecordStore, change: string) => (await store.ends(change)).last;

describe("a service whose record store goes away for an hour", function () {
  this.timeout(120_000);
  let root: string;
  beforeEach(async () => {
    root = join(await mkdtemp(join(tmpdir(), "outage-")), "records");
  });
  afterEach(() => rm(join(root, ".."), { recursive: true, force: true }));
  const storeHere = () => openFileStore(pathToFileURL(root).href, createRedactor([]));
  /** Puts a file in the folder's place: everything that is read, written or let go of there fails. */
  const goesAway = async () => {
    await rename(root, `${root}.away`);
    await writeFile(root, "");
  };
  const comesBack = async () => {
    await rm(root);
    await rename(`${root}.away`, root);
  };

  it("goes on with the change where it was once the store is back: nothing is lost, and no update made twice", async () => {
    let away: Promise<void> | null = null;
    const world = worldOn(storeHere(), () => {
      away ??= goesAway();
    });
    const change = await opens(world);
    const { figures, linesPerHour, passes, ends } = service(world.session);
    await eventually("that it is told", () => figures.state === "failing" || undefined);
    const made = world.updates();
    await passes(HOUR);
    assert.equal(world.updates(), made, "nothing is done that couldn't be recorded");
    const told = linesPerHour("error");
    assert.ok(told >= 200 && told <= 260, `it is told at every try, and tried every 15 s: ${told} lines an hour`);
    await away;
    await comesBack();
    await eventually("its end", async () => (await lastOf(storeHere(), change)).type === "closed" || undefined, 30_000);
    await ends();
    assert.equal((await lastOf(storeHere(), change)).data.exit, 0);
    assert.deepEqual(await storeHere().verify(change), []);
    const alone = worldOn(memoryStore());
    const undisturbed = await opens(alone);
    const other = service(alone.session);
    await eventually(
      "the other's end",
      async () => (await lastOf(alone.store, undisturbed)).type === "closed" || undefined,
    );
    await other.ends();
    assert.equal(world.updates(), alone.updates());
  });
});

describe("a service whose clock jumps while a change waits", function () {
  this.timeout(30_000);
  let jumped = 0;
  beforeEach(() => {
    jumped = 0;
  });
  /** A deploy that is watched for an hour on staging, once it waits there. */
  async function soaking() {
    const world = worldOn(memoryStore());
    const session = { ...world.session, clock: systemClock(1, () => Date.now() + jumped) };
    const change = await opens({ ...world, session, clock: session.clock }, "staging", {}, HOUR);
    const [figures, end] = [noFigures(), new AbortController()];
    const log = () => undefined;
    const ended = runStack(
      { stack: "staging", open: async () => session, figures, log, now: session.clock.now },
      end.signal,
    );
    await eventually("the soak", async () => {
      const events = await world.store.read(change);
      return events.some(({ type, step }) => type === "settled" && step === "soak") || undefined;
    });
    return {
      ...world,
      change,
      isClosed: async () => (await lastOf(world.store, change)).type === "closed",
      async ends() {
        end.abort();
        await ended;
      },
    };
  }

  it("ahead: what is due by the new time is done within seconds", async () => {
    const { isClosed, ends } = await soaking();
    jumped = 2 * HOUR;
    await eventually("its end", async () => (await isClosed()) || undefined);
    await ends();
  });

  it("back: it is looked at as before, nothing is done before its time, and all of it once", async () => {
    const { store, change, isClosed, updates, ends } = await soaking();
    const looks = async () => (await store.read(change)).filter(({ type }) => type === "round").length;
    const steps = async () => (await store.read(change)).filter(({ type }) => type === "step-finished").length;
    jumped = -24 * HOUR;
    const [before, done, made] = [await looks(), await steps(), updates()];
    await eventually("another look", async () => (await looks()) > before + 1 || undefined);
    await delay(2_500);
    assert.deepEqual([await steps(), updates()], [done, made]);
    jumped = 2 * HOUR;
    await eventually("its end", async () => (await isClosed()) || undefined);
    await ends();
    const finished = (await store.read(change)).flatMap(({ type, step }) => (type === "step-finished" ? [step] : []));
    assert.equal(new Set(finished).size, finished.length);
  });
});

describe("two services on one record store", () => {
  it("of different versions: one that makes another plan leaves the change alone, says once in its record which can run it, and tries again every 15 s at most", async () => {
    const world = worldOn(memoryStore());
    const began = { plan: ["migrate", "a step of another version"], planVersion: 99, program: "4f8cd63" };
    const change = await opens(world, "staging", began);
    const written = await world.store.read(change);
    const { lines, linesPerHour, passes, ends } = service(world.session);
    await passes(HOUR);
    await ends();
    const [said, ...others] = (await world.store.read(change)).slice(written.length);
    assert.deepEqual([said?.type, others], ["stuck", []]);
    assert.equal(world.updates(), 0);
    const [first] = lines.filter(({ level }) => level === "error");
    assert.equal(first?.exit, 70);
    assert.match(first?.problems?.join() ?? "", /another plan .*resume it with this program at commit 4f8cd63/);
    assert.ok(linesPerHour("error") <= 260, `${linesPerHour("error")} tries an hour`);
  });

  it("of different stacks: a change of a stack that one of them doesn't know is left to the other", async () => {
    const world = worldOn(memoryStore());
    const other = await opens(world, "production");
    const { lines, passes, ends } = service(world.session);
    await passes(HOUR);
    await ends();
    assert.deepEqual(lines, []);
    assert.equal((await lastOf(world.store, other)).type, "planned");
    assert.equal(world.updates(), 0);
  });
});
