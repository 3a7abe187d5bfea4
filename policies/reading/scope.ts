import { at, entries, type Field, items, textAt } from "./inputs.ts";
import { allContainers, podSpec, podTemplate, runsPods, servesUsers, variables } from "./pods.ts";
import { CONFIG_MAP, HTTP_ROUTE, REPLICATION_GROUP, SECRET } from "./types.ts";

const VARIABLES: ReadonlySet<string> = new Set(["SESSION_STORE", "REDIS_URL"]);
const OWN_ANNOTATION = /^runbooks\.dev\//;
const OWN_TAG = /^runbooks:/;
const OWN_HEADER = "x-runbooks-release";

interface Seen {
  readonly type: string;
  readonly props: Field;
}

/** Whether a resource shows by itself that it belongs to a program that keeps sessions in Redis. */
export function showsSessions({ type, props }: Seen): boolean {
  return isOwned(type, props) || namesSessions(type, props) || (type === HTTP_ROUTE && hasOwnHeader(props));
}

/** Whether a program keeps its sessions in Redis, or should: what else a pack of this name has no say on. */
export function keepsSessions(resources: readonly Seen[]): boolean {
  if (resources.some(showsSessions)) return true;
  // A workload that is told nothing, beside a Redis: this is what sessions in memory look like.
  return resources.some(({ type }) => servesUsers(type)) && resources.some(({ type }) => type === REPLICATION_GROUP);
}

function isOwned(type: string, props: Field): boolean {
  if (entries(at(props, "tags")).some(([name]) => OWN_TAG.test(name))) return true;
  const places = [at(props, "metadata"), ...(runsPods(type) ? [at(podTemplate(type, props), "metadata")] : [])];
  return places
    .flatMap((metadata) => [...entries(at(metadata, "annotations")), ...entries(at(metadata, "labels"))])
    .some(([name]) => OWN_ANNOTATION.test(name));
}

function namesSessions(type: string, props: Field): boolean {
  if (type === CONFIG_MAP || type === SECRET) {
    return ["data", "stringData"].some((part) => entries(at(props, part)).some(([name]) => VARIABLES.has(name)));
  }
  if (!runsPods(type)) return false;
  return allContainers(podSpec(type, props))
    .flatMap(variables)
    .some(({ name }) => VARIABLES.has(name));
}

function hasOwnHeader(props: Field): boolean {
  return items(at(props, "spec", "rules"))
    .flatMap((rule) => items(at(rule, "matches")))
    .flatMap((match) => items(at(match, "headers")))
    .some((header) => textAt(at(header, "name"))?.toLowerCase() === OWN_HEADER);
}
