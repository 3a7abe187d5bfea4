import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { hashOf } from "../../infra/domain/canonical-hash.ts";
import type { Desired } from "../../infra/domain/releases.ts";
import { type Grounds, isJudgement, stillHolds } from "../../infra/runner/judgement.ts";
import { run } from "../../infra/runner/run.ts";
import { type Basis, readBasis } from "../../infra/stack/basis.ts";
import type { Outcome, Stack } from "../../infra/stack/stack.ts";
import { answerFrom, everyGate, openedDeploy, staying } from "./session.ts";

const ROOT = join(import.meta.dirname, "../..");
const DONE: Outcome = { kind: "done", seconds: 1, changes: {} };
const VIOLATION: Outcome = { kind: "policy", problems: ["weights: 30 is more than a step"] };
const grounds = fc.record({
  from: fc.string({ maxLength: 2 }),
  to: fc.string({ maxLength: 2 }),
  issued: fc.string({ maxLength: 2 }),
  settings: fc.string({ maxLength: 2 }),
  program: fc.string({ maxLength: 2 }),
});

describe("a judgement that was made before", () => {
  it("holds where all that it depends on is the same, and where any one thing differs it doesn't", () => {
    const names = ["from", "to", "issued", "settings", "program"] as const;
    fc.assert(
      fc.property(grounds, fc.constantFrom(...names), fc.string({ maxLength: 2 }), (before: Grounds, name, other) => {
        assert.ok(stillHolds(before, { ...before }));
        assert.equal(stillHolds(before, { ...before, [name]: other }), other === before[name]);
        assert.equal(stillHolds({ ...before, [name]: other }, before), other === before[name]);
      }),
      { seed: 20261127, numRuns: 1_000 },
    );
  });

  it("is what the policies said, and not what went wrong on the way", () => {
    const problems = ["why"];
    const others: Outcome[] = [
      { kind: "failed", problems },
      { kind: "moved", problems },
      { kind: "interrupted", problems },
      { kind: "locked", problems, owners: [] },
    ];
    assert.deepEqual([DONE, VIOLATION, ...others].map(isJudgement), [true, true, false, false, false, false]);
  });
});

/** A deploy whose previews are counted, on a stack that can say what they depend on. */
async function counted(judge: (asked: number) => Outcome = () => DONE) {
  const { plan, session, journal } = await openedDeploy();
  const asked: { to: string; when: string; signal: AbortSignal | undefined }[] = [];
  const now: { basis: Basis | null } = { basis: { settings: "s1", program: "p1" } };
  const stack: Stack = {
    ...session.stack,
    basis: async () => now.basis,
    async preview({ to }: Desired, _issued, signal) {
      asked.push({ to: hashOf(to), when: journal.events().at(-1)?.type ?? "", signal });
      return judge(asked.length);
    },
  };
  const carry = () => run(staying({ session: { ...session, stack }, journal, plan }));
  const previewed = () => journal.events().flatMap(({ type, data }) => (type === "previewed" ? [data.ahead] : []));
  return { asked, now, carry, previewed, journal, plan, session: { ...session, stack } };
}

