import type { RouteMatch } from "../schemas/http-route.ts";

/** What a route can look at in a request. */
export interface RequestFacts {
  method: string;
  /** Without the port, in lower case. */
  hostname: string;
  path: string;
  query: URLSearchParams;
  header(name: string): string | undefined;
}

/** One match of a rule, with what decides between several that hold. */
export interface Candidate<R> {
  rule: R;
  match: RouteMatch;
  hostnames: readonly string[];
  /** Age of the route, then place of the rule: less wins. */
  order: readonly number[];
}

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]", "::1"]);

/** Sorts matches by the precedence of the Gateway API: exact path, longest prefix, method, most headers, most query parameters, then order. */
export function byPrecedence<R>(candidates: readonly Candidate<R>[]): Candidate<R>[] {
  return [...candidates].sort(
    (a, b) => compare(specificity(b.match), specificity(a.match)) || compare(a.order, b.order),
  );
}

/** The first candidate, in the order of {@link byPrecedence}, that takes a request. */
export function selectRule<R>(candidates: readonly Candidate<R>[], request: RequestFacts): R | undefined {
  return candidates.find(({ match, hostnames }) => matchesHost(hostnames, request.hostname) && matches(match, request))
    ?.rule;
}

function matches(match: RouteMatch, request: RequestFacts): boolean {
  return (
    matchesPath(match.path, request.path) &&
    (match.method === undefined || match.method === request.method) &&
    (match.headers ?? []).every(({ name, value }) => request.header(name.toLowerCase()) === value) &&
    (match.queryParams ?? []).every(({ name, value }) => request.query.get(name) === value)
  );
}

function matchesPath(wanted: RouteMatch["path"], path: string): boolean {
  const value = wanted?.value ?? "/";
  if (wanted?.type === "Exact") return path === value;
  const prefix = value.endsWith("/") ? value.slice(0, -1) : value;
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** A request that names the loopback address instead of a host is for any of them: the sandbox has no DNS of its own. */
function matchesHost(hostnames: readonly string[], hostname: string): boolean {
  if (hostnames.length === 0 || LOOPBACK.has(hostname)) return true;
  return hostnames.some((wanted) =>
    wanted.startsWith("*.") ? hostname.endsWith(wanted.slice(1)) : hostname === wanted,
  );
}

function specificity(match: RouteMatch): readonly number[] {
  return [
    match.path?.type === "Exact" ? 1 : 0,
    (match.path?.value ?? "/").length,
    match.method === undefined ? 0 : 1,
    match.headers?.length ?? 0,
    match.queryParams?.length ?? 0,
  ];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, place) => value !== b[place]);
  return index === -1 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}
