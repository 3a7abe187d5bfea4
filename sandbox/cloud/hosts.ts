/** Where a name of the outer world is served in the sandbox. */
export interface Host {
  /** The address that the workload is told: a host's name, without port. */
  name: string;
  protocol: "http:" | "postgresql:";
  port: number;
}

/**
 * The sandbox's DNS: a URL whose host is served here becomes the loopback URL, with user, password, path and query as they
 * were. Anything else comes back unchanged.
 */
export function hostResolver(hosts: readonly Host[]): (url: string) => string {
  const byName = new Map(hosts.map((host) => [host.name, host]));
  return (url) => {
    const [, authority = ""] = /^[a-z]+:\/\/(?:[^@/]*@)?([^/?#]+)/.exec(url) ?? [];
    const host = byName.get(authority.replace(/:\d+$/, ""));
    if (host === undefined) return url;
    const local = `127.0.0.1:${host.port}`;
    return url.replace(/^[a-z]+:/, host.protocol).replace(authority, local);
  };
}

/** The origin of each host, as the runner is told it: a database by its usual port, as its URL has it. */
export function originsOf(hosts: readonly Host[]): Record<string, string> {
  return Object.fromEntries(
    hosts.map(({ name, protocol, port }) => [
      protocol === "postgresql:" ? `${name}:5432` : name,
      `${protocol}//127.0.0.1:${port}`,
    ]),
  );
}
