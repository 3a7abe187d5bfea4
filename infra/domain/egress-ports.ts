/** The session store's. */
export const REDIS_PORT = 6379;

/** What an application's pods may call on every stack: HTTPS (Supabase, AFM), Postgres direct and pooled, Redis. */
export const OPEN_PORTS: readonly number[] = [443, 5432, 6543, REDIS_PORT];

const OF_SCHEME: Readonly<Record<string, number>> = {
  "http:": 80,
  "https:": 443,
  "postgres:": 5432,
  "postgresql:": 5432,
};

/** The port that a URL is called at; null where it isn't one, or names none and its scheme has none (pure). */
export function portOf(url: string): number | null {
  if (!URL.canParse(url)) return null;
  const { port, protocol } = new URL(url);
  return port === "" ? (OF_SCHEME[protocol] ?? null) : Number(port);
}

/** The literals of a release that are the addresses of services. */
const ADDRESSES = ["SUPABASE_URL", "AFM_URL"] as const;

/**
 * Every port that pods may call (pure): those of every stack, those that the settings name, and those of the services' addresses. A release
 * keeps its addresses, so each one's are given.
 */
export function egressPorts(
  named: readonly number[],
  configurations: readonly Readonly<Record<string, string>>[],
): number[] {
  const called = configurations.flatMap((literals) => ADDRESSES.map((name) => portOf(literals[name] ?? "")));
  const more = [...named, ...called.filter((port) => port !== null)].sort((one, other) => one - other);
  return [...new Set([...OPEN_PORTS, ...more])];
}
