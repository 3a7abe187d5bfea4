import type { Stores } from "../../../sandbox/cloud/aws/elasticache.ts";

const nothing = async (): Promise<void> => undefined;

/** Session stores without a server behind them: their calls are looked at, no session is kept. */
export function storesWithoutServers(): Stores {
  const stacks = new Map<string, string>();
  const storeOf = (id: string, stack: string) => ({
    id,
    stack,
    port: 6379,
    state: () => "up" as const,
    setUsers: nothing,
    setParameters: nothing,
    down: nothing,
    up: nothing,
    auth: nothing,
    memory: nothing,
    failover: nothing,
  });
  return {
    start: async ({ id, stack }) => {
      stacks.set(id, stack);
      return storeOf(id, stack);
    },
    get: (id) => {
      const stack = stacks.get(id);
      return stack === undefined ? undefined : storeOf(id, stack);
    },
    end: async (id) => void stacks.delete(id),
  };
}
