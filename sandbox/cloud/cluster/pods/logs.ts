import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** What a reader of a pod's log may ask for, as in the Kubernetes API. */
export interface LogQuery {
  tailLines?: number;
  /** Milliseconds since the epoch. */
  since?: number;
  limitBytes?: number;
  timestamps?: "shown" | "hidden";
}

export interface PodLog {
  /** Takes over a stream; each line is written with the time at which it came. */
  follow(stream: Readable): void;
  write(line: string): void;
  read(query: LogQuery): string;
  /** The last lines, without times. */
  tail(lines: number): string[];
  close(): void;
}

const LIMIT_BYTES = 4 * 1024 * 1024;
const LONGEST_LINE = 16 * 1024;

/** Opens a pod's log on disk: `<ISO time> <line>` per line; past 4 MiB the older half is dropped. */
export function openLog(path: string): PodLog {
  mkdirSync(dirname(path), { recursive: true });
  let file = openSync(path, "a");
  let size = 0;

  const write = (line: string): void => {
    const entry = `${new Date().toISOString()} ${line}\n`;
    size += writeSync(file, entry);
    if (size <= LIMIT_BYTES) return;
    const text = readFileSync(path, "utf8");
    const kept = text.slice(text.indexOf("\n", text.length / 2) + 1);
    closeSync(file);
    writeFileSync(`${path}.new`, kept);
    renameSync(`${path}.new`, path);
    file = openSync(path, "a");
    size = Buffer.byteLength(kept);
  };
  const read = (query: LogQuery): string => selectLines(readFileSync(path, "utf8"), query);

  return {
    follow(stream) {
      const decoder = new StringDecoder("utf8");
      let rest = "";
      stream.on("data", (chunk: Buffer) => {
        const lines = (rest + decoder.write(chunk)).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) write(line);
        if (rest.length > LONGEST_LINE) {
          write(rest);
          rest = "";
        }
      });
      stream.on("end", () => {
        if (rest !== "") write(rest);
        rest = "";
      });
    },
    write,
    read,
    tail: (lines) => read({ tailLines: lines }).split("\n").slice(0, -1),
    close: () => closeSync(file),
  };
}

/** Answers a log query from the stored text. */
export function selectLines(text: string, query: LogQuery): string {
  const stored = text.split("\n").slice(0, -1);
  const since = query.since;
  const recent =
    since === undefined ? stored : stored.filter((line) => Date.parse(line.slice(0, line.indexOf(" "))) >= since);
  const last = query.tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - query.tailLines));
  const shown = query.timestamps === "shown" ? last : last.map((line) => line.slice(line.indexOf(" ") + 1));
  const joined = shown.map((line) => `${line}\n`).join("");
  return query.limitBytes === undefined ? joined : Buffer.from(joined).subarray(0, query.limitBytes).toString();
}
