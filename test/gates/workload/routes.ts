import type { Fault, WorkloadState } from "./state.ts";

export const USER = "synthetic@example.com";
export const PASSWORD = "pw-correct-horse-battery";
export const COOKIE_VALUE = "cookie-value-";

export interface Asked {
  method: string;
  path: string;
  release: string;
  token: string | null;
  body: Record<string, unknown>;
}

export interface Answered {
  status: number;
  body?: unknown;
  text?: string;
  cookie?: string;
}

export interface Routes {
  state: WorkloadState;
  has(release: string, fault: Fault): boolean;
  publish(user: string, event: Record<string, unknown>): void;
}

export function storeKey(routes: Routes, release: string, token: string | null): string {
  return `${routes.has(release, "own sessions") ? release : "shared"}/${token}`;
}

function readiness(routes: Routes, release: string): Answered {
  const status = routes.has(release, "not ready") || routes.has(release, "lying readiness") ? "fail" : "pass";
  const checks = { postgres: { status: "pass" }, redis: { status, milliseconds: 3 } };
  if (routes.has(release, "html readiness")) return { status: 200, text: "<html>ok</html>" };
  if (routes.has(release, "not ready")) return { status: 503, body: { status: "not_ready", checks } };
  return { status: 200, body: { status: "ready", checks } };
}

function session(routes: Routes, asked: Asked): Answered {
  const { state } = routes;
  const key = storeKey(routes, asked.release, asked.token);
  const user = state.sessions.get(key);
  if (asked.path === "/api/login") {
    if (asked.body.user !== USER || asked.body.password !== PASSWORD) return { status: 401 };
    if (routes.has(asked.release, "no cookie")) return { status: 200, body: {} };
    const token = `${COOKIE_VALUE}${state.nextId++}`;
    state.sessions.set(storeKey(routes, asked.release, token), USER);
    return { status: 200, body: { user: USER }, cookie: `an.odd-name=${token}; Path=/; HttpOnly` };
  }
  if (user === undefined) return { status: 401 };
  if (asked.path === "/api/session") {
    return { status: 200, body: { user: routes.has(asked.release, "another user") ? "someone@example.com" : user } };
  }
  if (routes.has(asked.release, "refuses logouts")) return { status: 503 };
  state.sessions.delete(key);
  return { status: 204 };
}

function created(routes: Routes, asked: Asked, keep: (id: string) => void): Answered {
  const id = String(routes.state.nextId++);
  keep(id);
  if (routes.has(asked.release, "loses the session after a creation")) {
    routes.state.sessions.delete(storeKey(routes, asked.release, asked.token));
  }
  return { status: 201, body: routes.has(asked.release, "no id") ? {} : { id } };
}

function list(routes: Routes, asked: Asked, kept: Iterable<readonly [string, unknown]>): Answered {
  if (routes.has(asked.release, "no lists")) return { status: 404 };
  if (routes.has(asked.release, "a page for a list")) return { status: 200, text: "<!doctype html>" };
  if (routes.has(asked.release, "broken lists")) return { status: 500 };
  if (routes.has(asked.release, "forbidden lists")) return { status: 403, body: { error: "forbidden" } };
  if (routes.has(asked.release, "lists without ids"))
    return { status: 200, body: { items: [{ title: "Release check" }] } };
  return { status: 200, body: { items: [...kept].map(([id, held]) => Object.assign({ id }, held)) } };
}

function documents(routes: Routes, asked: Asked, id: string | undefined): Answered {
  const { documents: kept } = routes.state;
  if (id === undefined && asked.method === "GET") return list(routes, asked, kept);
  if (id === undefined) return created(routes, asked, (made) => kept.set(made, asked.body));
  if (!kept.has(id)) return { status: 404 };
  if (asked.method === "PATCH" && routes.has(asked.release, "broken edit")) return { status: 500 };
  if (asked.method !== "DELETE") return { status: 200, body: { id } };
  if (routes.has(asked.release, "refuses deletes")) return { status: 503 };
  if (!routes.has(asked.release, "keeps documents")) kept.delete(id);
  return { status: 204 };
}

function beneficiaries(routes: Routes, asked: Asked, id: string | undefined, allocation: string | undefined): Answered {
  const { state } = routes;
  if (id === undefined && asked.method === "GET") return list(routes, asked, state.beneficiaries);
  if (id === undefined) return created(routes, asked, (made) => state.beneficiaries.set(made, asked.body));
  if (!state.beneficiaries.has(id)) return { status: 404 };
  const own = [...state.allocations].filter(([, of]) => of === id);
  if (asked.path.endsWith("/allocations") && asked.method === "GET") {
    return list(
      routes,
      asked,
      own.map(([made]) => [made, {}] as const),
    );
  }
  if (asked.path.endsWith("/allocations")) return created(routes, asked, (made) => state.allocations.set(made, id));
  if (allocation !== undefined) return { status: state.allocations.delete(allocation) ? 204 : 404 };
  if (own.length > 0 && !routes.has(asked.release, "deletes despite allocations")) return { status: 409 };
  for (const [made] of own) state.allocations.delete(made);
  state.beneficiaries.delete(id);
  return { status: 204 };
}

function budgets(routes: Routes, asked: Asked, user: string, id: string | undefined): Answered {
  const { budgets: kept } = routes.state;
  if (id === undefined && asked.method === "GET") return list(routes, asked, kept);
  if (id === undefined) return created(routes, asked, (made) => kept.set(made, asked.body));
  if (!kept.has(id)) return { status: 404 };
  if (asked.method === "DELETE") return { status: kept.delete(id) ? 204 : 404 };
  routes.publish(user, { type: "budget.reconciled", id });
  return { status: 202 };
}

/** What the workload answers. */
export function answer(routes: Routes, asked: Asked): Answered {
  const { path, release, method } = asked;
  if (path === "/api/health") {
    if (routes.has(release, "no health path")) return { status: 404 };
    return { status: routes.has(release, "unhealthy") ? 500 : 200 };
  }
  if (path === "/api/health/ready") return readiness(routes, release);
  if (["/api/login", "/api/logout", "/api/session"].includes(path)) return session(routes, asked);
  const user = routes.state.sessions.get(storeKey(routes, release, asked.token));
  const [, , resource, id, , allocation] = path.split("/");
  const open =
    (method === "GET" && routes.has(release, "strangers read")) ||
    (method === "POST" && routes.has(release, "strangers write"));
  if (user === undefined && !open) return { status: 401 };
  if (resource === "documents") return documents(routes, asked, id);
  if (resource === "beneficiaries") return beneficiaries(routes, asked, id, allocation);
  if (resource === "budgets") return budgets(routes, asked, user ?? "", id);
  return { status: 404 };
}
