import { RedisStore } from "connect-redis";
import type { Redis } from "ioredis";
import { httpFailure } from "./failures.ts";

/** Seconds that a session lives after its last use. */
export const SESSION_TTL_SECONDS = 24 * 60 * 60;

/**
 * connect-redis on an ioredis client: it speaks node-redis' dialect, of which a session needs four commands.
 * Every failure becomes a 503, so that an outage of Redis never looks like a missing session.
 */
export function createSessionStore(redis: Redis): RedisStore {
  const client = {
    get: (key: string) => orUnavailable(redis.get(key)),
    set: (key: string, value: string, options: { expiration: { value: number } }) =>
      orUnavailable(redis.set(key, value, "EX", options.expiration.value)),
    expire: (key: string, seconds: number) => orUnavailable(redis.expire(key, seconds)),
    del: (keys: string[]) => orUnavailable(redis.del(keys)),
  };
  return new RedisStore({ client, prefix: "sess:", ttl: SESSION_TTL_SECONDS });
}

async function orUnavailable<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    throw httpFailure(503, "the session store does not answer", error);
  }
}
