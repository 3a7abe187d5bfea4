import assert from "node:assert/strict";
import type { Pod } from "../../infra/clients/kubernetes.ts";
import { nextToLeave, replaceOnePod } from "../../infra/clients/pod-replacement.ts";
import { RUNNING_POD } from "../fixtures/pod.ts";

const pod = (name: string, createdAt: number, more: Partial<Pod> = {}): Pod => ({
  ...RUNNING_POD,
  name,
  release: "r1",
  createdAt,
  image: "app@sha256:a",
  ...more,
});

/** A cluster of two pods that puts a new one in the place of each that is deleted. */
function cluster() {
  let pods = [pod("old", 1_000), pod("older", 500)];
  const deleted: string[] = [];
  return {
    deleted,
    pods: async () => pods,
    deletePod: async (_namespace: string, name: string) => {
      deleted.push(name);
      pods = [...pods.filter((one) => one.name !== name), pod(`new-${deleted.length}`, 3_000, { ready: false })];
      setTimeout(() => {
        pods = pods.map((one) => ({ ...one, ready: true }));
      }, 50);
    },
  };
}

const how = { namespace: "app", labels: {}, since: 2_000, within: 10_000, signal: new AbortController().signal };

describe("replacing one pod", function () {
  this.timeout(20_000);

  it("sends the oldest ready one away and waits for a ready one in its place", async () => {
    const kubernetes = cluster();
    assert.deepEqual(await replaceOnePod(kubernetes, how), { left: "older", came: "new-1" });
    assert.deepEqual(kubernetes.deleted, ["older"]);
  });

  it("sends nobody away a second time when it is asked again", async () => {
    const kubernetes = cluster();
    await replaceOnePod(kubernetes, how);
    assert.deepEqual(await replaceOnePod(kubernetes, how), { left: null, came: "new-1" });
    assert.deepEqual(kubernetes.deleted, ["older"]);
  });

  it("says who hasn't come", async () => {
    const stuck = { pods: async () => [pod("only", 1)], deletePod: async () => undefined };
    await assert.rejects(replaceOnePod(stuck, { ...how, within: 300 }), /no ready pod has taken the place of only/);
    const empty = { pods: async () => [], deletePod: async () => undefined };
    await assert.rejects(replaceOnePod(empty, how), /no pod of app is ready/);
  });

  it("leaves pods of Jobs, unready ones and those on their way out alone", () => {
    const pods = [pod("job", 1, { job: "up" }), pod("unready", 2, { ready: false }), pod("gone", 3, { leaving: true })];
    assert.equal(nextToLeave(pods, 10).leaves, null);
    assert.equal(nextToLeave([...pods, pod("good", 4)], 10).leaves?.name, "good");
  });
});
