/** The fields below which names are anybody's: an unknown one there is no mistake. */
const MAPS: ReadonlySet<string> = new Set([
  "annotations",
  "data",
  "labels",
  "limits",
  "matchLabels",
  "nodeSelector",
  "requests",
  "stringData",
]);

type Path = readonly (string | number)[];

const inWords = (path: Path): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const UNITS: Readonly<Record<string, number>> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

function quantity(value: unknown): number | null {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(m|k|M|G|Ki|Mi|Gi)?$/.exec(String(value)) ?? [];
  const factor = UNITS[unit];
  return number === undefined || factor === undefined ? null : Number(number) * factor;
}

function isSame(sent: unknown, kept: unknown): boolean {
  if (sent === kept) return true;
  const [one, other] = [quantity(sent), quantity(kept)];
  return one !== null && other !== null && Math.abs(one - other) < 1e-9 * Math.max(1, one);
}

/** What was sent and isn't in the object that the server would keep, or is another there (pure). It may add what it likes. */
export function lost(sent: unknown, kept: unknown, path: Path = []): string[] {
  if (sent === undefined || sent === null) return [];
  if (Array.isArray(sent)) {
    const list = Array.isArray(kept) ? kept : [];
    return sent.flatMap((entry, index) => lost(entry, list[index], [...path, index]));
  }
  if (isRecord(sent)) {
    const record = isRecord(kept) ? kept : {};
    if (Object.keys(sent).length === 0) return [];
    return Object.entries(sent).flatMap(([key, value]) => lost(value, record[key], [...path, key]));
  }
  return isSame(sent, kept)
    ? []
    : [`${inWords(path)} was sent as ${JSON.stringify(sent)}, kept as ${JSON.stringify(kept)}`];
}

/** A Secret's texts are kept as base64 under another name: that is the one thing that the server may turn (pure). */
export function asKept(sent: Record<string, unknown>): Record<string, unknown> {
  const { stringData, ...rest } = sent;
  if (sent.kind !== "Secret" || !isRecord(stringData)) return sent;
  const entries = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(String(text)).toString("base64")]);
  return { ...rest, data: { ...(isRecord(rest.data) ? rest.data : {}), ...Object.fromEntries(entries) } };
}

/** Every place in an object where an unknown field would be a mistake (pure). */
export function places(value: unknown, path: Path = []): Path[] {
  if (Array.isArray(value)) return value.flatMap((entry, index) => places(entry, [...path, index]));
  if (!isRecord(value)) return [];
  const name = String(path.at(-1));
  // A Service's selector is labels; others' have these two fields.
  const labels = name === "selector" && !("matchLabels" in value || "matchExpressions" in value);
  if (MAPS.has(name) || labels) return [];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))];
}

/** The object with a misspelt field at a place (pure). */
export function misspelt(value: unknown, [first, ...rest]: Path): unknown {
  if (first === undefined) return { ...(isRecord(value) ? value : {}), misspelt: "yes" };
  if (Array.isArray(value)) return value.map((entry, index) => (index === first ? misspelt(entry, rest) : entry));
  const record = isRecord(value) ? value : {};
  return { ...record, [first]: misspelt(record[String(first)], rest) };
}
