import { UnknownValueError } from "@pulumi/policy";

/** Stands for a value that a preview can't know yet. */
export const UNKNOWN = Symbol("unknown");

/** A resource's properties as plain data, with `UNKNOWN` wherever the engine can't tell yet. */
export type Value =
  | null
  | boolean
  | number
  | string
  | typeof UNKNOWN
  | readonly Value[]
  | { readonly [key: string]: Value };

/** A place in a resource's properties: the path names it in messages. `undefined` is a place that isn't there. */
export interface Field {
  readonly path: string;
  readonly value: Value | undefined;
}

/**
 * Reads all properties once. A policy that meets an unknown through Pulumi's own proxy is cut short and becomes a mere
 * advice; here the unknown is a value like any other, so what is known is still judged.
 */
export function readInputs(props: object): Field {
  return fieldOf("", props);
}

/** Data that was read from a text, as the place where the text stands. */
export function fieldOf(path: string, data: unknown): Field {
  return { path, value: plain(data) };
}

function plain(value: unknown): Value {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string") {
    return value;
  }
  if (Array.isArray(value)) return Array.from(value.keys(), (index) => read(value, index));
  if (typeof value === "object") {
    const known: Record<string, Value> = {};
    for (const key of Object.keys(value)) known[key] = read(value, key);
    return known;
  }
  return null;
}

function read(owner: object, key: string | number): Value {
  try {
    return plain(Reflect.get(owner, key, owner));
  } catch (error) {
    if (error instanceof UnknownValueError) return UNKNOWN;
    throw error;
  }
}

/** The place below `field` that the keys lead to. Below an unknown, all is unknown. */
export function at(field: Field, ...keys: (string | number)[]): Field {
  return keys.reduce(below, field);
}

function below(field: Field, key: string | number): Field {
  return { path: pathBelow(field.path, key), value: valueBelow(field.value, key) };
}

function pathBelow(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function valueBelow(value: Value | undefined, key: string | number): Value | undefined {
  if (value === UNKNOWN) return UNKNOWN;
  if (isList(value)) return typeof key === "number" ? value[key] : undefined;
  if (isRecord(value)) return Object.hasOwn(value, key) ? value[String(key)] : undefined;
  return undefined;
}

/** The places of a list's elements; none if it is missing, unknown or no list. */
export function items(field: Field): Field[] {
  return isList(field.value) ? field.value.map((_, index) => at(field, index)) : [];
}

/** The places of a record's entries; none if it is missing, unknown or no record. */
export function entries(field: Field): [string, Field][] {
  return isRecord(field.value) ? Object.keys(field.value).map((key) => [key, at(field, key)]) : [];
}

export function isUnknown(field: Field): boolean {
  return field.value === UNKNOWN;
}

/** True where nothing is set; an unknown is something. */
export function isMissing(field: Field): boolean {
  return field.value === undefined || field.value === null;
}

/** The text at a place, if it is known and a text. */
export function textAt(field: Field): string | undefined {
  return typeof field.value === "string" ? field.value : undefined;
}

/** The number at a place, if it is known and a number. */
export function numberAt(field: Field): number | undefined {
  return typeof field.value === "number" ? field.value : undefined;
}

/** "spec.replicas is 1": a place and its value, for messages. Never for a place that may hold a secret. */
export function shown(field: Field): string {
  if (isMissing(field)) return `${field.path} is missing`;
  if (isUnknown(field)) return `${field.path} isn't known yet`;
  return `${field.path} is ${JSON.stringify(field.value, (_, value) => (value === UNKNOWN ? "(not known yet)" : value))}`;
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

function isRecord(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
