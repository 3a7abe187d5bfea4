import assert from "node:assert/strict";
import fc from "fast-check";
import { parseLine, verifyChain } from "../../infra/records/chain.ts";
import {
  type ChangeEvent,
  changeId,
  type EventData,
  type Head,
  hashOfEvent,
  headAfter,
  lineOf,
  NO_HEAD,
  nextNumber,
  seal,
} from "../../infra/records/events.ts";

const CHANGE = "CHG-2026-11-22-001";

function chainOf(datas: readonly EventData[]): { lines: string[]; head: Head } {
  let head = NO_HEAD;
  const lines = datas.map((data, index) => {
    const at = new Date(Date.UTC(2026, 10, 22) + index * 1_000).toISOString();
    const event = seal(CHANGE, head, { at, step: index === 0 ? null : "canary-5", type: "note", data });
    head = headAfter(event, head.size + Buffer.byteLength(lineOf(event)));
    return lineOf(event).slice(0, -1);
  });
  return { lines, head };
}

function eventAt(lines: readonly string[], index: number): ChangeEvent {
  const event = parseLine(lines[index] ?? "");
  assert.ok(event);
  return event;
}

const plain = fc.jsonValue().map((value) => ({ value: JSON.parse(JSON.stringify(value)) }));
const chains = fc.array(plain, { minLength: 2, maxLength: 8 });

/** Changes one field of an event to another valid value. */
const mutations: ((event: ChangeEvent) => ChangeEvent)[] = [
  (event) => ({ ...event, at: new Date(Date.parse(event.at) + 1).toISOString() }),
  (event) => ({ ...event, step: event.step === null ? "other" : null }),
  (event) => ({ ...event, type: `${event.type}x` }),
  (event) => ({ ...event, data: { ...event.data, added: 1 } }),
  (event) => ({ ...event, data: {} }),
  (event) => ({ ...event, seq: event.seq + 1 }),
  (event) => ({ ...event, change: "CHG-2026-11-22-002" }),
  (event) => ({ ...event, prev: "1".repeat(64) }),
  (event) => ({ ...event, hash: "2".repeat(64) }),
];

describe("the chain of a record", () => {
  it("finds nothing in a record that is as it was written", () => {
    fc.assert(
      fc.property(chains, (datas) => {
        const { lines, head } = chainOf(datas);
        assert.deepEqual(verifyChain(CHANGE, lines, head), []);
      }),
    );
  });

  it("finds any change of any event, and names that event", () => {
    fc.assert(
      fc.property(chains, fc.nat(), fc.constantFrom(...mutations), (datas, pick, mutate) => {
        const { lines, head } = chainOf(datas);
        const index = pick % lines.length;
        lines[index] = JSON.stringify(mutate(eventAt(lines, index)));
        assert.equal(verifyChain(CHANGE, lines, head)[0]?.seq, index + 1);
      }),
    );
  });

  it("finds a changed byte wherever it is", () => {
    fc.assert(
      fc.property(chains, fc.nat(), fc.nat(), (datas, pick, place) => {
        const { lines, head } = chainOf(datas);
        const index = pick % lines.length;
        const line = lines[index] ?? "";
        const at = place % line.length;
        lines[index] = `${line.slice(0, at)}${line[at] === "0" ? "1" : "0"}${line.slice(at + 1)}`;
        assert.notDeepEqual(verifyChain(CHANGE, lines, head), []);
      }),
    );
  });

  it("finds an event that was changed and hashed anew", () => {
    fc.assert(
      fc.property(chains, fc.nat(), (datas, pick) => {
        const { lines, head } = chainOf(datas);
        const index = pick % lines.length;
        const forged = { ...eventAt(lines, index), type: "forged" };
        lines[index] = JSON.stringify({ ...forged, hash: hashOfEvent(forged) });
        const [finding] = verifyChain(CHANGE, lines, head);
        assert.match(finding?.problem ?? "", /was replaced/);
      }),
    );
  });

  it("finds two events that changed places, and one that was taken out", () => {
    fc.assert(
      fc.property(chains, fc.nat(), (datas, pick) => {
        const { lines, head } = chainOf(datas);
        const index = pick % (lines.length - 1);
        const swapped = lines.toSpliced(index, 2, lines[index + 1] ?? "", lines[index] ?? "");
        assert.equal(verifyChain(CHANGE, swapped, head)[0]?.seq, index + 1);
        assert.equal(verifyChain(CHANGE, lines.toSpliced(index, 1), head)[0]?.seq, index + 1);
      }),
    );
  });

  it("finds a cut end by the head", () => {
    const { lines, head } = chainOf([{}, {}, {}]);
    assert.deepEqual(verifyChain(CHANGE, lines.slice(0, 1), head), [
      { seq: 2, problem: "was cut off: the head names event 2 to 3" },
    ]);
    assert.match(verifyChain(CHANGE, lines, null)[0]?.problem ?? "", /the head is missing/);
  });

  it("accepts a head that a crash left one event behind", () => {
    const { lines } = chainOf([{}, {}, {}]);
    assert.deepEqual(verifyChain(CHANGE, lines, chainOf([{}, {}]).head), []);
  });
});

describe("an event", () => {
  it("never goes back in time: it notes what the clock said", () => {
    const head = { ...NO_HEAD, at: "2026-11-22T12:00:00.000Z" };
    const data = { note: "checked" };
    const event = seal(CHANGE, head, { at: "2026-11-22T11:59:00.000Z", step: null, type: "note", data });
    assert.equal(event.at, "2026-11-22T12:00:00.000Z");
    assert.equal(event.data.note, "checked; the clock had gone back to 2026-11-22T11:59:00.000Z");
  });

  it("is refused where its data is no JSON", () => {
    const draft = { at: "2026-11-22T12:00:00.000Z", step: null, type: "note", data: { value: Number.NaN } };
    assert.throws(() => seal(CHANGE, NO_HEAD, draft));
  });
});

describe("a change's id", () => {
  it("counts by the UTC day, from 001", () => {
    const day = new Date("2026-11-22T23:59:59Z");
    assert.equal(changeId(day, nextNumber(day, [])), "CHG-2026-11-22-001");
    assert.equal(nextNumber(day, ["CHG-2026-11-21-007", "CHG-2026-11-22-002", "CHG-2026-11-22-1000"]), 1001);
  });
});
