/** Hosts that are served elsewhere, as `name=origin` parted by spaces; the sandbox sets it to its stand-ins. */
export const SERVICES_VARIABLE = "RUNBOOKS_SERVICES";

/** The address at which a service's URL is really asked: its own, but for a host that the environment names another origin for (pure). */
export function servedAt(url: URL, env: Readonly<Record<string, string | undefined>> = process.env): URL {
  const places = (env[SERVICES_VARIABLE] ?? "").split(/\s+/).filter((place) => place !== "");
  const found = places.find((place) => place.startsWith(`${url.host}=`));
  return found === undefined ? url : new URL(`${url.pathname}${url.search}`, found.slice(url.host.length + 1));
}
