import { at, entries, type Field, isMissing, isUnknown, items, textAt } from "./inputs.ts";
import { objectsOf } from "./kubernetes.ts";
import { dataIn, setInLines } from "./texts.ts";

/** A variable that a resource's inputs set, wherever in them. */
export interface Assignment {
  readonly name: string;
  /** The value itself; missing where a source is named instead. */
  readonly literal: Field;
  /** Where the value is taken from, as `valueFrom` says. */
  readonly source: Field;
  /** Whether it stands in a place that is made for secrets, so that its value is never told. */
  readonly confidential: boolean;
}

interface Place {
  /** The key that leads here. */
  readonly key: string;
  readonly confidential: boolean;
  /** Whether the texts right below are in base64. */
  readonly encoded: boolean;
}

// These speak about a resource and set nothing in it.
const SPEAKING = /^(metadata|labels|annotations|tags|tagsAll|status|__\w+)$|[dD]escription$/;
const FREE_KEYS = /^(data|stringData|binaryData)$|env/i;
const FOR_SECRETS = /secret|^authToken$/i;
const LISTS_OF_VARIABLES = /env|variables/i;
const REFERENCE = /^(arn:aws[\w-]*:(secretsmanager|ssm):|ref\+|vault:)/;
const BASE64 = /^[A-Za-z0-9+/\s]{16,}(?:={1,2}\s*)?$/;
const SOURCES = ["valueFrom", "ValueFrom", "secretKeyRef", "configMapKeyRef"];

/**
 * Every place where a resource's inputs set one of the variables: a map's entry, `{ name, value }` in a list, and both in JSON and YAML texts,
 * in base64, in .env files, in command lines and in scripts (pure). What it says about itself (annotations, tags, descriptions) sets nothing.
 */
export function assignmentsOf(type: string, props: Field, names: ReadonlySet<string>): Assignment[] {
  const start = { key: "", confidential: false, encoded: false };
  const objects = objectsOf(type, props);
  if (objects.length === 0) return below(props, { ...start, key: type.split(":").at(-1) ?? "" }, names);
  return objects.flatMap((object) => inRecord(object.props, start, names, object.kind === "Secret"));
}

function below(field: Field, place: Place, names: ReadonlySet<string>): Assignment[] {
  const text = textAt(field);
  if (text !== undefined) return inText(field, text, place, names);
  if (Array.isArray(field.value)) return items(field).flatMap((item) => below(item, place, names));
  return inRecord(field, place, names, textAt(at(field, "kind")) === "Secret");
}

function inRecord(record: Field, place: Place, names: ReadonlySet<string>, isSecret: boolean): Assignment[] {
  const listed = listedIn(record, place, names);
  if (listed !== undefined) return [listed];
  return entries(record).flatMap(([key, value]) => {
    if (speaks(key, place.key)) return [];
    const inside = placeBelow(key, place, isSecret);
    const inKey = setInLines({ path: record.path, value: key }, names).map((one) => ({
      ...one,
      confidential: place.confidential,
    }));
    return [...inKey, ...(names.has(key) ? underName(key, value, inside) : below(value, inside, names))];
  });
}

/** Whether what stands under a key only speaks about the resource; a ConfigMap's and an environment's keys are free. */
export function speaks(key: string, parent: string): boolean {
  return SPEAKING.test(key) && !FREE_KEYS.test(parent);
}

function placeBelow(key: string, place: Place, isSecret: boolean): Place {
  const ofSecret = isSecret && (key === "data" || key === "stringData");
  return {
    key,
    confidential: place.confidential || ofSecret || FOR_SECRETS.test(key),
    encoded: place.encoded || key === "binaryData" || (isSecret && key === "data"),
  };
}

/** `{ name: NAME, value }` or `{ key: NAME, value }`, with a path before the name where a parameter store has one. */
function listedIn(record: Field, place: Place, names: ReadonlySet<string>): Assignment | undefined {
  const called = ["name", "key", "Name", "Key"].flatMap((key) => textAt(at(record, key)) ?? []);
  const full = called.find((text) => names.has(text.slice(text.lastIndexOf("/") + 1)));
  if (full === undefined) return undefined;
  const [literal, source] = literalAndSource(record);
  const isEntry = names.has(full) && textAt(at(record, "name")) === full && LISTS_OF_VARIABLES.test(place.key);
  if (isMissing(literal) && isMissing(source) && !isEntry) return undefined;
  const confidential = place.confidential || textAt(at(record, "type")) === "SecureString";
  return { name: full.slice(full.lastIndexOf("/") + 1), literal, source, confidential };
}

function literalAndSource(record: Field): [Field, Field] {
  const literal = ["value", "Value"].map((key) => at(record, key)).find((field) => !isMissing(field));
  const source = SOURCES.map((key) => at(record, key)).find((field) => !isMissing(field));
  return [literal ?? at(record, "value"), source ?? at(record, "valueFrom")];
}

function underName(name: string, value: Field, place: Place): Assignment[] {
  if (entries(value).length > 0) {
    const [literal, source] = literalAndSource(value);
    if (isMissing(literal) && isMissing(source)) return [];
    if (!source.path.endsWith("KeyRef")) return [{ name, literal, source, confidential: place.confidential }];
    return [{ name, literal, source: value, confidential: place.confidential }];
  }
  return [plain(name, decoded(value, place), place)];
}

/** Whether a value is the name of a secret's entry elsewhere. */
export function isReference(value: Field): boolean {
  return REFERENCE.test(textAt(value) ?? "");
}

/** A value as it stands; one that points at a secret's entry is a source. */
function plain(name: string, value: Field, { confidential }: Place): Assignment {
  const nothing = { path: value.path, value: undefined };
  const reference = isReference(value);
  return { name, literal: reference ? nothing : value, source: reference ? value : nothing, confidential };
}

function inText(field: Field, text: string, place: Place, names: ReadonlySet<string>): Assignment[] {
  const clear = decoded(field, place);
  const held = textAt(clear) ?? text;
  if (!mayName(held, names)) {
    return !place.encoded && BASE64.test(held) ? inEncoded(held, field, place, names) : [];
  }
  const data = dataIn(clear);
  if (data !== undefined) return below(data, { ...place, encoded: false }, names);
  return setInLines(clear, names).map((one) => ({ ...one, confidential: place.confidential }));
}

function inEncoded(held: string, { path }: Field, place: Place, names: ReadonlySet<string>): Assignment[] {
  const text = Buffer.from(held, "base64").toString("utf8");
  return mayName(text, names) ? inText({ path, value: text }, text, { ...place, encoded: false }, names) : [];
}

// JSON and YAML may write a name's letters as escapes.
function mayName(text: string, names: ReadonlySet<string>): boolean {
  for (const name of names) if (text.includes(name)) return true;
  return /\\[ux]/.test(text);
}

function decoded(field: Field, { encoded }: Place): Field {
  const text = textAt(field);
  if (!encoded || text === undefined || isUnknown(field)) return field;
  return { path: field.path, value: Buffer.from(text, "base64").toString("utf8") };
}
