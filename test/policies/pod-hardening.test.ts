import assert from "node:assert/strict";
import { podHardening } from "../../policies/pod-hardening.ts";
import { CONTAINER, configMap, deployment, having, lacking, migrationJob } from "./fixture.ts";
import { judge, UNKNOWN_INPUT } from "./judging.ts";

const PLACE = "spec.template.spec.containers[0]";
const CONTEXT = [...CONTAINER, "securityContext"] as const;

describe("policy pod-hardening", () => {
  it("passes hardened pods, of Jobs too", async () => {
    assert.deepEqual(await judge(podHardening, deployment), []);
    assert.deepEqual(await judge(podHardening, migrationJob), []);
    assert.equal(await judge(podHardening, configMap), "not applicable");
  });

  it("refuses a bare container, with every problem at once", async () => {
    const bare = having(deployment, ["spec", "template", "spec"], { containers: [{ image: "app" }] });
    assert.deepEqual(await judge(podHardening, bare), [
      `${PLACE}.resources.requests.cpu is missing: set it`,
      `${PLACE}.resources.requests.memory is missing: set it`,
      `${PLACE}.resources.limits.memory is missing: set it`,
      `${PLACE}.securityContext.runAsNonRoot is missing: set it to true`,
      `${PLACE}.securityContext.readOnlyRootFilesystem is missing: set it to true`,
      `${PLACE}.securityContext.allowPrivilegeEscalation is missing: set it to false`,
      `${PLACE}.securityContext.capabilities.drop is missing: set it to ["ALL"]`,
    ]);
  });

  for (const { path, value, message } of [
    { path: ["runAsNonRoot"], value: false, message: "runAsNonRoot is false: set it to true" },
    { path: ["readOnlyRootFilesystem"], value: false, message: "readOnlyRootFilesystem is false: set it to true" },
    { path: ["allowPrivilegeEscalation"], value: true, message: "allowPrivilegeEscalation is true: set it to false" },
    {
      path: ["capabilities", "drop"],
      value: ["NET_RAW"],
      message: 'capabilities.drop is ["NET_RAW"]: set it to ["ALL"]',
    },
  ]) {
    it(`refuses a container whose ${message.split(":")[0]}`, async () => {
      assert.deepEqual(await judge(podHardening, having(deployment, [...CONTEXT, ...path], value)), [
        `${PLACE}.securityContext.${message}`,
      ]);
    });
  }

  it("looks into init containers", async () => {
    const init = having(deployment, ["spec", "template", "spec", "initContainers", 0], {});
    const messages = await judge(podHardening, init);
    assert.equal(messages[0], "spec.template.spec.initContainers[0].resources.requests.cpu is missing: set it");
    assert.equal(messages.length, 6);
  });

  it("judges what a preview knows, and only that", async () => {
    const partly = lacking(having(deployment, CONTEXT, UNKNOWN_INPUT), [...CONTAINER, "resources", "limits"]);
    assert.deepEqual(await judge(podHardening, partly), [`${PLACE}.resources.limits.memory is missing: set it`]);
    const pod = having(deployment, ["spec", "template", "spec", "securityContext"], UNKNOWN_INPUT);
    assert.deepEqual(await judge(podHardening, pod), []);
  });
});
