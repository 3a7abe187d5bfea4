import { createHmac } from "node:crypto";
import { RELEASE_ID } from "./release-id.ts";

/** The header that asks the Gateway for one release, and in whose answer it says which one has served. */
export const RELEASE_HEADER = "x-runbooks-release";

/** Set to "plain" where any client may name a release by its id: in the sandbox alone. */
export const HEADER_VARIABLE = "RUNBOOKS_RELEASE_HEADER";

/** Whether the environment asks for a header without a key (pure). */
export function takesPlainHeader(env: Readonly<Record<string, string | undefined>>): boolean {
  return env[HEADER_VARIABLE] === "plain";
}

/** Stands in a header's value where a release would: for requests that the weights share out, and whose answers say who gave them. */
const BY_WEIGHT = "by-weight";

/** The values by which a Gateway takes requests for its releases. They carry a key where users must not pick one: never show them. */
export interface ReleaseHeaders {
  /** by release */
  values: ReadonlyMap<string, string>;
  /** What a request sends that is shared out by weight and whose answer says who gave it; null where every answer says so. */
  byWeight: string | null;
}

/** The header's values in a route's rules. */
export interface HeaderRule {
  /** null where it asks for no single release */
  release: string | null;
  /** null where the rule doesn't look at the header */
  header: string | null;
}

/**
 * The value that only a holder of the key can make, for one release alone (pure).
 * @param release null: for requests that the weights share out
 */
export function keyedHeader(release: string | null, key: string): string {
  const asked = release ?? BY_WEIGHT;
  return `${asked}.${createHmac("sha256", key).update(asked).digest("hex")}`;
}

/** Reads which release a value asks for (pure). @returns null where the weights decide */
export function releaseIn(value: string): string | null {
  const [asked = ""] = value.split(".");
  return asked === BY_WEIGHT ? null : asked;
}

/** The values that a route's rules take (pure). */
export function headersIn(rules: readonly HeaderRule[]): ReleaseHeaders {
  const values = rules.flatMap(({ release, header }) =>
    release === null || header === null ? [] : [[release, header] as const],
  );
  const byWeight = rules.find(({ release, header }) => release === null && header !== null);
  return { values: new Map(values), byWeight: byWeight?.header ?? null };
}

/** What a request sends that asks for a release (pure): one that the route doesn't know is asked for by its id. */
export function headerFor({ values }: Pick<ReleaseHeaders, "values">, release: string): string {
  return values.get(release) ?? release;
}

/** A value with its key, wherever it stands in a text. */
export const KEYED_VALUE = new RegExp(`\\b(${RELEASE_ID}|${BY_WEIGHT})\\.[0-9a-f]{64}\\b`, "gi");
