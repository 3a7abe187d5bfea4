import { credentialsBelow, soundsSecret } from "./reading/credentials.ts";
import { environmentsBelow, type Named } from "./reading/environments.ts";
import { at, entries, type Field, items, textAt } from "./reading/inputs.ts";
import { objectsOf } from "./reading/kubernetes.ts";
import { allContainers, podsOf } from "./reading/pods.ts";
import { listSetting, resourcePolicy } from "./reading/policies.ts";
import { REPLICATION_GROUP, SECRET_VERSION } from "./reading/types.ts";

// The only places that are made for secrets.
const MADE_FOR_SECRETS: Readonly<Record<string, readonly string[]>> = {
  [SECRET_VERSION]: ["secretString", "secretBinary"],
  [REPLICATION_GROUP]: ["authToken"],
  "aws:elasticache/user:User": ["passwords", "authenticationMode"],
};

const REMEDY = "put it into a Secret and refer to it; if it is real, rotate it";

/** What is in clear here ends in the API server, in consoles and in logs. The value itself is never told. */
export const noSecretsInClear = resourcePolicy({
  name: "no-secrets-in-clear",
  description: "No secret is in clear in env literals, ConfigMaps, annotations, labels, tags, command lines or texts.",
  severity: "critical",
  remediationSteps:
    "Pass secrets by Secrets Manager entries and Kubernetes Secrets (valueFrom.secretKeyRef). A value that was in clear is compromised: `runbook rotate` it. Put names that only sound like secrets into the policy's `harmlessNames`.",
  configSchema: { properties: { harmlessNames: { type: "array", items: { type: "string" }, default: [] } } },
  concerns: (type) => !type.startsWith("pulumi:"),
  problems: ({ type, props }, settings) => {
    const harmless = new Set(listSetting(settings, "harmlessNames", []));
    const suspicious = (name: string) => soundsSecret(name) && !harmless.has(name);
    const named = [
      ...variablesNamed(type, props, suspicious),
      ...configNamed(type, props, suspicious),
      ...labelsNamed(type, props, suspicious),
    ];
    const told = new Set(named.map(({ path }) => path));
    const spared = new Set([...(MADE_FOR_SECRETS[type] ?? []), ...secretsPlaces(type, props)]);
    const found = credentialsBelow(props, (path) => spared.has(path) || told.has(path));
    return [
      ...named.map(({ path, name }) => `${path} has ${name} in clear: ${REMEDY}`),
      ...found.map(({ path, what }) => `${path} has ${what} in clear: ${REMEDY}`),
    ];
  },
});

type Suspicion = (name: string) => boolean;

function variablesNamed(type: string, props: Field, suspicious: Suspicion): Named[] {
  const spared = new Set(secretsPlaces(type, props));
  const inEnvironments = environmentsBelow(props).filter(
    ({ name, path }) => suspicious(name) && !isBelow(path, spared),
  );
  const inCommands = podsOf(type, props)
    .flatMap(({ spec }) => allContainers(spec))
    .flatMap((container) => ["command", "args"].flatMap((part) => wordsNamed(items(at(container, part)), suspicious)));
  return [...inEnvironments, ...inCommands];
}

function isBelow(path: string, places: ReadonlySet<string>): boolean {
  return [...places].some((place) => path.startsWith(place));
}

function secretsPlaces(type: string, props: Field): string[] {
  return objectsOf(type, props)
    .filter(({ group, kind }) => group === "core" && kind === "Secret")
    .flatMap((secret) => [at(secret.props, "data").path, at(secret.props, "stringData").path]);
}

/** What stands after a name in a command line: as `--name=value`, `--name value`, or `NAME=value` in a shell's line. */
function wordsNamed(words: readonly Field[], suspicious: Suspicion): Named[] {
  return words.flatMap((word, index) => {
    const text = textAt(word) ?? "";
    const assigned = [...text.matchAll(/(?:^|[\s;&|])-{0,2}([A-Za-z][\w-]*)=("?\$?[^\s"]+)/g)]
      .filter(([, , value = ""]) => !isReference(value))
      .map(([, name = ""]) => ({ path: word.path, name }));
    const next = words[index + 1];
    const option = /^-{1,2}([A-Za-z][\w-]*)$/.exec(text)?.[1];
    const value = next === undefined ? "" : (textAt(next) ?? "");
    const given = option !== undefined && value !== "" && !value.startsWith("-") && !isReference(value);
    const separate = given && next !== undefined ? [{ path: next.path, name: option }] : [];
    return [...assigned, ...separate].filter(({ name }) => suspicious(name));
  });
}

function isReference(value: string): boolean {
  return value.replace(/^"/, "").startsWith("$");
}

function configNamed(type: string, props: Field, suspicious: Suspicion): Named[] {
  return objectsOf(type, props)
    .filter(({ group, kind }) => group === "core" && kind === "ConfigMap")
    .flatMap((map) => [...entries(at(map.props, "data")), ...entries(at(map.props, "binaryData"))])
    .filter(([name]) => suspicious(name))
    .map(([name, { path }]) => ({ path, name }));
}

function labelsNamed(type: string, props: Field, suspicious: Suspicion): Named[] {
  return [
    ...objectsOf(type, props).map((object) => object.props),
    ...podsOf(type, props).map(({ template }) => template),
  ]
    .map((place) => at(place, "metadata"))
    .flatMap((metadata) => [at(metadata, "annotations"), at(metadata, "labels")])
    .concat(at(props, "tags"))
    .flatMap(entries)
    .filter(([name, value]) => suspicious(name) && !pointsAtSecret(value))
    .map(([name, { path }]) => ({ path, name }));
}

/** A label may say which secret or which generation of one a resource is for: `AFM_KEY`, `g3`. */
function pointsAtSecret(value: Field): boolean {
  const text = textAt(value) ?? "";
  return /^g\d+$/.test(text) || (/^[A-Z]+(_[A-Z]+)+$/.test(text) && soundsSecret(text));
}
