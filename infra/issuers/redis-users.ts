import type { Redis } from "ioredis";
import { type AskInPod, REPLY_ERROR, UNREACHED } from "../clients/redis-in-pod.ts";
import { connectionTo, type RedisPlace, redisPlaceOf } from "../clients/redis-url.ts";
import type { Issuer, Probed } from "./issuer.ts";

/** An address at which the store takes connections: the primary's, the readers'. */
export interface Endpoint {
  host: string;
  port: number;
}

export interface RedisUsersOptions {
  /** Every endpoint of the store, as the stack says it: a pod's URL names only one of them. */
  endpoints(): Promise<readonly Endpoint[]>;
  /** A REDIS_URL that is accepted now, by which CLIENT LIST is read. */
  observer(): Promise<string>;
  /** How the store is asked from inside of the cluster, where it isn't reached from here; left out where there is no such way. */
  inPod?: AskInPod;
}

/** Milliseconds that a connection and each command may take. */
const WITHIN = 5_000;
/** How our own connections are called, so that they aren't counted. */
const OURS = "runbooks";
const REFUSED = /^(WRONGPASS|NOAUTH|NOPERM|ERR invalid password|ERR user is disabled)/;

type Login = Pick<RedisPlace, "user" | "password" | "secure">;

/** Connects, authenticates and works; the driver's errors carry the command with its password, so none of them goes on. */
async function asUser<T>({ host, port }: Endpoint, login: Login, work: (client: Redis) => Promise<T>): Promise<T> {
  const { Redis } = await import("ioredis"); // only where a user is tried
  const client = new Redis({
    ...connectionTo({ host, port, secure: login.secure }),
    connectTimeout: WITHIN,
    commandTimeout: WITHIN,
    maxRetriesPerRequest: 0,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    // The name comes with the login: at no moment is our own connection counted as a user's.
    await client.call("HELLO", "2", "AUTH", login.user, login.password, "SETNAME", OURS);
    return await work(client);
  } finally {
    client.disconnect();
  }
}

/** An error in words that hold no password: of what Redis has answered, the first word alone, which is its code. */
function wordOf(error: unknown): string {
  if (!(error instanceof Error)) return "no answer";
  if (error.name === REPLY_ERROR) return /^[A-Z]+/.exec(error.message)?.[0] ?? "an error without a code";
  const isOfTheSystem = "code" in error && typeof error.code === "string" && error.code !== UNREACHED;
  return isOfTheSystem ? String(error.code) : error.message;
}

/** What is said of a store that didn't answer as it should. */
function troubleAt({ host, port }: Endpoint, error: unknown): string {
  return `the session store at ${host}:${port} gave no answer to that (${wordOf(error)})`;
}

/** Stores that weren't reached from here: for as long as this process lives they are asked from a pod. */
const notFromHere = new Set<string>();

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && error.name === REPLY_ERROR && REFUSED.test(error.message);

/** Logs in and asks: from here, or from one of the application's pods where the store isn't reached from here. */
async function ask(
  endpoint: Endpoint,
  login: Login,
  command: readonly string[],
  inPod: AskInPod | undefined,
): Promise<string> {
  const place = `${endpoint.host}:${endpoint.port}`;
  const [name = "", ...args] = command;
  if (inPod === undefined || !notFromHere.has(place)) {
    try {
      return await asUser(endpoint, login, async (client) => String(await client.call(name, ...args)));
    } catch (error) {
      if (inPod === undefined || isRefusal(error)) throw error;
    }
  }
  const hello = ["HELLO", "2", "AUTH", login.user, login.password, "SETNAME", OURS];
  const question = { ...endpoint, secure: login.secure, commands: [hello, command], within: WITHIN };
  const replies = await inPod(question);
  notFromHere.add(place);
  return replies.at(-1) ?? "";
}

/** One answer for all endpoints: where they disagree there is none yet (pure). */
export function agreed(probed: readonly Probed[]): Probed {
  const unknown = probed.find(({ answer }) => answer === "unknown");
  const [first, ...rest] = probed;
  if (first === undefined) return { answer: "unknown", why: "there is no endpoint to ask" };
  if (unknown !== undefined) return unknown;
  if (rest.every(({ answer }) => answer === first.answer)) return first;
  return { answer: "unknown", why: "one endpoint of the session store accepts it and another refuses it" };
}

/** The connections of a user in an answer of CLIENT LIST, less our own (pure). */
function connectionsOf(user: string, list: string): number {
  return list
    .split("\n")
    .map((line) => line.trim().split(" "))
    .filter((fields) => fields.includes(`user=${user}`) && !fields.includes(`name=${OURS}`)).length;
}

/**
 * The store's two application users, each a credential with the user's name as its id. The program mints and scrambles their
 * passwords by stack updates; here they are tried on every endpoint and their open connections counted.
 */
export function redisUsers({ endpoints, observer, inPod }: RedisUsersOptions): Issuer {
  const everywhere = async <T>(ask: (endpoint: Endpoint) => Promise<T>): Promise<T[]> => {
    const all = await endpoints();
    const distinct = all.filter(
      ({ host, port }, index) => all.findIndex((one) => one.host === host && one.port === port) === index,
    );
    if (distinct.length === 0) throw new Error("REDIS_URL: the stack names no endpoint of the session store");
    return Promise.all(distinct.map(ask));
  };

  return {
    abilities: { overlap: true, mint: "program", revoke: false, introspect: true },
    mint: async () => {
      throw new Error("REDIS_URL: the program mints the users' passwords, in a stack update");
    },
    async probe(value) {
      const login = redisPlaceOf(value);
      const probed = await everywhere((endpoint) =>
        ask(endpoint, login, ["PING"], inPod).then(
          (): Probed => ({ answer: "accepted" }),
          (error: unknown): Probed =>
            isRefusal(error) ? { answer: "refused" } : { answer: "unknown", why: troubleAt(endpoint, error) },
        ),
      );
      return agreed(probed);
    },
    identify: async (value) => redisPlaceOf(value).user,
    accepted: async () => null,
    async uses(id) {
      const login = redisPlaceOf(await observer());
      const counts = await everywhere((endpoint) =>
        ask(endpoint, login, ["CLIENT", "LIST"], inPod).then(
          (list) => connectionsOf(id, list),
          (error: unknown) => {
            throw new Error(`who is connected isn't known: ${troubleAt(endpoint, error)}`);
          },
        ),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
    revoke: async () => undefined,
  };
}
