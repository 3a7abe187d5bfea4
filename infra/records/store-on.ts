import { EXIT, type Exit } from "../errors.ts";
import { addIfPossible, BY_STACK, changesOf, type Indexed } from "./by-stack.ts";
import { CALL_OFF, type CallOff, callOffSchema } from "./call-off.ts";
import { linesIn, verifyChain } from "./chain.ts";
import { type Copy, copyFindings } from "./copies.ts";
import type { ChangeEvent, Draft, Head } from "./events.ts";
import { type Claiming, type Holder, type Lease, thisProcess } from "./lease.ts";
import { newsKey, newsText } from "./news.ts";
import { keptOutline, OUTLINE, outlineIn, outlineOf } from "./outline.ts";
import { checkedId, checkedPage, eventsOf, INDEX, unknownChange } from "./reading.ts";
import type { Redactor } from "./redaction/redact.ts";
import type { RecordStore } from "./store.ts";

/** A record's complete lines, without their line ends, and its head. */
export interface Contents {
  lines: string[];
  head: Head | null;
}

/** Where a store lies: a folder or a bucket. Keys are relative to it, and events are kept in its own way. */
export interface Medium {
  /** for people */
  readonly place: string;
  /** Where a key lies, for people. */
  at(key: string): string;
  /** Turns what went wrong into a refusal with a remedy; other errors stay as they are. */
  trouble(error: unknown, exit: Exit): unknown;
  /** Proves that it can be written. */
  probe(): Promise<unknown>;
  get(key: string): Promise<string | null>;
  has(key: string): Promise<boolean>;
  put(key: string, text: string, when: "always" | "absent"): Promise<unknown>;
  /** The ids of all changes that have begun, the oldest first. */
  list(): Promise<string[]>;
  /** The same, with the index beside them. */
  indexed(): Promise<Pick<Indexed, "changes" | "entries">>;
  first: Indexed["first"];
  /** A record in the quickest way there is; null where there is no such record. */
  contents(change: string): Promise<Contents | null>;
  /** A record as its events were written, and the copies of them that `contents` may be read from. */
  originals(change: string): Promise<(Contents & { copies: Copy[] }) | null>;
  readAfter(change: string, seq: number): Promise<ChangeEvent[]>;
  ends: RecordStore["ends"];
  /** Allocates the day's next id and writes its first event. */
  open(at: Date, draft: Draft): Promise<string>;
  append: RecordStore["append"];
  claim(name: string, holder: Holder, hasEnded: Claiming["hasEnded"]): Promise<Lease>;
}

/** A record store on a medium: nothing is written that the redactor hasn't seen. */
export function storeOn(url: string, medium: Medium, redactor: Redactor): RecordStore {
  const guarded = async <T>(exit: Exit, act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw medium.trouble(error, exit);
    }
  };
  const asked = <T>(act: () => Promise<T>) => guarded(EXIT.refused, act);
  const written = <T>(act: () => Promise<T>) => guarded(EXIT.stuck, act);
  const redacted = (draft: Draft): Draft => ({
    ...draft,
    step: draft.step === null ? null : redactor.text(draft.step),
    data: redactor.data(draft.data),
  });
  const add = async (entry: string) => void (await medium.put(`${BY_STACK}/${entry}`, "", "always"));
  const mark = async (stack: string) => void (await medium.put(newsKey(stack), newsText(), "always"));
  const putText = async (key: string, text: string) => {
    await medium.put(key, redactor.text(text), "always");
    return medium.at(key);
  };
  const linesOf = async (change: string): Promise<string[]> => {
    const { lines, head } = (await medium.contents(change)) ?? { lines: [], head: null };
    if (lines.length === 0 && head === null) throw unknownChange(medium.place, change);
    return lines;
  };
  /** It only saves reading: who may not write, or is killed before this, leaves it to the next reader. */
  const outlineIfPossible = async (change: string, lines: () => Promise<readonly string[]>) => {
    try {
      const text = keptOutline(await lines())
        .map((line) => `${line}\n`)
        .join("");
      if (outlineIn(change, text) !== null) await medium.put(`${change}/${OUTLINE}`, text, "absent");
    } catch {
      // The record itself is whole.
    }
  };
  return {
    url,
    check: () => asked(async () => void (await medium.probe())),
    list: () => asked(() => medium.list()),
    ofStack: (stack) =>
      asked(async () =>
        changesOf(stack, { ...(await medium.indexed()), first: (change) => medium.first(change), add }),
      ),
    read: (change) =>
      asked(async () => {
        const lines = await linesOf(checkedId(change));
        return eventsOf(change, lines);
      }),
    outline: (change) =>
      asked(async () => {
        const kept = await medium.get(`${checkedId(change)}/${OUTLINE}`);
        const known = kept === null ? null : outlineIn(change, kept);
        if (known !== null) return known;
        const lines = await linesOf(change);
        await outlineIfPossible(change, async () => lines);
        return eventsOf(change, outlineOf(lines));
      }),
    readAfter: (change, seq) => asked(() => medium.readAfter(checkedId(change), seq)),
    ends: (change) => asked(() => medium.ends(checkedId(change))),
    verify: (change) =>
      asked(async () => {
        const originals = await medium.originals(checkedId(change));
        if (originals === null) throw unknownChange(medium.place, change);
        const { lines, head, copies } = originals;
        const kept = await medium.get(`${change}/${OUTLINE}`);
        const outline = kept === null ? [] : [{ name: OUTLINE, lines: linesIn(kept), of: keptOutline(lines) }];
        return [...verifyChain(change, lines, head), ...copyFindings([...copies, ...outline])];
      }),
    open: (stack, at, data) =>
      asked(async () => {
        const draft = redacted({ at: at.toISOString(), step: null, type: "opened", data: { ...data, stack } });
        const change = await medium.open(at, draft);
        await addIfPossible(add, stack, change);
        // A change that is open is found without the mark too, only later.
        await mark(stack).catch(() => undefined);
        return change;
      }),
    append: (change, seq, draft) =>
      written(async () => {
        const event = await medium.append(checkedId(change), seq, redacted(draft));
        if (event.type === "closed") await outlineIfPossible(change, () => linesOf(change));
        return event;
      }),
    putPage: (change, name, text) => written(() => putText(`${checkedId(change)}/${checkedPage(name)}`, text)),
    putIndex: (text) => written(() => putText(INDEX, text)),
    location: (change) =>
      written(async () => {
        const page = `${checkedId(change)}/record.html`;
        return medium.at((await medium.has(page)) ? page : `${change}/`);
      }),
    askToCallOff: (change, { by, reason, at }) =>
      asked(async () => {
        const asks: CallOff = { by: redactor.text(by), reason: redactor.text(reason), at };
        await medium.put(`${checkedId(change)}/${CALL_OFF}`, `${JSON.stringify(asks)}\n`, "absent");
      }),
    askedToCallOff: (change) =>
      written(async () => {
        const text = await medium.get(`${checkedId(change)}/${CALL_OFF}`);
        return text === null ? null : callOffSchema.parse(JSON.parse(text));
      }),
    markNews: (stack) => asked(() => mark(stack)),
    newsMark: (stack) => asked(() => medium.get(newsKey(stack))),
    lease: (stack, { change, hasEnded }) =>
      asked(async () => medium.claim(encodeURIComponent(stack), thisProcess(change), hasEnded)),
  };
}
