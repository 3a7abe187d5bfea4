import { createHash, randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { SUPABASE_MANAGEMENT_TOKEN } from "../accounts.ts";
import type { Json } from "../wire.ts";
import { type Answer, type Asked, type Service, serveHttp } from "./http.ts";
import { type InterruptibleService, serveInterruptible } from "./outage.ts";

interface ApiKey {
  id: string;
  name: string;
  value: string;
  insertedAt: string;
  /** When the gateway last took it, in milliseconds since the epoch; null: never. */
  lastUsedAt: number | null;
}

/** A Supabase project: its gateway, and the keys that it accepts. */
export interface SupabaseProject {
  readonly ref: string;
  readonly gateway: InterruptibleService;
  /** Stops accepting every key that there is, or answers that there was none. */
  revokeKeys(): number;
  /** Accepts the keys again that were revoked so. */
  acceptKeys(): number;
  /** The next deletion of a key is acknowledged, the key leaves the list, and the gateway goes on taking it. */
  ignoreNextRevoke(): void;
}

/** What a project is made with. */
export interface ProjectOptions {
  ref: string;
  /** The key that exists before the program. */
  key: string;
  databaseState(): "up" | "down";
}

const SHOWN = 15;
const newKey = z.strictObject({
  type: z.literal("secret", { error: "is secret: the sandbox makes no publishable keys" }),
  name: z.string().regex(/^[a-z_][a-z0-9_]{3,63}$/, "is 4 to 64 small letters, digits and '_'"),
  description: z.string().optional(),
  secret_jwt_template: z.unknown().optional(),
});

const unauthorized = (message: string): Answer => ({ status: 401, body: { message } });

interface Project extends SupabaseProject {
  keys: Map<string, ApiKey>;
  /** What the gateway takes though no list has it. */
  undead: ApiKey[];
  revokes: { ignored: number };
  databaseState(): "up" | "down";
}

/** The gateway in front of Auth and REST: nothing passes without a key that exists. */
function gatewayOf(taken: () => readonly ApiKey[], databaseState: () => "up" | "down") {
  return ({ url, headers }: Asked): Answer => {
    const given = String(headers.apikey ?? "");
    if (given === "") return unauthorized("No API key found in request");
    const key = taken().find(({ value }) => value === given);
    if (key === undefined) return unauthorized("Invalid API key");
    if (headers.authorization === `Bearer ${given}`) return unauthorized("Invalid JWT");
    key.lastUsedAt = Date.now();
    if (url.pathname === "/auth/v1/health") {
      return {
        status: 200,
        body: { version: "v2.180.0", name: "GoTrue", description: "GoTrue is a user registration service" },
      };
    }
    if (url.pathname.startsWith("/rest/v1")) {
      if (databaseState() === "up") return { status: 200, body: {} };
      return { status: 503, body: { code: "PGRST000", message: "Could not connect with the database" } };
    }
    return { status: 404, body: { message: `no service answers ${url.pathname}` } };
  };
}

/** Starts a project's gateway. */
export async function startProject({ ref, key, databaseState }: ProjectOptions): Promise<Project> {
  const first = {
    id: randomUUID(),
    name: "default",
    value: key,
    insertedAt: new Date().toISOString(),
    lastUsedAt: null,
  };
  const keys = new Map<string, ApiKey>([[first.id, first]]);
  const revoked = new Map<string, ApiKey>();
  const undead: ApiKey[] = [];
  const revokes = { ignored: 0 };
  const gateway = await serveInterruptible(gatewayOf(() => [...keys.values(), ...undead], databaseState));
  return {
    ref,
    gateway,
    keys,
    undead,
    revokes,
    databaseState,
    ignoreNextRevoke: () => {
      revokes.ignored += 1;
    },
    revokeKeys: () => {
      const { size } = keys;
      for (const [id, gone] of keys) revoked.set(id, gone);
      keys.clear();
      return size;
    },
    acceptKeys: () => {
      const { size } = revoked;
      for (const [id, back] of revoked) keys.set(id, back);
      revoked.clear();
      return size;
    },
  };
}

/** The hash by which Supabase's own logs name a key. */
function hashOf(value: string): string {
  return createHash("sha256").update(value).digest("base64");
}

function shownKey({ id, name, value, insertedAt }: ApiKey, how: "revealed" | "hidden"): Json {
  return {
    id,
    name,
    type: "secret",
    prefix: value.slice("sb_secret_".length, SHOWN),
    api_key: how === "revealed" ? value : `${value.slice(0, SHOWN)}${"·".repeat(SHOWN)}`,
    description: null,
    hash: hashOf(value),
    inserted_at: insertedAt,
    updated_at: insertedAt,
  };
}

function create(project: Project, body: string, how: "revealed" | "hidden"): Answer {
  const asked = newKey.safeParse(JSON.parse(body));
  if (!asked.success) return { status: 400, body: { message: z.prettifyError(asked.error) } };
  const { name } = asked.data;
  if ([...project.keys.values()].some((key) => key.name === name)) {
    return { status: 409, body: { message: `an API key with the name ${name} already exists` } };
  }
  const value = `sb_secret_${randomBytes(16).toString("base64url")}_${randomBytes(4).toString("hex")}`;
  const key = { id: randomUUID(), name, value, insertedAt: new Date().toISOString(), lastUsedAt: null };
  project.keys.set(key.id, key);
  return { status: 201, body: shownKey(key, how) };
}

function remove(project: Project, id: string): Answer {
  const key = project.keys.get(id);
  if (key === undefined) return { status: 404, body: { message: `no API key ${id}` } };
  project.keys.delete(id);
  if (project.revokes.ignored > 0) {
    project.revokes.ignored -= 1;
    project.undead.push(key);
  }
  return { status: 200, body: shownKey(key, "hidden") };
}

/** The one question of the gateway's logs that the sandbox can answer: when each secret key was last used. */
function lastUses(project: Project, query: URLSearchParams): Answer {
  const [sql, start, end] = ["sql", "iso_timestamp_start", "iso_timestamp_end"].map((name) => query.get(name) ?? "");
  if (!/from edge_logs[\s\S]+group by apikey\.hash/.test(sql ?? "")) {
    return { status: 400, body: { message: "the sandbox's logs answer alone when each secret key was last used" } };
  }
  const [from, until] = [Date.parse(start ?? ""), Date.parse(end ?? "")];
  const result = [...project.keys.values(), ...project.undead].flatMap(({ value, lastUsedAt }) =>
    lastUsedAt !== null && lastUsedAt >= from && lastUsedAt <= until
      ? [{ hash: hashOf(value), timestamp: lastUsedAt }]
      : [],
  );
  return { status: 200, body: { result, error: null } };
}

/** How a project's services do, as the Management API says it. */
function health(project: Project, asked: readonly string[]): Answer {
  const gateway = project.gateway.state();
  const states: Record<string, "up" | "down"> = {
    auth: gateway,
    rest: gateway === "up" ? project.databaseState() : "down",
    db: project.databaseState(),
  };
  const names = asked.length === 0 ? Object.keys(states) : asked;
  const unknown = names.filter((name) => states[name] === undefined);
  if (unknown.length > 0) return { status: 400, body: { message: `services: no service ${unknown.join(", ")}` } };
  return {
    status: 200,
    body: names.map((name) => ({
      name,
      healthy: states[name] === "up",
      status: states[name] === "up" ? "ACTIVE_HEALTHY" : "UNHEALTHY",
    })),
  };
}

function manage(project: Project, { method, url, body }: Asked, [what, id]: readonly string[]): Answer {
  if (what === "health" && method === "GET") {
    return health(
      project,
      url.searchParams.getAll("services").flatMap((names) => names.split(",")),
    );
  }
  const how = url.searchParams.get("reveal") === "true" ? "revealed" : "hidden";
  if (what === "analytics" && method === "GET" && id === "endpoints") return lastUses(project, url.searchParams);
  if (what === "api-keys" && method === "GET" && id !== undefined) {
    const key = project.keys.get(id);
    return key === undefined
      ? { status: 404, body: { message: `no API key ${id}` } }
      : { status: 200, body: shownKey(key, how) };
  }
  if (what === "api-keys" && method === "GET") {
    return { status: 200, body: [...project.keys.values()].map((key) => shownKey(key, how)) };
  }
  if (what === "api-keys" && method === "POST" && id === undefined) return create(project, body, how);
  if (what === "api-keys" && method === "DELETE" && id !== undefined) return remove(project, id);
  return { status: 404, body: { message: `no operation ${method} ${url.pathname}` } };
}

/** Serves the Management API of every project: keys and health. */
export function serveManagement(projects: readonly Project[]): Promise<Service> {
  return serveHttp((asked) => {
    if (asked.headers.authorization !== `Bearer ${SUPABASE_MANAGEMENT_TOKEN}`) return unauthorized("Unauthorized");
    const [, version, kind, ref, ...rest] = asked.url.pathname.split("/");
    const project = projects.find((candidate) => candidate.ref === ref);
    if (version !== "v1" || kind !== "projects") return { status: 404, body: { message: "no such operation" } };
    if (project === undefined) return { status: 404, body: { message: `Project ${ref} not found` } };
    return manage(project, asked, rest);
  });
}
