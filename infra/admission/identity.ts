/** Other names that people are known by: the person's own name, and how else they sign. */
export type Aliases = Readonly<Record<string, readonly string[]>>;

/** Two spellings of one name are the same text here: case, Unicode's forms, spaces and invisible characters don't count. */
export function folded(name: string): string {
  // Up and down again: some letters, such as the German sharp s, have a partner only one way.
  return name
    .normalize("NFKC")
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKC")
    .replace(/[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/gu, "")
    .replace(/^@/, "");
}

/** Everyone whom a name may mean: its own spelling and all that the aliases tie to it, however many steps away (pure). */
function circleOf(name: string, aliases: Aliases): Set<string> {
  const groups = Object.entries(aliases).map(([own, others]) => [own, ...others].map(folded));
  const circle = new Set([folded(name)]);
  for (let before = 0; before < circle.size; ) {
    before = circle.size;
    for (const group of groups) if (group.some((one) => circle.has(one))) for (const one of group) circle.add(one);
  }
  return circle;
}

/** Whether two names are one person's. */
export function isSamePerson(one: string, other: string, aliases: Aliases): boolean {
  return circleOf(one, aliases).has(folded(other));
}
