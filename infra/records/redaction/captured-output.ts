import type { Scanned } from "./leak-scan.ts";

/** Characters of each place that are kept, the newest: a runner that stays for days must not grow with its output. */
const MOST = 4 * 1024 * 1024;

const heard = new Map<string, string>();

/** Remembers what was written somewhere, so that a rotation can look for secrets in it. */
export function hear(place: string, text: string): void {
  heard.set(place, `${heard.get(place) ?? ""}${text}`.slice(-MOST));
}

/** What this process has written and the engines that it ran have said, by place. */
export function everythingHeard(): Scanned[] {
  return [...heard].map(([place, text]) => ({ place, text }));
}

/** Listens to a stream of this process from now on; what is written goes where it went. */
export function listenTo(stream: NodeJS.WriteStream, place: string): void {
  stream.write = new Proxy(stream.write, {
    apply(write, self, written: [chunk: string | Uint8Array, ...more: unknown[]]) {
      const [chunk] = written;
      hear(place, typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
      return Reflect.apply(write, self, written);
    },
  });
}
