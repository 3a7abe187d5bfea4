import { z } from "zod";
import { foundError, unreachable } from "./finding.ts";
import type { Client } from "./http.ts";
import { removeLater, type Visit } from "./visit.ts";

const listed = z.looseObject({ id: z.union([z.string().min(1), z.number()]).transform(String) });
export type Listed = z.infer<typeof listed>;

/** Pure: the things that a list answers with, bare or under one name; null where it isn't a list of things with ids. */
export function listedIn(body: unknown): Listed[] | null {
  const lists = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).safeParse(body);
  if (!lists.success) return null;
  const items = Array.isArray(lists.data) ? lists.data : Object.values(lists.data).find(Array.isArray);
  return z.array(listed).safeParse(items).data ?? null;
}

/** What an application answers that has no such list: no journey asks for one. */
const NO_LIST = new Set([404, 405, 410, 501]);

/** A page that answers whatever is asked, as single-page applications have it, is no list either. */
const isNoList = (status: number, body: unknown): boolean => NO_LIST.has(status) || (status === 200 && body === null);

/**
 * What a look that was killed has made below `path` and could not take away: it becomes this visit's own to remove. `made` tells
 * it from what else the synthetic user has. An application that has no list there keeps it; one whose list can't be read is named
 * beside what was left behind.
 * @returns the paths of what was found
 * @throws a finding where the release gives no answer, or one that says "not now"
 */
export async function takeOver(
  visit: Visit,
  client: Client,
  path: string,
  made: (item: Listed) => boolean,
): Promise<string[]> {
  const { status, body } = await client.call("GET", path);
  if (isNoList(status, body)) return [];
  const answered = `GET ${path} on ${client.release} answered ${status}`;
  if (status >= 500)
    throw foundError(unreachable(`${answered}: whether an earlier look has left something isn't known`));
  const items = status === 200 ? listedIn(body) : null;
  if (items === null) {
    visit.leaves(`what an earlier look may have left (${answered}, no list of ids)`, () => Promise.resolve(false));
    return [];
  }
  const paths = items.filter(made).map(({ id }) => `${path}/${encodeURIComponent(id)}`);
  for (const own of paths) removeLater(visit, client, own);
  return paths;
}
