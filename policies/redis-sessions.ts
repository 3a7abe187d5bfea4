import { at, entries, type Field, isMissing, isUnknown, items, shown, textAt } from "./reading/inputs.ts";
import { allContainers, podSpec, runsPods, type Variable, variables } from "./reading/pods.ts";
import { listSetting, type Resource, resourcePolicy } from "./reading/policies.ts";
import { CONFIG_MAP, REPLICATION_GROUP, SECRET, SECRET_VERSION } from "./reading/types.ts";

const STORE = "SESSION_STORE";
const URL_NAME = "REDIS_URL";
const FROM_SECRET = `take ${URL_NAME} from a Secret (valueFrom.secretKeyRef)`;

/** Sessions in a process' memory are lost with each pod, and with each step of a canary. */
export const redisSessions = resourcePolicy({
  name: "redis-sessions",
  description: "Sessions live in Redis, reached over TLS with a URL that only a Secret holds.",
  severity: "critical",
  remediationSteps:
    "Set SESSION_STORE to redis (`pulumi config set --path production-runbooks:application.environment.SESSION_STORE redis`), hand REDIS_URL over by a Secret with a rediss:// URL, and keep the replication group encrypted and, in production, over several zones.",
  configSchema: {
    properties: { productionStacks: { type: "array", items: { type: "string" }, default: ["production"] } },
  },
  concerns: (type) => runsPods(type) || [CONFIG_MAP, SECRET, SECRET_VERSION, REPLICATION_GROUP].includes(type),
  problems: (resource, settings) => {
    const { type, props } = resource;
    if (type === CONFIG_MAP) return inConfigMap(props);
    if (type === SECRET) return inSecret(props);
    if (type === SECRET_VERSION) return notOverTls(at(props, "secretString"));
    if (type === REPLICATION_GROUP) return inReplicationGroup(resource, settings);
    return allContainers(podSpec(type, props)).flatMap(variables).flatMap(inVariable);
  },
});

function inVariable({ name, literal, source }: Variable): string[] {
  if (name === STORE && isMissing(source)) return inMemory(literal);
  if (name !== URL_NAME) return notOverTls(literal);
  if (!isMissing(literal)) return [`${literal.path} holds ${URL_NAME} in clear: ${FROM_SECRET}`];
  if (isUnknown(source) || !isMissing(at(source, "secretKeyRef"))) return [];
  return [`${source.path} gives ${URL_NAME} from elsewhere than a Secret: ${FROM_SECRET}`];
}

function inConfigMap(props: Field): string[] {
  return entries(at(props, "data")).flatMap(([name, value]) => {
    if (name === STORE) return inMemory(value);
    if (name === URL_NAME) return [`${value.path} holds ${URL_NAME} in clear: ${FROM_SECRET}`];
    return notOverTls(value);
  });
}

function inMemory(store: Field): string[] {
  if (isUnknown(store) || textAt(store) === "redis") return [];
  return [`${shown(store)}: set ${STORE} to "redis", sessions elsewhere are lost with the pod`];
}

function inSecret(props: Field): string[] {
  const given = at(props, "stringData", URL_NAME);
  const encoded = at(props, "data", URL_NAME);
  const decoded = Buffer.from(textAt(encoded) ?? "", "base64").toString("utf8");
  return [
    ...otherThanTls(given.path, textAt(given)),
    ...otherThanTls(encoded.path, isUnknown(encoded) || isMissing(encoded) ? undefined : decoded),
  ];
}

function otherThanTls(path: string, url: string | undefined): string[] {
  if (url === undefined || url.startsWith("rediss://")) return [];
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(url)?.[0] ?? "no scheme";
  return [`${path} is a URL with ${scheme}: use rediss://, sessions travel encrypted`];
}

function notOverTls(field: Field): string[] {
  const unencrypted = textAt(field)?.startsWith("redis://") === true;
  return unencrypted ? [`${field.path} is a URL with redis://: use rediss://, sessions travel encrypted`] : [];
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
