import assert from "node:assert/strict";
import { digests } from "../../policies/digests.ts";
import { CONTAINER, configMap, deployment, having, lacking, migrationJob } from "./fixture.ts";
import { judge, UNKNOWN_INPUT } from "./judging.ts";

const IMAGE = [...CONTAINER, "image"] as const;
const REMEDY = "which isn't pinned: pin it by digest, as name@sha256:<64 hex digits>";

describe("policy digests", () => {
  it("passes images by digest", async () => {
    assert.deepEqual(await judge(digests, deployment), []);
    assert.deepEqual(await judge(digests, migrationJob), []);
  });

  for (const image of [
    "app",
    "app:latest",
    "registry.example.com/app:v2",
    "app@sha256:abc",
    `app@sha256:${"A".repeat(64)}`,
  ]) {
    it(`refuses ${image}`, async () => {
      assert.deepEqual(await judge(digests, having(deployment, IMAGE, image)), [
        `spec.template.spec.containers[0].image is "${image}", ${REMEDY}`,
      ]);
    });
  }

  it("refuses a container without an image, and a tag in an init container", async () => {
    const broken = having(
      lacking(deployment, IMAGE),
      ["spec", "template", "spec", "initContainers"],
      [{ image: "busybox:1" }],
    );
    assert.deepEqual(await judge(digests, broken), [
      `spec.template.spec.initContainers[0].image is "busybox:1", ${REMEDY}`,
      "spec.template.spec.containers[0].image is missing: name one as name@sha256:<64 hex digits>",
    ]);
  });

  it("looks into Jobs, CronJobs and Pods", async () => {
    const spec = { containers: [{ image: "app:v1" }] };
    const bare = { type: "kubernetes:core/v1:Pod", name: "pod", props: { spec } };
    assert.deepEqual(await judge(digests, bare), [`spec.containers[0].image is "app:v1", ${REMEDY}`]);
    const cron = {
      type: "kubernetes:batch/v1:CronJob",
      name: "cron",
      props: { spec: { jobTemplate: { spec: { template: { spec } } } } },
    };
    assert.deepEqual(await judge(digests, cron), [
      `spec.jobTemplate.spec.template.spec.containers[0].image is "app:v1", ${REMEDY}`,
    ]);
  });

  it("has no say on what runs no pods", async () => {
    assert.equal(await judge(digests, configMap), "not applicable");
  });

  it("judges what a preview knows, and only that", async () => {
    const partly = having(
      having(deployment, IMAGE, UNKNOWN_INPUT),
      ["spec", "template", "spec", "initContainers"],
      [{ image: "busybox:1" }],
    );
    assert.deepEqual(await judge(digests, partly), [
      `spec.template.spec.initContainers[0].image is "busybox:1", ${REMEDY}`,
    ]);
    assert.deepEqual(await judge(digests, having(deployment, ["spec"], UNKNOWN_INPUT)), []);
  });
});
