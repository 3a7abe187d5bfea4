/** One sample of a scrape. */
export interface Sample {
  metric: string;
  labels: Record<string, string>;
  value: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const LABEL_VALUE = /"((?:[^"\\]|\\.)*)"/y;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITY = /^([+-]?)inf(?:inity)?$/i;
const SHOWN = 80;

function unescaped(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));
}

/** The number that a sample's text stands for, or null where it is none. */
export function parseValue(text: string): number | null {
  if (/^nan$/i.test(text)) return Number.NaN;
  const infinity = INFINITY.exec(text);
  if (infinity !== null) return infinity[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return NUMBER.test(text) ? Number(text) : null;
}

/** Reads along one line: each `take` moves on and gives what it matched, or null. */
function cursor(line: string) {
  let at = 0;
  return {
    take(pattern: RegExp): string | null {
      pattern.lastIndex = at;
      const found = pattern.exec(line);
      if (found === null) return null;
      at += found[0].length;
      return found[1] ?? found[0];
    },
    skip(char: string): boolean {
      if (line[at] !== char) return false;
      at += 1;
      return true;
    },
    space(): void {
      while (line[at] === " " || line[at] === "\t") at += 1;
    },
    rest: (): string => line.slice(at),
  };
}

function parseLabels(read: ReturnType<typeof cursor>, fail: (why: string) => Error): Record<string, string> {
  const labels: Record<string, string> = {};
  if (!read.skip("{")) return labels;
  read.space();
  while (!read.skip("}")) {
    const name = read.take(LABEL_NAME);
    if (name === null) throw fail("a label's name is missing");
    read.space();
    if (!read.skip("=")) throw fail(`label ${name} has no value`);
    read.space();
    const value = read.take(LABEL_VALUE);
    if (value === null) throw fail(`label ${name}'s value is not quoted`);
    if (name in labels) throw fail(`label ${name} is given twice`);
    labels[name] = unescaped(value);
    read.space();
    const more = read.skip(",");
    read.space();
    if (!more && !read.rest().startsWith("}")) throw fail("labels are not closed");
  }
  return labels;
}

function parseSample(line: string, number: number): Sample {
  const fail = (why: string) =>
    new Error(`line ${number} of the metrics is malformed (${why}): ${JSON.stringify(line.slice(0, SHOWN))}`);
  const read = cursor(line);
  const metric = read.take(NAME);
  if (metric === null) throw fail("a metric's name is missing");
  read.space();
  const labels = parseLabels(read, fail);
  const [text = "", timestamp, ...more] = (read.rest().split(" # ")[0] ?? "").trim().split(/[ \t]+/);
  const value = parseValue(text);
  if (value === null) throw fail("the value is no number");
  if (more.length > 0) throw fail("there is text after the value");
  if (timestamp !== undefined && parseValue(timestamp) === null) throw fail("the timestamp is no number");
  return { metric, labels, value };
}

/**
 * The samples of a Prometheus text exposition; comments, timestamps and exemplars are left out.
 * @throws Error naming the first malformed line
 */
export function parseExposition(text: string): Sample[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== "" && !line.startsWith("#"))
    .map(({ line, number }) => parseSample(line, number));
}
