import { isIP } from "node:net";

/** Where a service listens. */
export interface ListenAddress {
  host: string;
  port: number;
}

/** Loopback alone: whoever opens the service to others says so. */
export const DEFAULT_LISTEN = "127.0.0.1:8080";

/** Reads `HOST:PORT`, `[IPV6]:PORT` or `:PORT`, which is every address of the machine (pure); null where it is none. */
export function listenAddressIn(text: string): ListenAddress | null {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return null;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : null;
  return { host: plain === "" || plain === undefined ? "0.0.0.0" : plain, port };
}
