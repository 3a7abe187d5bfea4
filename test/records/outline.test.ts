import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { type ChangeEvent, type Draft, headAfter, lineOf, NO_HEAD, seal, typeIn } from "../../infra/records/events.ts";
import { openFileStore } from "../../infra/records/file-store.ts";
import { keptOutline, outlineIn, outlineOf } from "../../infra/records/outline.ts";
import { createRedactor } from "../../infra/records/redaction/redact.ts";

const CHANGE = "CHG-2026-11-22-001";
const AT = "2026-11-22T10:00:00.000Z";
const draft = (type: string): Draft => ({ at: AT, step: "canary-5", type, data: { type: '"type":"gate"' } });

const types = fc.oneof(fc.constantFrom("gate", "round", "updated", "step-finished"), fc.string({ minLength: 1 }));
const steps = fc.oneof(fc.constant(null), fc.string(), fc.constant('","type":"gate"'));
const drafts = fc.record({ at: fc.constant(AT), step: steps, type: types, data: fc.constant({ gate: "pods" }) });

function chained(written: readonly Draft[]): ChangeEvent[] {
  let head = NO_HEAD;
  return written.map((one) => {
    const event = seal(CHANGE, head, one);
    head = headAfter(event, 0);
    return event;
  });
}

const linesOf = (events: readonly ChangeEvent[]) => events.map((event) => lineOf(event).slice(0, -1));
const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

describe("an outline of a record", () => {
  it("knows an event's type by the beginning of its line", () => {
    fc.assert(
      fc.property(drafts, (one) => {
        const [event] = chained([one]);
        assert.ok(event);
        const isPlain = JSON.stringify(one.type) === `"${one.type}"`;
        assert.equal(typeIn(lineOf(event)), isPlain ? one.type : null);
      }),
      { seed: 16, numRuns: 300 },
    );
    assert.equal(typeIn('{"type":"gate"}'), null);
  });

  it("leaves out what was seen alone, and keeps what was done up to the end", () => {
    fc.assert(
      fc.property(fc.array(drafts, { maxLength: 12 }), fc.boolean(), (some, isClosed) => {
        const events = chained([draft("opened"), ...some, ...(isClosed ? [draft("closed"), draft("note")] : [])]);
        const did = events.filter(({ type }) => !["gate", "round"].includes(type));
        assert.deepEqual(outlineOf(linesOf(events)), linesOf(did));
        const kept = keptOutline(linesOf(events));
        assert.deepEqual(outlineIn(CHANGE, textOf(kept)), isClosed ? did.slice(0, -1) : null);
      }),
      { seed: 16, numRuns: 100 },
    );
  });

  it("is known to be none where an event in it was changed, or belongs to another change", () => {
    const [first, second, end] = linesOf(chained([draft("opened"), draft("updated"), draft("closed")]));
    assert.ok(first && second && end);
    assert.equal(outlineIn(CHANGE, textOf([first, second, end]))?.length, 3);
    assert.equal(outlineIn(CHANGE, textOf([first, end]))?.length, 2);
    const spoilt = [
      textOf([first, second]),
      textOf([second, end]),
      textOf([first, second, second, end]),
      textOf([first, second.replace("canary-5", "canary-6"), end]),
      textOf([first, "", end]),
      textOf([first, second, end]).slice(0, -1),
      "",
    ];
    for (const text of spoilt) assert.equal(outlineIn(CHANGE, text), null);
    assert.equal(outlineIn("CHG-2026-11-22-002", textOf([first, second, end])), null);
  });

  it("is kept beside a record in a folder when that is closed, made up for later, and held against it by verify", async () => {
    const root = await mkdtemp(join(tmpdir(), "outline-"));
    try {
      const store = openFileStore(pathToFileURL(root).href, createRedactor([]));
      const change = await store.open("staging", new Date(AT), {});
      const kept = join(root, change, "outline.jsonl");
      for (const [index, type] of ["updated", "gate", "round", "gate"].entries()) {
        await store.append(change, index + 2, draft(type));
      }
      assert.deepEqual(
        (await store.outline(change)).map(({ type }) => type),
        ["opened", "updated"],
      );
      await assert.rejects(readFile(kept), "an open record has none yet");
      await store.append(change, 6, draft("closed"));
      const written = await readFile(kept, "utf8");
      assert.deepEqual(
        (await store.outline(change)).map(({ seq }) => seq),
        [1, 2, 6],
      );
      await rm(kept);
      await store.outline(change);
      assert.equal(await readFile(kept, "utf8"), written);
      assert.deepEqual(await store.verify(change), []);
      await writeFile(kept, written.split("\n").toSpliced(1, 1).join("\n"));
      assert.deepEqual(
        (await store.verify(change)).map(({ seq, problem }) => [seq, problem.includes("outline.jsonl")]),
        [[2, true]],
      );
      await assert.rejects(store.outline("CHG-2026-11-22-009"), /there is no such change/);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});
