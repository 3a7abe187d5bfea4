/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A resource's properties as a handler sees them: plain values, secrets unwrapped. */
export type Props = Record<string, Json>;

/** What the engine sends during a preview for a value that isn't known yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e";

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is, or has somewhere in it, a value that a preview doesn't know yet. */
export function hasUnknown(value: Json | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

function unwrap(signed: Record<string, unknown>): Json {
  switch (signed[SIGNATURE]) {
    case SECRET:
      return fromWire(signed.value);
    case OUTPUT_VALUE:
      return "value" in signed ? fromWire(signed.value) : UNKNOWN;
    case RESOURCE_REFERENCE:
      return fromWire(signed.id ?? signed.urn);
    default:
      throw new Error(
        `a value with the signature ${String(signed[SIGNATURE])} (an asset or an archive) isn't taken here`,
      );
  }
}

/**
 * A value of the engine's wire format as plain JSON: secrets and outputs are unwrapped, unknowns become UNKNOWN.
 * @throws Error for assets and archives, which no resource of the sandbox takes
 */
function fromWire(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(fromWire);
  if (!isObject(value)) throw new Error(`a value of type ${typeof value} isn't JSON`);
  return SIGNATURE in value ? unwrap(value) : propsFromWire(value);
}

/** The properties of a wire message; keys without a value are left out. */
export function propsFromWire(value: Record<string, unknown> | undefined): Props {
  const known = Object.entries(value ?? {}).filter(([, inner]) => inner !== undefined && inner !== null);
  return Object.fromEntries(known.map(([key, inner]) => [key, fromWire(inner)]));
}

/** Properties for the wire, the named ones marked as secret. */
export function propsToWire(props: Props, secrets: readonly string[] = []): Props {
  const hidden = new Set(secrets);
  return Object.fromEntries(
    Object.entries(props).map(([key, value]) => [
      key,
      hidden.has(key) && value !== null ? { [SIGNATURE]: SECRET, value } : value,
    ]),
  );
}

/** What `actual` says today about the keys that `wanted` names: how a refresh tells drift from computed values. */
export function projectOnto(wanted: Json, actual: Json | undefined): Json {
  if (actual === undefined) return wanted;
  if (isObject(wanted) && isObject(actual)) {
    return Object.fromEntries(Object.entries(wanted).map(([key, inner]) => [key, projectOnto(inner, actual[key])]));
  }
  if (Array.isArray(wanted) && Array.isArray(actual) && wanted.length === actual.length) {
    return wanted.map((inner, index) => projectOnto(inner, actual[index]));
  }
  return actual;
}
