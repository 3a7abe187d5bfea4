import { credentialsBelow, soundsSecret } from "./reading/credentials.ts";
import { at, entries, type Field, isMissing, items, textAt } from "./reading/inputs.ts";
import { allContainers, podSpec, podTemplate, runsPods, variables } from "./reading/pods.ts";
import { listSetting, resourcePolicy } from "./reading/policies.ts";
import { CONFIG_MAP, REPLICATION_GROUP, SECRET, SECRET_VERSION } from "./reading/types.ts";

// The only places that are made for secrets.
const MADE_FOR_SECRETS: Readonly<Record<string, readonly string[]>> = {
  [SECRET]: ["data", "stringData"],
  [SECRET_VERSION]: ["secretString", "secretBinary"],
  [REPLICATION_GROUP]: ["authToken"],
  "aws:elasticache/user:User": ["passwords", "authenticationMode"],
};

const MEND = "put it into a Secret and refer to it; if it is real, rotate it";

/** What is in clear here ends in the API server, in consoles and in logs. The value itself is never told. */
export const noSecretsInClear = resourcePolicy({
  name: "no-secrets-in-clear",
  description:
    "No secret stands in clear in env literals, ConfigMaps, annotations, labels, tags, command lines or texts.",
  severity: "critical",
  remediationSteps:
    "Hand secrets over by Secrets Manager entries and Kubernetes Secrets (valueFrom.secretKeyRef). A value that stood in clear is known: `runbook rotate` it. Names that only sound like secrets are set in the policy's `harmlessNames`.",
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
    const spared = new Set(MADE_FOR_SECRETS[type]);
    const found = credentialsBelow(props, (path) => spared.has(path) || told.has(path));
    return [
      ...named.map(({ path, name }) => `${path} holds ${name} in clear: ${MEND}`),
      ...found.map(({ path, what }) => `${path} holds ${what} in clear: ${MEND}`),
    ];
  },
});

interface Named {
  readonly path: string;
  readonly name: string;
}

type Suspicion = (name: string) => boolean;

function variablesNamed(type: string, props: Field, suspicious: Suspicion): Named[] {
  if (!runsPods(type)) return [];
  return allContainers(podSpec(type, props)).flatMap((container) => [
    ...variables(container)
      .filter(({ name, literal }) => suspicious(name) && !isMissing(literal))
      .map(({ name, literal }) => ({ path: literal.path, name })),
    ...["command", "args"].flatMap((part) => wordsNamed(items(at(container, part)), suspicious)),
  ]);
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
  if (type !== CONFIG_MAP) return [];
  return entries(at(props, "data"))
    .filter(([name]) => suspicious(name))
    .map(([name, { path }]) => ({ path, name }));
}

function labelsNamed(type: string, props: Field, suspicious: Suspicion): Named[] {
  const template = runsPods(type) ? at(podTemplate(type, props), "metadata") : undefined;
  return [at(props, "metadata"), template]
    .flatMap((metadata) => (metadata === undefined ? [] : [at(metadata, "annotations"), at(metadata, "labels")]))
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
