import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";

/** Does something as the store's own administrator, whom no fault touches. */
export type AsAdmin = <T>(work: (client: Redis) => Promise<T>) => Promise<T>;

/** A port on which nothing listens: a primary that will never be reached. */
const NOBODY_PORT = "1";

/** Users keep their names and rights and lose their passwords, and their connections with them. */
export async function refuseAuth(asAdmin: AsAdmin, users: readonly string[]): Promise<void> {
  await asAdmin(async (client) => {
    for (const user of users) {
      await client.call("ACL", "SETUSER", user, "resetpass", `>${randomBytes(24).toString("hex")}`);
      await client.call("CLIENT", "KILL", "USER", user);
    }
  });
}

/** Leaves Redis less memory than it uses: what may be evicted is, and no write passes; `free` takes the limit away. */
export async function limitMemory(asAdmin: AsAdmin, memory: "full" | "free"): Promise<void> {
  await asAdmin((client) => client.config("SET", "maxmemory", memory === "full" ? "1" : "0"));
}

/** What answers is a replica in the middle of a failover: it reads, and takes no write. */
export async function failOver(asAdmin: AsAdmin, failover: "begun" | "ended"): Promise<void> {
  await asAdmin((client) =>
    failover === "begun" ? client.replicaof("127.0.0.1", NOBODY_PORT) : client.replicaof("NO", "ONE"),
  );
}
