import assert from "node:assert/strict";
import type { Stores } from "../../sandbox/cloud/aws/elasticache.ts";
import { createAws } from "../../sandbox/cloud/aws/index.ts";
import { emptyCloudWatch } from "../../sandbox/cloud/aws/watch.ts";
import type { ResourceContext } from "../../sandbox/cloud/handler.ts";
import type { RedisUser } from "../../sandbox/cloud/stores/redis.ts";
import type { Props } from "../../sandbox/cloud/wire.ts";

/** A store that only remembers what it is told. */
export interface NotedStore {
  users: readonly RedisUser[];
  parameters: Readonly<Record<string, string>>;
}

/** Stores without a server behind them. */
function notedStores(): Stores & { noted: Map<string, NotedStore> } {
  const noted = new Map<string, NotedStore>();
  const storeOf = (id: string, stack: string) => ({
    id,
    stack,
    port: 41_000,
    state: () => "up" as const,
    setUsers: async (users: readonly RedisUser[]) => void Object.assign(noted.get(id) ?? {}, { users }),
    setParameters: async (parameters: Readonly<Record<string, string>>) =>
      void Object.assign(noted.get(id) ?? {}, { parameters }),
    down: async () => undefined,
    up: async () => undefined,
    auth: async () => undefined,
    memory: async () => undefined,
    failover: async () => undefined,
  });
  return {
    noted,
    start: async ({ id, stack, users, parameters }) => {
      noted.set(id, { users, parameters });
      return storeOf(id, stack);
    },
    get: (id) => (noted.has(id) ? storeOf(id, "staging") : undefined),
    end: async (id) => void noted.delete(id),
  };
}

/** A resource as the engine's state has it. */
interface Made {
  id: string;
  outputs: Props;
}

/** An empty account, and short ways of asking it for something. */
export function emptyAccount() {
  const stores = notedStores();
  const cloudWatch = emptyCloudWatch();
  const aws = createAws(stores, cloudWatch);
  const ctxOf = (type: string, name: string): ResourceContext => ({
    urn: `urn:pulumi:staging::shop::${type}::${name}`,
    stack: "staging",
    type,
    name,
    timeoutSeconds: 0,
    preview: "apply",
  });
  const handlerOf = (type: string) => {
    const handler = aws.resource(type);
    assert.ok(handler, type);
    return handler;
  };
  return {
    aws,
    stores,
    cloudWatch,
    handlerOf,
    ctxOf,
    /** What a check says is wrong, as `property: reason`. */
    problems: (type: string, inputs: Props): string[] =>
      handlerOf(type)
        .check(inputs, ctxOf(type, "x"))
        .failures.map(({ property, reason }) => `${property}: ${reason}`),
    /** Checks and creates, as the engine does. */
    create: async (type: string, name: string, given: Props) => {
      const handler = handlerOf(type);
      const { inputs, failures } = handler.check(given, ctxOf(type, name));
      assert.deepEqual(failures, []);
      return handler.create(inputs, ctxOf(type, name));
    },
    /** Updates what was made, with the outputs that the engine's state has of it. */
    update: (type: string, name: string, made: Made, news: Props) =>
      handlerOf(type).update(made.id, made.outputs, news, ctxOf(type, name)),
    read: async (type: string, id: string): Promise<Props | null> =>
      (await handlerOf(type).read(id, {}, ctxOf(type, "x")))?.outputs ?? null,
    remove: (type: string, made: Made) => handlerOf(type).delete(made.id, made.outputs, ctxOf(type, "x")),
  };
}
