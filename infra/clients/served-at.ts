/** Hosts that are served elsewhere, as `name=origin` parted by spaces; the sandbox sets it to its stand-ins. */
export const SERVICES_VARIABLE = "RUNBOOKS_SERVICES";

/** The origin under which the environment says that something is served, or null where it says nothing of it (pure). */
export function servedElsewhere(
  name: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | null {
  const places = (env[SERVICES_VARIABLE] ?? "").split(/\s+/);
  return places.find((place) => place.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}

/** The address at which a service's URL is really asked: its own, but for a host that the environment names another origin for (pure). */
export function servedAt(url: URL, env: Readonly<Record<string, string | undefined>> = process.env): URL {
  const origin = servedElsewhere(url.host, env);
  return origin === null ? url : new URL(`${url.pathname}${url.search}`, origin);
}
