import { isIP } from "node:net";

/** Redis' own, where a URL names none. */
const DEFAULT_PORT = 6379;

/** Where a REDIS_URL leads, and who logs in there. */
export interface RedisPlace {
  host: string;
  port: number;
  user: string;
  password: string;
  secure: "tls" | "plain";
}

/**
 * Reads a REDIS_URL (pure).
 * @throws Error that doesn't repeat it, where it is none
 */
export function redisPlaceOf(text: string): RedisPlace {
  if (!URL.canParse(text) || !/^rediss?:$/.test(new URL(text).protocol)) {
    throw new Error("REDIS_URL is no URL that begins with redis:// or rediss://");
  }
  const { hostname, port, username, password, protocol } = new URL(text);
  return {
    host: hostname,
    port: Number(port) || DEFAULT_PORT,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    secure: protocol === "rediss:" ? "tls" : "plain",
  };
}

/** What the driver connects with and says nothing more: before the login the server answers neither HELLO 3, INFO nor CLIENT SETINFO. */
export function connectionTo({ host, port, secure }: Pick<RedisPlace, "host" | "port" | "secure">) {
  return {
    host,
    port,
    ...(secure === "tls" ? { tls: serverName(host) } : {}),
    lazyConnect: true,
    // RESP 3 begins with HELLO, which asks for AUTH itself.
    protocol: 2,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: () => null,
  } as const;
}

/** A certificate is asked for by the host's name; an address isn't one (pure). */
export function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}
