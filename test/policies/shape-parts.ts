import { CONTAINER, deployment, type Fixture, having } from "./fixture.ts";

/** One way to write something where a policy may not look, with what is wrong in it and without. */
export interface Shape {
  what: string;
  /** The resources, with the value that is wrong or the one that is right. */
  made: (value: string) => Fixture[];
  wrong: string;
  right: string;
  policy: string;
  mend: RegExp;
}

export const OWNED = {
  annotations: { "runbooks.dev/change": "CHG-2026-11-22-001", "runbooks.dev/on-call": "team-a" },
};
const TAGS = { "runbooks:change": "bootstrap", "runbooks:on-call": "team-a" };
const FROM_SECRET = { name: "REDIS_URL", valueFrom: { secretKeyRef: { name: "app-r1", key: "REDIS_URL" } } };
export const base64 = (text: string) => Buffer.from(text).toString("base64");

/** The compliant workload as another type, with the store told in env. */
export const workload = (type: string, store: string): Fixture =>
  having({ ...deployment, type, name: "app" }, [...CONTAINER, "env", 0], { name: "SESSION_STORE", value: store });
export const template = (store: string): unknown => specOf(workload("", store)).template;
const specOf = ({ props }: Fixture): Record<string, unknown> => Object.fromEntries(Object.entries(props.spec ?? {}));
export const podSpec = (store: string): unknown =>
  Object.entries(template(store) ?? {}).find(([key]) => key === "spec")?.[1];
export const object = (type: string, props: object): Fixture => ({
  type,
  name: "app",
  props: { metadata: OWNED, ...props },
});
export const patched = (
  type: string,
  container: object,
  at: (spec: object) => object = (spec) => ({ template: { spec } }),
) => object(type, { spec: at({ containers: [{ name: "app", ...container }] }) });
export const env = (store: string) => ({ env: [{ name: "SESSION_STORE", value: store }] });
export const data = (fields: object) => object("kubernetes:core/v1:ConfigMap", fields);
export const release = (values: object): Fixture => ({
  type: "kubernetes:helm.sh/v3:Release",
  name: "app",
  props: { chart: "app", values },
});
export const command = (words: object) =>
  having(deployment, [...CONTAINER], {
    ...Object(Object.values(Object(podSpec("redis")))[1])[0],
    env: [FROM_SECRET],
    ...words,
  });
export const aws = (type: string, props: object): Fixture => ({ type, name: "app", props: { tags: TAGS, ...props } });
export const ecs = (container: object) =>
  aws("aws:ecs/taskDefinition:TaskDefinition", {
    family: "app",
    containerDefinitions: JSON.stringify([
      { name: "app", image: `app@sha256:${"a".repeat(64)}`, essential: true, ...container },
    ]),
  });
