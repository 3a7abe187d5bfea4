import { type Assignment, assignmentsOf } from "./reading/assignments.ts";
import { at, type Field, isMissing, isUnknown, items, shown, textAt } from "./reading/inputs.ts";
import { isKind } from "./reading/kubernetes.ts";
import { podsOf } from "./reading/pods.ts";
import { listSetting, type Resource, resourcePolicy } from "./reading/policies.ts";
import { urlsWithoutTls } from "./reading/redis-urls.ts";
import { REDIS_URL, REPLICATION_GROUP, SECRET_VERSION, SESSION_STORE, SESSION_VARIABLES } from "./reading/types.ts";

const FROM_SECRET = `take ${REDIS_URL} from a Secret (valueFrom.secretKeyRef)`;
const IN_MEMORY = `set ${SESSION_STORE} to "redis", sessions elsewhere are lost with the pod`;

/** Sessions in a process' memory are lost with each pod, and with each step of a canary. */
export const redisSessions = resourcePolicy({
  name: "redis-sessions",
  description: "Sessions are in Redis, reached over TLS with a URL that only a Secret has.",
  severity: "critical",
  remediationSteps:
    "Set SESSION_STORE to redis (`pulumi config set --path production-runbooks:application.environment.SESSION_STORE redis`), pass REDIS_URL by a Secret with a rediss:// URL, and keep the replication group encrypted and, in production, over several zones.",
  configSchema: {
    properties: { productionStacks: { type: "array", items: { type: "string" }, default: ["production"] } },
  },
  concerns: (type, props) =>
    !type.startsWith("pulumi:") &&
    ([REPLICATION_GROUP, SECRET_VERSION].includes(type) ||
      isKind(type, "core", "ConfigMap") ||
      isKind(type, "core", "Secret") ||
      podsOf(type, props).length > 0 ||
      assignmentsOf(type, props, SESSION_VARIABLES).length > 0 ||
      urlsWithoutTls(props).length > 0),
  problems: (resource, settings) => {
    const { type, props } = resource;
    const set = assignmentsOf(type, props, SESSION_VARIABLES);
    const judged = new Set(set.map(({ literal }) => literal.path));
    return [
      ...set.flatMap((one) => (one.name === SESSION_STORE ? wrongStore(one) : wrongUrl(one))),
      ...urlsWithoutTls(props)
        .filter(({ path }) => !judged.has(path))
        .map(({ path }) => withoutTls(path, "redis://")),
      ...(type === REPLICATION_GROUP ? inReplicationGroup(resource, settings) : []),
    ];
  },
});

function wrongStore({ literal, source, confidential }: Assignment): string[] {
  if (!isMissing(source) || isUnknown(literal) || textAt(literal) === "redis") return [];
  return [`${confidential ? `${literal.path} isn't "redis"` : shown(literal)}: ${IN_MEMORY}`];
}

function wrongUrl({ literal, source, confidential }: Assignment): string[] {
  if (confidential) return otherThanTls(literal);
  if (!isMissing(literal)) return [`${literal.path} has ${REDIS_URL} in clear: ${FROM_SECRET}`];
  if (fromSecret(source)) return [];
  return [`${source.path} takes ${REDIS_URL} from something that isn't a Secret: ${FROM_SECRET}`];
}

// A text names an entry of a secrets manager, or a variable that is looked at where it is set.
function fromSecret(source: Field): boolean {
  return isUnknown(source) || textAt(source) !== undefined || !isMissing(at(source, "secretKeyRef"));
}

function otherThanTls(url: Field): string[] {
  const text = textAt(url);
  if (text === undefined || text.startsWith("rediss://")) return [];
  return [withoutTls(url.path, /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? "no scheme")];
}

function withoutTls(path: string, scheme: string): string {
  return `${path} is a URL with ${scheme}: use rediss://, sessions travel encrypted`;
}

function inReplicationGroup({ props, stack }: Resource, settings: Field): string[] {
  const production = listSetting(settings, "productionStacks", ["production"]).includes(stack);
  const needed = ["transitEncryptionEnabled", "atRestEncryptionEnabled"];
  if (production) needed.push("multiAzEnabled", "automaticFailoverEnabled");
  const groups = at(props, "userGroupIds");
  const anonymous = isMissing(groups) || (Array.isArray(groups.value) && items(groups).length === 0);
  return [
    ...needed.map((name) => at(props, name)).flatMap(notOn),
    ...(anonymous ? [`${shown(groups)}: set it to the user group whose users are the releases'`] : []),
  ];
}

function notOn(flag: Field): string[] {
  return flag.value === true || isUnknown(flag) ? [] : [`${shown(flag)}: set it to true`];
}
