import type { Manifest, Migration } from "./manifest.ts";

/** Taking the migrations back loses what they hold; `expandOnly` where the old release can live with them as they are. */
export interface LossyBoundary {
  kind: "lossy" | "irreversible";
  since: readonly Migration[];
  blocking: readonly Migration[];
  expandOnly: boolean;
}

/** What lies between the database's schema and the one that a release was made for. */
export type Boundary =
  | { kind: "none" }
  /** every migration since can be taken back with nothing lost, newest first */
  | { kind: "reversible"; since: readonly Migration[] }
  | LossyBoundary
  /** the release was made for another history of the schema */
  | { kind: "incompatible"; why: string };

function incompatibility(schema: readonly Migration[], listed: readonly Migration[]): string | null {
  const missing = listed.slice(schema.length).map(({ id }) => id);
  if (missing.length > 0) return `it needs ${missing.join(", ")}, which the database doesn't have: deploy it instead`;
  const differs = listed.find(({ id, sha256 }, index) => schema[index]?.id !== id || schema[index]?.sha256 !== sha256);
  return differs === undefined ? null : `its ${differs.id} isn't the one that the database has applied`;
}

/** Compares the applied migrations with those of a release (pure). */
export function boundaryTo(schema: readonly Migration[], { migrations }: Pick<Manifest, "migrations">): Boundary {
  const why = incompatibility(schema, migrations);
  if (why !== null) return { kind: "incompatible", why };
  const since = schema.slice(migrations.length);
  if (since.length === 0) return { kind: "none" };
  const blocking = since.filter(({ phase, reversible }) => phase === "contract" || reversible !== "yes");
  if (blocking.length === 0 && migrations.length > 0) return { kind: "reversible", since };
  const lost = since.some(({ reversible }) => reversible === "no");
  const expandOnly = since.every(({ phase }) => phase === "expand");
  return { kind: lost ? "irreversible" : "lossy", since, blocking: blocking.length > 0 ? blocking : since, expandOnly };
}
