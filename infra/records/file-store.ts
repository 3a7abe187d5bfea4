import { randomUUID } from "node:crypto";
import { mkdir, open as openFile, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { badInput, EXIT, type Exit, Refusal } from "../errors.ts";
import { addIfPossible, BY_STACK, changesIn, changesOf } from "./by-stack.ts";
import { CALL_OFF, callOffText, parseCallOff } from "./call-off.ts";
import { type Finding, verifyChain } from "./chain.ts";
import { byAge, CHANGE_ID, type ChangeEvent, changeId, type Draft, nextNumber } from "./events.ts";
import { claim } from "./file-claims.ts";
import { thisProcess } from "./lease.ts";
import { markIfPossible, newsKey, newsText } from "./news.ts";
import { checkedId, checkedPage, endsOf, eventsOf, INDEX, unknownChange } from "./reading.ts";
import { appendLine, firstLine, readContents, readIfThere, syncFolder, writeAtomically } from "./record-file.ts";
import type { Redactor } from "./redaction/redact.ts";
import type { RecordStore } from "./store.ts";
import { troubleWith } from "./trouble.ts";

/** How long another process may be in the middle of an append to the same record, in milliseconds. */
const APPEND_WITHIN = 10_000;
/** Bytes that a store must have room for before a change begins: a long record and its pages. */
const ROOM = 1 << 20;

/**
 * Opens a record store in a folder: `<change>/events.jsonl` with `head.json` and the pages beside it.
 * @param url a `file://` URL; the folder is made when it is first needed
 */
export function openFileStore(url: string, redactor: Redactor): RecordStore {
  const root = rootOf(url);
  const guarded = async <T>(exit: Exit, act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw troubleWith(root, error, exit);
    }
  };
  const folderOf = (change: string) => join(root, checkedId(change));
  const append = (change: string, seq: number, draft: Draft) =>
    guarded(EXIT.stuck, () =>
      whileClaimed(join(folderOf(change), ".claim"), change, () =>
        appendLine(folderOf(change), change, seq, {
          ...draft,
          step: draft.step === null ? null : redactor.text(draft.step),
          data: redactor.data(draft.data),
        }),
      ),
    );
  return {
    url,
    check: () => guarded(EXIT.refused, () => probe(root)),
    list: () => guarded(EXIT.refused, async () => listChanges(root, await entriesIn(root))),
    ofStack: (stack) =>
      guarded(EXIT.refused, async () => {
        const entries = await entriesIn(root);
        return changesOf(stack, {
          changes: await listChanges(root, entries),
          entries,
          first: async (change) => {
            const line = await firstLine(folderOf(change));
            return line === null ? null : (eventsOf(change, [line])[0] ?? null);
          },
          add: (entry) => addEntry(root, entry),
        });
      }),
    read: (change) => guarded(EXIT.refused, () => readEvents(root, folderOf(change), change)),
    readAfter: (change, seq) =>
      guarded(EXIT.refused, async () => (await readEvents(root, folderOf(change), change)).slice(seq)),
    ends: (change) =>
      guarded(EXIT.refused, async () => endsOf(root, change, await readEvents(root, folderOf(change), change))),
    verify: (change) => guarded(EXIT.refused, () => verifyFolder(root, folderOf(change), change)),
    async open(stack, at, data) {
      const change = await guarded(EXIT.refused, () => allocate(root, at));
      await append(change, 1, { at: at.toISOString(), step: null, type: "opened", data: { ...data, stack } });
      await addIfPossible((entry) => addEntry(root, entry), stack, change);
      await markIfPossible(() => mark(root, stack));
      return change;
    },
    append,
    putPage: (change, name, text) =>
      guarded(EXIT.stuck, async () => {
        const file = join(folderOf(change), checkedPage(name));
        await writeAtomically(file, redactor.text(text));
        return file;
      }),
    putIndex: (text) =>
      guarded(EXIT.stuck, async () => {
        const file = join(root, INDEX);
        await mkdir(root, { recursive: true });
        await writeAtomically(file, redactor.text(text));
        return file;
      }),
    async location(change) {
      const folder = folderOf(change);
      const page = join(folder, "record.html");
      return (await exists(page)) ? page : folder;
    },
    askToCallOff: (change, asked) =>
      guarded(EXIT.refused, async () => {
        const file = join(folderOf(change), CALL_OFF);
        if ((await readIfThere(file)) !== null) return;
        await writeAtomically(
          file,
          callOffText({ ...asked, by: redactor.text(asked.by), reason: redactor.text(asked.reason) }),
        );
      }),
    askedToCallOff: (change) =>
      guarded(EXIT.stuck, async () => {
        const text = await readIfThere(join(folderOf(change), CALL_OFF));
        return text === null ? null : parseCallOff(text.toString());
      }),
    markNews: (stack) => guarded(EXIT.refused, () => mark(root, stack)),
    newsMark: (stack) =>
      guarded(EXIT.refused, async () => (await readIfThere(join(root, newsKey(stack))))?.toString() ?? null),
    lease: (stack, { change, hasEnded }) =>
      guarded(EXIT.refused, async () =>
        claim(join(root, ".leases", encodeURIComponent(stack)), thisProcess(change), hasEnded),
      ),
  };
}

