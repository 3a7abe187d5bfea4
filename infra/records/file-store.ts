import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { badInput, busy } from "../errors.ts";
import { BY_STACK, changesIn } from "./by-stack.ts";
import { byAge, CHANGE_ID, type ChangeEvent, changeId, type Draft, nextNumber } from "./events.ts";
import { claim } from "./file-claims.ts";
import { thisProcess } from "./lease.ts";
import { endsOf, eventsOf, unknownChange } from "./reading.ts";
import {
  appendLine,
  firstLine,
  lastLine,
  readContents,
  readIfThere,
  syncFolder,
  unlessMissing,
  writeAtomically,
} from "./record-file.ts";
import type { Redactor } from "./redaction/redact.ts";
import type { RecordStore } from "./store.ts";
import { type Medium, storeOn } from "./store-on.ts";
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
  return storeOn(url, folderMedium(rootOf(url)), redactor);
}

function folderMedium(root: string): Medium {
  const at = (key: string) => resolve(root, key);
  const read = (change: string) => readEvents(root, at(change), change);
  const append = (change: string, seq: number, draft: Draft) =>
    whileClaimed(at(`${change}/.claim`), change, () => appendLine(at(change), change, seq, draft));
  const indexed = async () => {
    const entries = await entriesIn(root);
    return { changes: await listChanges(root, entries), entries };
  };
  const contents: Medium["contents"] = async (change) => {
    const found = await readContents(at(change));
    const { lines, head } = found;
    return lines.length > 0 || head !== null || (await exists(at(`${change}/events.jsonl`))) ? found : null;
  };
  return {
    place: root,
    at,
    trouble: (error, exit) => troubleWith(root, error, exit),
    probe: () => probe(root),
    get: async (key) => (await readIfThere(at(key)))?.toString() ?? null,
    has: (key) => exists(at(key)),
    async put(key, text, when) {
      if (when === "absent" && (await exists(at(key)))) return;
      // A change's own folder is made by whoever opens it.
      if (!CHANGE_ID.test(dirname(key))) await mkdir(dirname(at(key)), { recursive: true });
      await writeAtomically(at(key), text);
    },
    list: async () => (await indexed()).changes,
    indexed,
    async first(change) {
      const line = await firstLine(at(change));
      return line === null ? null : (eventsOf(change, [line])[0] ?? null);
    },
    contents,
    async originals(change) {
      const found = await contents(change);
      return found === null ? null : { ...found, copies: [] };
    },
    readAfter: async (change, seq) => (await read(change)).slice(seq),
    async ends(change) {
      const ends = await Promise.all([firstLine(at(change)), lastLine(at(change))]);
      const lines = ends.flatMap((line) => line ?? []);
      return endsOf(root, change, eventsOf(change, lines));
    },
    async open(day, draft) {
      const change = await allocate(root, day);
      await append(change, 1, draft);
      return change;
    },
    append,
    claim: (name, holder, hasEnded) => claim(at(`.leases/${name}`), holder, hasEnded),
  };
}

/** Whether something is there. @throws Error where that can't be known, such as without the right to look */
async function exists(path: string): Promise<boolean> {
  return (await unlessMissing(stat(path))) !== null;
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

async function readEvents(root: string, folder: string, change: string): Promise<ChangeEvent[]> {
  const { lines, head } = await readContents(folder);
  if (lines.length === 0 && head === null) throw unknownChange(root, change);
  return eventsOf(change, lines);
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
      throw busy(`${change}: process ${pid} on ${host} is writing to this record and doesn't end: check that process`);
    }
    await delay(5 + Math.random() * 15);
  }
}
