import { z } from "zod";
import type { Client } from "./http.ts";
import { removeLater, type Visit } from "./visit.ts";

const listed = z.looseObject({ id: z.union([z.string().min(1), z.number()]).transform(String) });
export type Listed = z.infer<typeof listed>;

/** Pure: the things that a list answers with, bare or under one name; none where it isn't a list. */
export function listedIn(body: unknown): Listed[] {
  const lists = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).safeParse(body);
  if (!lists.success) return [];
  const items = Array.isArray(lists.data) ? lists.data : Object.values(lists.data).find(Array.isArray);
  return z.array(listed).catch([]).parse(items);
}

/**
 * What a look that was killed has made below `path` and could not take away: it becomes this visit's own to remove. `made` tells
 * it from what else the synthetic user has. An application that answers no `GET` of the path keeps it.
 * @returns the paths of what was found
 */
export async function takeOver(
  visit: Visit,
  client: Client,
  path: string,
  made: (item: Listed) => boolean,
): Promise<string[]> {
  const { status, body } = await client.call("GET", path);
  if (status !== 200) return [];
  const left = listedIn(body).filter(made);
  const paths = left.map(({ id }) => `${path}/${encodeURIComponent(id)}`);
  for (const own of paths) removeLater(visit, client, own);
  return paths;
}
