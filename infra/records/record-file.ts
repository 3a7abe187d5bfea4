import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseLine, verifyChain } from "./chain.ts";
import { type ChangeEvent, type Draft, type Head, headAfter, lineOf, NO_HEAD, seal } from "./events.ts";
import { altered, headIn, notNext, UNREADABLE_HEAD } from "./reading.ts";

const EVENTS = "events.jsonl";
const HEAD = "head.json";

/** A record's file as it lies there. */
export interface Contents {
  /** Complete lines, without their line ends. */
  lines: string[];
  /** Bytes of the complete lines. */
  whole: number;
  /** Bytes after them: a write that never finished. */
  torn: number;
  head: Head | null;
}

/** Whether an error of the file system says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** What some work on a file came to; null where there is no such file. */
export function unlessMissing<T>(work: Promise<T>): Promise<T | null> {
  return work.catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
}

/** Reads a file; null where there is none. */
export function readIfThere(file: string): Promise<Buffer | null> {
  return unlessMissing(readFile(file));
}

async function readHead(folder: string): Promise<Head | "unreadable" | null> {
  const text = await readIfThere(join(folder, HEAD));
  return text === null ? null : headIn(text.toString());
}

/** Reads a record as it is; what a crash left at its end is told apart from what was written whole. */
export async function readContents(folder: string): Promise<Contents> {
  const read = await readHead(folder);
  const head = read === "unreadable" ? null : read;
  const bytes = (await readIfThere(join(folder, EVENTS))) ?? Buffer.alloc(0);
  let whole = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.subarray(0, whole).toString().split("\n").slice(0, -1);
  const last = lines.at(-1);
  // A crash of the machine can leave a last line of the right length with wrong content.
  if (last !== undefined && lines.length > (head?.seq ?? 0) && parseLine(last) === null) {
    whole -= Buffer.byteLength(last) + 1;
    lines.pop();
  }
  return { lines, whole, torn: bytes.length - whole, head };
}

/** Bytes of a record that are read for its first event, and for its last. */
const ENOUGH = 65_536;

/** The first event's line without the rest of the record; null where it has none that was written whole. */
export async function firstLine(folder: string): Promise<string | null> {
  const beginning = await partOf(folder, () => 0);
  const end = beginning.indexOf(0x0a);
  const line = end === -1 ? null : beginning.subarray(0, end).toString();
  if (line !== null && parseLine(line) !== null) return line;
  // It is longer, or a crash has left it unfinished.
  return (await readContents(folder)).lines[0] ?? null;
}

/** The last event's line without the rest of the record; null where it has none that was written whole. */
export async function lastLine(folder: string): Promise<string | null> {
  const end = await partOf(folder, (size) => Math.max(0, size - ENOUGH));
  const to = end.lastIndexOf(0x0a);
  const from = to < 1 ? -1 : end.lastIndexOf(0x0a, to - 1);
  const line = from === -1 ? null : end.subarray(from + 1, to).toString();
  if (line !== null && parseLine(line) !== null) return line;
  // It is longer, the only one, or a crash has left it unfinished.
  return (await readContents(folder)).lines.at(-1) ?? null;
}

/** A part of a record's file, from a place that its size tells; empty where there is no such file. */
async function partOf(folder: string, from: (size: number) => number): Promise<Buffer> {
  try {
    await using handle = await open(join(folder, EVENTS), "r");
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(ENOUGH), 0, ENOUGH, from(size));
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  }
}

let written = 0;

/** Writes a file so that a reader sees the old or the new content, never a part, even after a crash; two may write it at once. */
export async function writeAtomically(file: string, text: string): Promise<void> {
  written += 1;
  const temporary = `${file}.${process.pid}-${written}.tmp`;
  try {
    const handle = await open(temporary, "w");
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Makes a new entry of a folder survive a crash of the machine. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}

/** Writes all of it to the end of the file, on the disk. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await handle.write(bytes, written)).bytesWritten;
  }
  await handle.sync();
}

/** The head to follow on, and what had to be put right at the end of the file to get there. */
async function settle(handle: FileHandle, folder: string, change: string): Promise<{ head: Head; notes: string[] }> {
  const { size } = await handle.stat();
  const known = await readHead(folder);
  if (known === "unreadable") throw altered(change, [UNREADABLE_HEAD]);
  if (known !== null && known.size === size) return { head: known, notes: [] };
  if (known === null && size === 0) return { head: NO_HEAD, notes: [] };
  const { lines, whole, torn, head } = await readContents(folder);
  const last = parseLine(lines.at(-1) ?? "");
  const findings = verifyChain(change, lines, head ?? NO_HEAD);
  if (findings.length > 0)
    throw altered(
      change,
      findings.map(({ seq, problem }) => `event ${seq} ${problem}`),
    );
  const notes = head === null && lines.length > 1 ? ["before this event, the record's head was missing"] : [];
  if (torn > 0) {
    await handle.truncate(whole);
    await handle.sync();
    notes.push(`before this event, ${torn} bytes of one whose write never finished were cut off`);
  }
  return { head: last === null ? NO_HEAD : headAfter(last, whole), notes };
}

/**
 * Appends one event, whole and durable. Only for who holds the record's claim.
 * @throws Refusal (exit 4) where `seq` is not the next one; (exit 70) where the record was altered
 */
export async function appendLine(folder: string, change: string, seq: number, draft: Draft): Promise<ChangeEvent> {
  const handle = await open(join(folder, EVENTS), "a+");
  try {
    const { head, notes } = await settle(handle, folder, change);
    if (seq !== head.seq + 1) throw notNext(change, seq, head.seq);
    const event = seal(change, head, draft, notes);
    const bytes = Buffer.from(lineOf(event));
    try {
      await writeAll(handle, bytes);
      if (seq === 1) await syncFolder(folder);
      await writeAtomically(join(folder, HEAD), JSON.stringify(headAfter(event, head.size + bytes.length)));
    } catch (error) {
      // What wasn't written whole was not written: the caller may try the same event again.
      await handle.truncate(head.size).catch(() => undefined);
      throw error;
    }
    return event;
  } finally {
    await handle.close();
  }
}