/** Whether something is there. @throws Error where that can't be known, such as without the right to look */
async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}

function rootOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw badInput(
      `records: "${url}" names no folder of this machine: write three slashes, such as ${pathToFileURL("/var/lib/runbooks")}`,
    );
  }
}

async function probe(root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  const file = join(root, `.probe-${randomUUID()}`);
  await writeAtomically(file, "\n".repeat(ROOM));
  await rm(file);
}

/** The changes that have begun: those of the index, and whatever else has a first event. */
async function listChanges(root: string, entries: readonly string[]): Promise<string[]> {
  const ids = (await namesIn(root)).filter((name) => CHANGE_ID.test(name)).sort(byAge);
  const known = changesIn(entries);
  const begun: string[] = [];
  for (const id of ids) {
    if (known.has(id) || (await firstLine(join(root, id))) !== null) begun.push(id);
  }
  return begun;
}

/** A folder's names; none where there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  return (await exists(folder)) ? readdir(folder) : [];
}

/** The index by stack, `STACK/CHANGE`. */
async function entriesIn(root: string): Promise<string[]> {
  const folder = join(root, BY_STACK);
  const ofStack = async (stack: string) => (await namesIn(join(folder, stack))).map((change) => `${stack}/${change}`);
  return (await Promise.all((await namesIn(folder)).map(ofStack))).flat();
}

async function addEntry(root: string, entry: string): Promise<void> {
  const file = join(root, BY_STACK, entry);
  await mkdir(dirname(file), { recursive: true });
  await (await openFile(file, "a")).close();
}

async function mark(root: string, stack: string): Promise<void> {
  const file = join(root, newsKey(stack));
  await mkdir(dirname(file), { recursive: true });
  await writeAtomically(file, newsText());
}

async function readEvents(root: string, folder: string, change: string): Promise<ChangeEvent[]> {
  const { lines, head } = await readContents(folder);
  if (lines.length === 0 && head === null) throw unknownChange(root, change);
  return eventsOf(change, lines);
}

async function verifyFolder(root: string, folder: string, change: string): Promise<Finding[]> {
  const { lines, head } = await readContents(folder);
  if (lines.length === 0 && head === null && (await readIfThere(join(folder, "events.jsonl"))) === null) {
    throw unknownChange(root, change);
  }
  return verifyChain(change, lines, head);
}

/** Makes the folder of the day's next change; whoever makes it has the number. */
async function allocate(root: string, at: Date): Promise<string> {
  await mkdir(root, { recursive: true });
  for (let number = nextNumber(at, await readdir(root)); ; number += 1) {
    const change = changeId(at, number);
    try {
      await mkdir(join(root, change));
      await syncFolder(root);
      return change;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
}

async function whileClaimed<T>(folder: string, change: string, act: () => Promise<T>): Promise<T> {
  const holder = thisProcess(change);
  const deadline = Date.now() + APPEND_WITHIN;
  for (;;) {
    const claimed = await claim(folder, holder);
    if (claimed.held) {
      try {
        return await act();
      } finally {
        await claimed.release();
      }
    }
    if (Date.now() > deadline) {
      const { host, pid } = claimed.holder;
      const problem = `${change}: process ${pid} on ${host} is writing to this record and doesn't end: check that process`;
      throw new Refusal({ exit: EXIT.busy, problems: [problem] });
    }
    await delay(5 + Math.random() * 15);
  }
}
