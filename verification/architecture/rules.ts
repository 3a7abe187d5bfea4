import { BESIDE, IMPORTED_BY_NOBODY, OUTSIDE, ROOMS, type Room, WITHOUT_PULUMI } from "./rooms.ts";

const inFolder = (name: string): string => `**/${name}/**`;

/** A rule of Biome's: what the files of a folder may not import. */
function rule(includes: string, group: readonly string[], message: string) {
  const noRestrictedImports = { level: "error", options: { patterns: [{ group, message }] } };
  return { includes: [includes], linter: { rules: { style: { noRestrictedImports } } } };
}

function ruleOf({ name }: Room, place: number) {
  const message = `${name} imports only what stands before it in docs/architecture.md`;
  if (place === 0) return rule(`infra/${name}.ts`, ["./**", "../**"], message);
  const later = ROOMS.slice(place + 1).map((room) => room.name);
  const rooms = [...new Set([...later, IMPORTED_BY_NOBODY])].filter((room) => room !== name);
  const pulumi = WITHOUT_PULUMI.includes(name) ? ["@pulumi/**"] : [];
  return rule(`infra/${name}/**`, [...[...rooms, ...OUTSIDE].map(inFolder), ...pulumi], message);
}

/** The allowed arrows as Biome's configuration, which `biome.json` extends (pure). */
export function biomeRules() {
  const beside = BESIDE.map(({ folder, without, why }) => rule(`${folder}/**`, without.map(inFolder), why));
  return { overrides: [...ROOMS.map(ruleOf), ...beside] };
}

/** The allowed arrows as a drawing for people (pure). */
export function drawing(): string {
  const rows = ROOMS.map(({ name, what }, place) => `| ${place === 0 ? "" : "↑ "}\`${name}\` | ${what} |`);
  const beside = BESIDE.map(
    ({ folder, without, why }) => `- \`${folder}/\` imports nothing of ${without.join(", ")}: ${why}.`,
  );
  return [
    "| folder of `infra/` | what it holds |",
    "| --- | --- |",
    ...rows,
    "",
    `Nobody imports \`${IMPORTED_BY_NOBODY}\`; ${WITHOUT_PULUMI.map((name) => `\`${name}\``).join(" and ")} know nothing of Pulumi; \`infra/\` imports nothing of ${OUTSIDE.join(", ")}.`,
    "",
    ...beside,
  ].join("\n");
}

const MARKS = { begin: "<!-- rooms: npm run architecture -->", end: "<!-- end of rooms -->" } as const;

/** The page with today's drawing in its place (pure). @throws Error where the page has no such place */
export function withDrawing(page: string): string {
  const [begin, end] = [page.indexOf(MARKS.begin), page.indexOf(MARKS.end)];
  if (begin === -1 || end < begin) throw new Error(`docs/architecture.md needs ${MARKS.begin} and ${MARKS.end}`);
  return `${page.slice(0, begin + MARKS.begin.length)}\n\n${drawing()}\n\n${page.slice(end)}`;
}