describe("the next move", () => {
  it("is judged while the step before it bakes, once; only the first waits for its judgement", async () => {
    const { asked, carry, previewed, plan } = await counted();
    assert.equal((await carry()).exit, 0);
    const moves = plan.steps.filter(({ touches, judged }) => touches !== "nothing" && judged === "before");
    assert.ok(moves.length > 2);
    assert.equal(asked.length, moves.length);
    assert.deepEqual(previewed(), [false, ...moves.slice(1).map(() => true)]);
    assert.equal(asked[0]?.when, "step-started");
    assert.ok(asked.slice(1).every(({ when }) => when !== "step-started"));
    assert.equal(new Set(asked.map(({ to }) => to)).size, asked.length);
  });

  for (const part of ["settings", "program"] as const) {
    it(`is judged again where the ${part} changed meanwhile`, async () => {
      const { now, carry, previewed, asked } = await counted((count) => {
        if (count > 1 && now.basis !== null) now.basis = { ...now.basis, [part]: `other ${count}` };
        return DONE;
      });
      assert.equal((await carry()).exit, 0);
      assert.ok(previewed().every((ahead) => ahead === false));
      assert.equal(asked.length, 2 * previewed().length - 1);
    });
  }

  it("is judged at once where nobody can say what a preview depends on", async () => {
    const { now, carry, previewed } = await counted();
    now.basis = null;
    assert.equal((await carry()).exit, 0);
    assert.ok(previewed().every((ahead) => ahead === false));
  });

  it("isn't made where it was found to violate a policy: the change goes back, and nobody asks a second time", async () => {
    const { asked, carry, journal } = await counted((count) => (count === 1 ? DONE : VIOLATION));
    assert.equal((await carry()).exit, 1);
    assert.equal(asked.length, 2);
    assert.match(JSON.stringify(journal.events().find(({ type }) => type === "failed")?.data), /weights: 30/);
  });

  it("is judged again where judging it ahead went wrong for another reason", async () => {
    const { carry, previewed } = await counted((count) =>
      count === 2 ? { kind: "interrupted", problems: ["ended by SIGTERM"] } : DONE,
    );
    assert.equal((await carry()).exit, 0);
    assert.deepEqual(previewed().slice(0, 3), [false, false, true]);
  });

  it("is of no interest any more once a gate has failed: what judges it is ended", async () => {
    const { asked, session, journal, plan } = await counted();
    const gates = everyGate(() => (asked.length > 1 ? "fail" : answerFrom({ choose: () => 0 })));
    const how = { whenWaiting: "stay", signal: new AbortController().signal } as const;
    assert.equal((await run({ session: { ...session, gates }, journal, plan, ...how })).exit, 1);
    assert.equal(asked.length, 2);
    assert.equal(asked[1]?.signal?.aborted, true);
  });
});

describe("what a preview depends on", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "basis-"));
    for (const name of ["Pulumi.yaml", "Pulumi.staging.yaml", "package.json", "policies"])
      await cp(join(ROOT, name), join(folder, name), { recursive: true });
    await cp(join(ROOT, "infra/program/index.ts"), join(folder, "infra/program/index.ts"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const place = (more: { configFile?: string } = {}) => ({ cwd: folder, name: "staging", ...more });

  it("is the stack's settings, and the program with its pack", async () => {
    const first = await readBasis(place(), null);
    assert.ok(first !== null);
    assert.deepEqual(await readBasis(place(), null), first);
    const edit = async (file: string) => {
      const path = join(folder, file);
      const text = await readFile(path, "utf8");
      await writeFile(path, `${text}\n`);
      const now = await readBasis(place(), null);
      await writeFile(path, text);
      return now;
    };
    const settings = await edit("Pulumi.staging.yaml");
    assert.equal(settings?.program, first.program);
    assert.notEqual(settings?.settings, first.settings);
    for (const file of [
      "policies/weights.ts",
      "policies/levels/advisory.json",
      "infra/program/index.ts",
      "Pulumi.yaml",
    ]) {
      const program = await edit(file);
      assert.equal(program?.settings, first.settings, file);
      assert.notEqual(program?.program, first.program, file);
    }
    await writeFile(join(folder, "infra/more.ts"), "");
    assert.notEqual((await readBasis(place(), null))?.program, first.program);
    await rm(join(folder, "infra/more.ts"));
    assert.deepEqual(await readBasis(place(), null), first);
  });

  it("is another settings file's and another pack configuration's content where those are used", async () => {
    await cp(join(folder, "Pulumi.staging.yaml"), join(folder, "changed.yaml"));
    const configFile = join(folder, "changed.yaml");
    const first = await readBasis(place({ configFile }), "levels.json");
    await writeFile(join(folder, "levels.json"), "{}");
    const second = await readBasis(place({ configFile }), "levels.json");
    assert.notEqual(second?.settings, first?.settings);
    await writeFile(configFile, "config: {}");
    assert.notEqual((await readBasis(place({ configFile }), "levels.json"))?.settings, second?.settings);
  });

  it("can't be said where there is no program to read", async () => {
    await rm(join(folder, "infra"), { recursive: true });
    assert.equal(await readBasis(place(), null), null);
  });
});
