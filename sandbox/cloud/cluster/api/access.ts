import { randomBytes, timingSafeEqual } from "node:crypto";
import { bindingBody, type PolicyRule, roleRules } from "../schemas/rbac.ts";
import type { Store } from "../store.ts";
import { type Answer, failure } from "./answers.ts";

/** A service account; null: whoever may do everything. */
export type User = { namespace: string; account: string } | null;

/** What a request asks for, as RBAC sees it. */
export interface Attributes {
  verb: string;
  group: string;
  /** with its subresource, such as `pods/log` */
  resource: string;
  namespace: string;
  name: string | null;
}

/** Who has which token. */
export interface Tokens {
  /** of whoever may do everything */
  readonly admin: string;
  /** A service account's token, the same one at each time. */
  of(namespace: string, account: string): string;
  /** Whose token a request carries; undefined for nobody's. */
  userOf(authorization: string | undefined): User | undefined;
}

export function createTokens(): Tokens {
  const fresh = () => randomBytes(32).toString("hex");
  const admin = fresh();
  const accounts = new Map<string, { token: string; user: NonNullable<User> }>();
  const isSame = (given: string, token: string): boolean => {
    const [one, other] = [Buffer.from(given), Buffer.from(`Bearer ${token}`)];
    return one.length === other.length && timingSafeEqual(one, other);
  };
  return {
    admin,
    of(namespace, account) {
      const key = `${namespace}/${account}`;
      const known = accounts.get(key) ?? { token: fresh(), user: { namespace, account } };
      accounts.set(key, known);
      return known.token;
    },
    userOf(authorization = "") {
      if (isSame(authorization, admin)) return null;
      return [...accounts.values()].find(({ token }) => isSame(authorization, token))?.user;
    },
  };
}

const VERBS: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

/**
 * What a request for a resource asks for (apiserver, pkg/endpoints/request/requestinfo.go); null for a path that is none, such as
 * `/version`, which everybody may read (system:public-info-viewer, system:discovery).
 */
export function attributesOf(method: string, path: string): Attributes | null {
  const [root, ...rest] = path.split("/").filter((part) => part !== "");
  if (root !== "api" && root !== "apis") return null;
  const [group, inside] = root === "api" ? ["", rest.slice(1)] : [rest[0] ?? "", rest.slice(2)];
  const isInNamespace = inside[0] === "namespaces" && inside.length > 2;
  const [plural, name, subresource] = isInNamespace ? inside.slice(2) : inside;
  if (plural === undefined) return null;
  return {
    verb: VERBS[method] ?? (name === undefined ? "list" : "get"),
    group,
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    // Of a namespace itself, RBAC asks in that namespace.
    namespace: isInNamespace ? (inside[1] ?? "") : plural === "namespaces" ? (name ?? "") : "",
    name: name ?? null,
  };
}

/** Whether a rule allows a request (kubernetes, pkg/apis/rbac/v1/evaluation_helpers.go); no wildcard is understood, so that none is used. */
function ruleAllows({ apiGroups, resources, verbs, resourceNames }: PolicyRule, asked: Attributes): boolean {
  return (
    apiGroups.includes(asked.group) &&
    resources.includes(asked.resource) &&
    verbs.includes(asked.verb) &&
    (resourceNames === undefined || (asked.name !== null && resourceNames.includes(asked.name)))
  );
}

/** Whether a service account may do what it asks for: by the Roles that are bound to it in that namespace, and by nothing else. */
export function mayDo(store: Store, user: NonNullable<User>, asked: Attributes): boolean {
  return store.list("RoleBinding", asked.namespace).some(({ body }) => {
    const { roleRef, subjects = [] } = bindingBody.parse(body);
    const isBound = subjects.some(({ name, namespace }) => name === user.account && namespace === user.namespace);
    const role = isBound ? store.get("Role", asked.namespace, roleRef.name) : undefined;
    return roleRules.parse(role?.body.rules ?? []).some((rule) => ruleAllows(rule, asked));
  });
}

/** The refusal, in the API server's words (apiserver, pkg/endpoints/handlers/responsewriters/errors.go). */
export function forbidden({ namespace: home, account }: NonNullable<User>, asked: Attributes): Answer {
  const { verb, group, resource, namespace, name } = asked;
  const plural = resource.split("/")[0] ?? resource;
  const which = `${group === "" ? plural : `${plural}.${group}`}${name === null ? "" : ` "${name}"`}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`;
  return failure(
    403,
    `${which} is forbidden: User "system:serviceaccount:${home}:${account}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
  );
}
