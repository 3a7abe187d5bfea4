import { Writable } from "node:stream";
import type { Scanned } from "./leak-scan.ts";

/** Characters of each place that are kept, the newest: a runner that stays for days must not grow with its output. */
const MOST = 4 * 1024 * 1024;

const captured = new Map<string, string>();

/** Remembers what was written somewhere, so that a rotation can look for secrets in it. */
export function capture(place: string, text: string): void {
  captured.set(place, `${captured.get(place) ?? ""}${text}`.slice(-MOST));
}

/** What this process has written and the engines that it ran have said, by place. */
export function everythingCaptured(): Scanned[] {
  return [...captured].map(([place, text]) => ({ place, text }));
}

/** A stream that keeps what is written, and writes it where another one does: at once, so that nothing is lost when the process leaves. */
class Captured extends Writable {
  readonly #to: NodeJS.WriteStream;

  constructor(to: NodeJS.WriteStream, place: string) {
    super({
      write(chunk: Buffer, _encoding, written) {
        capture(place, chunk.toString("utf8"));
        to.write(chunk);
        written();
      },
    });
    this.#to = to;
  }

  get isTTY(): boolean {
    return this.#to.isTTY === true;
  }

  /** Calls back once all that was written has gone out. */
  flushed(then: () => void): void {
    this.#to.write("", then);
  }

  get columns(): number | undefined {
    return this.#to.columns;
  }

  get rows(): number | undefined {
    return this.#to.rows;
  }
}

/** Where the runner writes. Whatever it says goes through these two, so that a rotation can look for secrets in it. */
export const output = new Captured(process.stdout, "the runner's own output");
export const errorOutput = new Captured(process.stderr, "the runner's own errors");
