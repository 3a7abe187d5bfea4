/** What `migrate` is to do: the names in the order in which they run. */
export interface MigrationPlan {
  direction: "up" | "down";
  names: string[];
}

/**
 * Decides what brings the database to `target`: `up` applies what is missing up to and including it, `down` takes back
 * what was applied after it. `files` and `applied` are names in order.
 * @throws Error where the target isn't known, or the applied ones are not the beginning of the files.
 */
export function planMigrations(
  direction: "up" | "down",
  target: string,
  { files, applied }: { files: string[]; applied: string[] },
): MigrationPlan {
  const last = files.indexOf(target);
  if (last === -1) throw new Error(`there is no migration ${target}: this image has ${files.join(", ") || "none"}`);
  const foreign = applied.findIndex((name, at) => files[at] !== undefined && files[at] !== name);
  if (foreign !== -1) {
    throw new Error(
      `migration ${applied[foreign]} is applied where this image has ${files[foreign]}: the order differs`,
    );
  }
  if (direction === "up") return { direction, names: files.slice(applied.length, last + 1) };

  const removed = applied.slice(last + 1);
  const unknown = removed.filter((name) => !files.includes(name));
  if (unknown.length > 0) {
    throw new Error(`this image can't take ${unknown.join(", ")} back: use the image that brought it`);
  }
  return { direction, names: removed.toReversed() };
}
