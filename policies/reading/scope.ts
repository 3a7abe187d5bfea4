import { assignmentsOf } from "./assignments.ts";
import { at, entries, type Field, items, textAt } from "./inputs.ts";
import { isKind, objectsOf } from "./kubernetes.ts";
import { podsOf } from "./pods.ts";
import { GATEWAY, RELEASE_HEADER, REPLICATION_GROUP, SESSION_VARIABLES } from "./types.ts";

const OWN_ANNOTATION = /^runbooks\.dev\//;
const OWN_TAG = /^runbooks:/;

interface Seen {
  readonly type: string;
  readonly props: Field;
}

/** Whether a resource shows by itself that it belongs to a program that keeps sessions in Redis. */
export function showsSessions({ type, props }: Seen): boolean {
  if (type.startsWith("pulumi:")) return false;
  return isOwned(type, props) || namesSessions(type, props) || hasOwnHeader(type, props);
}

/** Whether a program keeps its sessions in Redis, or should: what else a pack of this name has no say on. */
export function keepsSessions(resources: readonly Seen[]): boolean {
  if (resources.some(showsSessions)) return true;
  // A workload that is told nothing, beside a Redis: this is what sessions in memory look like.
  return (
    resources.some(({ type }) => type === REPLICATION_GROUP) &&
    resources.some(({ type, props }) => podsOf(type, props).some(({ serves }) => serves))
  );
}

function isOwned(type: string, props: Field): boolean {
  if (entries(at(props, "tags")).some(([name]) => OWN_TAG.test(name))) return true;
  const places = [at(props, "metadata"), ...podsOf(type, props).map(({ template }) => at(template, "metadata"))];
  return places
    .flatMap((metadata) => [...entries(at(metadata, "annotations")), ...entries(at(metadata, "labels"))])
    .some(([name]) => OWN_ANNOTATION.test(name));
}

function namesSessions(type: string, props: Field): boolean {
  return assignmentsOf(type, props, SESSION_VARIABLES).length > 0;
}

function hasOwnHeader(type: string, props: Field): boolean {
  if (!isKind(type, GATEWAY, "HTTPRoute")) return false;
  return objectsOf(type, props)
    .flatMap((route) => items(at(route.props, "spec", "rules")))
    .flatMap((rule) => items(at(rule, "matches")))
    .flatMap((match) => items(at(match, "headers")))
    .some((header) => textAt(at(header, "name"))?.toLowerCase() === RELEASE_HEADER);
}
