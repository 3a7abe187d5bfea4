import { randomUUID } from "node:crypto";
import { connect as connectPlain } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Redis } from "ioredis";
import { connectionTo, type RedisPlace, redisPlaceOf, serverName } from "../../../clients/redis-url.ts";
import { type Facts, hasAnswered, trouble, UNTRIED } from "../facts.ts";
import { ANSWER_WITHIN, connected, inTime, measured, spoken } from "./measure.ts";

type RedisFacts = Facts["redis"];

const UNKNOWN = { usedMemoryPercent: null, role: null, sessions: null } as const;
/** Pages of keys that are looked through for sessions. */
const PAGES = 20;
const PAGE = 1_000;

function reach({ host, port, secure }: RedisPlace): Promise<void> {
  if (secure === "plain") return connected(connectPlain({ host, port }), "connect");
  return connected(connectTls({ host, port, ...serverName(host) }), "secureConnect");
}

/** A connection that hasn't said who it is: AUTH is a question of its own. The driver is loaded where a probe needs it. */
async function clientOf(place: RedisPlace): Promise<Redis> {
  const { Redis } = await import("ioredis");
  const client = new Redis({
    ...connectionTo(place),
    connectTimeout: ANSWER_WITHIN,
    maxRetriesPerRequest: 0,
  });
  // Each command's promise rejects with the same error; the event alone would end the process.
  client.on("error", () => undefined);
  return client;
}

/** A value of INFO's text. */
function infoValue(text: string, name: string): string | null {
  return new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(text)?.[1] ?? null;
}

async function countSessions(client: Redis): Promise<number> {
  let cursor = "0";
  let count = 0;
  for (let page = 0; page < PAGES; page += 1) {
    const [next, keys] = await client.scan(cursor, "MATCH", "sess:*", "COUNT", PAGE);
    count += keys.filter((key) => !key.startsWith("sess:check:") && !key.startsWith("sess:probe:")).length;
    cursor = next;
    if (cursor === "0") break;
  }
  return count;
}

/** Writes and reads what a session is: PING would pass where no session can be kept. */
async function writeSession(client: Redis): Promise<void> {
  const key = `sess:probe:${randomUUID()}`;
  await client.set(key, "{}", "EX", 5);
  if ((await client.get(key)) !== "{}") throw spoken("READBACK");
  await client.del(key);
}

async function askInfo(client: Redis): Promise<Pick<RedisFacts, "usedMemoryPercent" | "role">> {
  const memory = await client.info("memory");
  const [used, most] = [infoValue(memory, "used_memory"), infoValue(memory, "maxmemory")].map(Number);
  const role = infoValue(await client.info("replication"), "role");
  return {
    usedMemoryPercent: used === undefined || !most ? null : Math.round((100 * used) / most),
    role: role === "master" ? "primary" : role === "slave" ? "replica" : null,
  };
}

/** What Redis says of itself, each part as long as a question may take; what it doesn't say isn't known. */
async function lookInside(client: Redis): Promise<Pick<RedisFacts, keyof typeof UNKNOWN>> {
  const info = await inTime(askInfo(client)).catch(() => null);
  if (info === null) return UNKNOWN;
  return { ...info, sessions: await inTime(countSessions(client)).catch(() => null) };
}

/** Asks Redis, one question after the other; never rejects. @param text the URL that the pods have, with user and password */
export async function probeRedis(text: string): Promise<RedisFacts> {
  const place = redisPlaceOf(text);
  const connection = await measured(() => reach(place));
  if (!hasAnswered(connection)) return { connection, login: UNTRIED, write: UNTRIED, ...UNKNOWN };
  const client = await clientOf(place);
  try {
    const login = await measured(async () => {
      await client.connect();
      await client.call("AUTH", place.user, place.password);
    });
    if (!hasAnswered(login)) return { connection, login, write: UNTRIED, ...UNKNOWN };
    // Answers come in the order of the questions: one that isn't answered must not stand before the write.
    const write = await measured(() => writeSession(client));
    const inside = write.state === "silent" ? UNKNOWN : await lookInside(client);
    const asReplica = inside.role === "replica" && write.state === "well";
    return { connection, login, write: asReplica ? trouble("replica", "a replica") : write, ...inside };
  } finally {
    client.disconnect();
  }
}
