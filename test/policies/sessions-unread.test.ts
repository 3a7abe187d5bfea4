import assert from "node:assert/strict";
import { sessionsUnread } from "../../policies/sessions-unread.ts";
import { CONTAINER, compliant, deployment, type Fixture, having, lacking } from "./fixture.ts";
import { judgeStack, UNKNOWN_INPUT } from "./judging.ts";

const LOOK = "check that it has SESSION_STORE=redis";
const release = (props: Record<string, unknown>): Fixture => ({
  type: "kubernetes:helm.sh/v3:Release",
  name: "web",
  props,
});
const tasks = (containerDefinitions: unknown): Fixture => ({
  type: "aws:ecs/taskDefinition:TaskDefinition",
  name: "web",
  props: { containerDefinitions },
});

describe("policy sessions-unread", () => {
  it("is silent where everything is read", async () => {
    assert.deepEqual(await judgeStack(sessionsUnread, compliant), []);
    assert.deepEqual(await judgeStack(sessionsUnread, [release({ values: { env: { SESSION_STORE: "redis" } } })]), []);
  });

  it("names a chart that isn't told, and its files of values", async () => {
    assert.deepEqual(await judgeStack(sessionsUnread, [release({ valueYamlFiles: [{ path: "a.yaml" }] })]), [
      `web: valueYamlFiles isn't read: give the values as values, or ${LOOK}`,
      `web: values don't set SESSION_STORE, and what the chart sets itself isn't read: set it there, or ${LOOK}`,
    ]);
  });

  it("names what envFrom and valueFrom take from outside the program", async () => {
    const outside = having(deployment, [...CONTAINER, "envFrom"], [{ secretRef: { name: "theirs" } }]);
    assert.deepEqual(await judgeStack(sessionsUnread, [outside]), [
      `app-r1: spec.template.spec.containers[0].envFrom[0].secretRef is Secret theirs, which isn't in this program and isn't read: ${LOOK}`,
    ]);
    const one = having(lacking(deployment, [...CONTAINER, "envFrom"]), [...CONTAINER, "env", 0], {
      name: "SESSION_STORE",
      valueFrom: { configMapKeyRef: { name: "theirs", key: "store" } },
    });
    assert.deepEqual(await judgeStack(sessionsUnread, [one]), [
      `app-r1: spec.template.spec.containers[0].env[0].valueFrom.configMapKeyRef is ConfigMap theirs, which isn't in this program and isn't read: ${LOOK}`,
    ]);
  });

  it("names what a command line takes from elsewhere, or sets in a way of its own", async () => {
    const told = (...args: string[]) =>
      having(lacking(deployment, [...CONTAINER, "envFrom"]), [...CONTAINER, "args"], ["-c", ...args]);
    const place = "app-r1: spec.template.spec.containers[0].args[1]";
    assert.deepEqual(await judgeStack(sessionsUnread, [told("SESSION_STORE=$KIND node main.ts")]), [
      `${place} (SESSION_STORE) takes SESSION_STORE from elsewhere, which isn't read: ${LOOK}`,
    ]);
    assert.deepEqual(await judgeStack(sessionsUnread, [told("read SESSION_STORE < /etc/store; node main.ts")]), [
      `${place} names SESSION_STORE in a way that isn't read: ${LOOK}`,
    ]);
    assert.deepEqual(await judgeStack(sessionsUnread, [told("echo $SESSION_STORE; node main.ts")]), []);
  });

  it("names container definitions that are no JSON, that have files of variables, or that tell nothing", async () => {
    assert.deepEqual(await judgeStack(sessionsUnread, [tasks("[{")]), [
      `web: containerDefinitions can't be read as JSON: fix it, and ${LOOK}`,
    ]);
    const files = JSON.stringify([{ environmentFiles: [{ type: "s3", value: "arn:aws:s3:::b/.env" }] }]);
    assert.deepEqual(await judgeStack(sessionsUnread, [tasks(files)]), [
      `web: containerDefinitions[0].environmentFiles isn't read: ${LOOK}`,
    ]);
    assert.deepEqual(await judgeStack(sessionsUnread, [tasks('[{"name":"web"}]')]), [
      'web: containerDefinitions doesn\'t tell SESSION_STORE: set it to "redis" in the environment if this workload has sessions',
    ]);
  });

  it("names user data and compressed data", async () => {
    const machine = { type: "aws:ec2/instance:Instance", name: "web", props: { userData: "#!/bin/sh\n/srv/start\n" } };
    assert.deepEqual(await judgeStack(sessionsUnread, [machine]), [
      `web: userData sets no SESSION_STORE that can be read here, and what it starts isn't read: ${LOOK}`,
    ]);
    const map = { type: "kubernetes:core/v1:ConfigMap", name: "web", props: { binaryData: { ".env": "H4sIAAAA" } } };
    assert.deepEqual(await judgeStack(sessionsUnread, [map]), [
      `web: binaryData[".env"] is compressed and isn't read: ${LOOK}`,
    ]);
  });

  it("says nothing of what a preview doesn't know", async () => {
    assert.deepEqual(await judgeStack(sessionsUnread, [release({ values: UNKNOWN_INPUT })]), []);
    assert.deepEqual(await judgeStack(sessionsUnread, [tasks(UNKNOWN_INPUT)]), []);
    const unknown = having(deployment, [...CONTAINER, "envFrom"], [{ secretRef: { name: UNKNOWN_INPUT } }]);
    assert.deepEqual(await judgeStack(sessionsUnread, [unknown]), []);
  });
});
