import { type Assignment, assignmentsOf } from "./reading/assignments.ts";
import { at, type Field, isMissing, isUnknown, items, textAt } from "./reading/inputs.ts";
import { objectsOf } from "./reading/kubernetes.ts";
import { allContainers, podsIn } from "./reading/pods.ts";
import { type StackResource, stackPolicy } from "./reading/policies.ts";
import { keyReference, meant, type Reference, type Source, sourcesOf, wholeReference } from "./reading/sources.ts";
import { dataIn, speaksOf } from "./reading/texts.ts";
import { SESSION_STORE } from "./reading/types.ts";
import { textsBelow } from "./reading/walk.ts";

const STORE = new Set([SESSION_STORE]);
const LOOK = `check that it has ${SESSION_STORE}=redis`;
const CHARTS = /^kubernetes:helm\.sh\/v\d:(Release|Chart)$/;
const TASKS = "aws:ecs/taskDefinition:TaskDefinition";
const APP_RUNNER = "aws:apprunner/service:Service";
const MACHINES = /^aws:ec2\/(instance|launchTemplate|launchConfiguration|spotInstanceRequest):/;
// As a key or a parameter is called, with its path.
const IS_ITS_NAME = new RegExp(`^([^\\s]*/)?${SESSION_STORE}$`);
const GZIP_IN_BASE64 = /^H4sI/;

/** What no policy can judge is said, so that a person looks; it is no reason to refuse a change. */
export const sessionsUnread = stackPolicy({
  name: "sessions-unread",
  description: "Everything that may tell a workload where its sessions are can be read here.",
  severity: "medium",
  level: "advisory",
  remediationSteps:
    "Set SESSION_STORE=redis where it can be read (env, a ConfigMap of this program, a chart's values), or check that what is named here sets it.",
  findings: (resources) => {
    const sources = sourcesOf(resources);
    return resources
      .filter(({ type }) => !type.startsWith("pulumi:"))
      .flatMap((resource) => unread(resource, sources).map((problem) => ({ urn: resource.urn, problem })));
  },
});

function unread(resource: StackResource, sources: readonly Source[]): string[] {
  const { type, props } = resource;
  const set = assignmentsOf(type, props, STORE);
  return [
    ...(CHARTS.test(type) ? inChart(props, set) : []),
    ...(type === TASKS ? inTasks(at(props, "containerDefinitions"), set) : []),
    ...(type === APP_RUNNER ? untold(at(props, "sourceConfiguration"), set) : []),
    ...(MACHINES.test(type) ? ["userData", "userDataBase64"].flatMap((key) => inUserData(at(props, key), set)) : []),
    ...inSources(resource, set, sources),
    ...inTexts(props),
  ];
}

function inChart(props: Field, set: readonly Assignment[]): string[] {
  const files = at(props, "valueYamlFiles");
  const values = at(props, "values");
  return [
    ...(items(files).length > 0 ? [`${files.path} isn't read: give the values as values, or ${LOOK}`] : []),
    ...(set.length > 0 || isUnknown(values)
      ? []
      : [`values don't set ${SESSION_STORE}, and what the chart sets itself isn't read: set it there, or ${LOOK}`]),
  ];
}

function inTasks(definitions: Field, set: readonly Assignment[]): string[] {
  if (isUnknown(definitions)) return [];
  const read = textAt(definitions) === undefined ? definitions : dataIn(definitions);
  if (read === undefined) return [`${definitions.path} can't be read as JSON: fix it, and ${LOOK}`];
  const files = items(read)
    .map((container) => at(container, "environmentFiles"))
    .filter((list) => items(list).length > 0);
  if (files.length > 0) return files.map(({ path }) => `${path} isn't read: ${LOOK}`);
  return untold(read, set);
}

function untold(place: Field, set: readonly Assignment[]): string[] {
  if (set.length > 0 || isUnknown(place)) return [];
  return [
    `${place.path} doesn't tell ${SESSION_STORE}: set it to "redis" in the environment if this workload has sessions`,
  ];
}

function inUserData(data: Field, set: readonly Assignment[]): string[] {
  if (isMissing(data) || isUnknown(data) || set.length > 0) return [];
  return [`${data.path} sets no ${SESSION_STORE} that can be read here, and what it starts isn't read: ${LOOK}`];
}

function inSources({ type, props }: StackResource, set: readonly Assignment[], sources: readonly Source[]): string[] {
  const objects = objectsOf(type, props);
  const namespace = at(props, "metadata", "namespace");
  const single = set
    .filter(({ source }) => !isMissing(source) && !isUnknown(source))
    .flatMap(({ source }) => {
      const reference = keyReference(source);
      if (reference !== undefined) return absent(reference, namespace, sources);
      return [`${source.path} takes ${SESSION_STORE} from elsewhere, which isn't read: ${LOOK}`];
    });
  const whole = objects.flatMap((object) =>
    podsIn(object)
      .flatMap(({ spec }) => allContainers(spec))
      .filter((container) => assignmentsOf("", container, STORE).length === 0)
      .flatMap((container) => items(at(container, "envFrom")))
      .flatMap((element) => wholeReference(element) ?? [])
      .flatMap((reference) => absent(reference, at(object.props, "metadata", "namespace"), sources)),
  );
  return [...single, ...whole];
}

function absent(reference: Reference, namespace: Field, sources: readonly Source[]): string[] {
  if (isUnknown(reference.name) || meant(reference, namespace, sources).length > 0) return [];
  const name = textAt(reference.name) ?? "without a name";
  return [`${reference.path} is ${reference.kind} ${name}, which isn't in this program and isn't read: ${LOOK}`];
}

/** Texts that name the variable in a way that isn't understood, and data that is compressed. */
function inTexts(props: Field): string[] {
  return [...textsBelow(props)].flatMap(({ field, text, key, parent }) => {
    if (parent === "binaryData" && GZIP_IN_BASE64.test(text))
      return [`${field.path} is compressed and isn't read: ${LOOK}`];
    if (IS_ITS_NAME.test(text) || key === SESSION_STORE || !speaksOf(text, SESSION_STORE)) return [];
    if (assignmentsOf("", field, STORE).length > 0) return [];
    return [`${field.path} names ${SESSION_STORE} in a way that isn't read: ${LOOK}`];
  });
}
