import assert from "node:assert/strict";
import type { Pod } from "../../infra/clients/kubernetes.ts";
import type { Answer } from "../../infra/clients/kubernetes-client.ts";
import { podProxyLine } from "../../infra/onboarding/pod-proxy.ts";
import { RUNNING_POD } from "../fixtures/pod.ts";

const pod: Pod = {
  ...RUNNING_POD,
  name: "app-r1-x",
  release: "r1",
};
const settings = {
  stack: "staging",
  cluster: { namespace: "app-staging" },
  application: { name: "app", healthPath: "/api/health" },
};

describe("the way by which pods are read", () => {
  const lineOf = (pods: Pod[], answer: Answer) =>
    podProxyLine({ pods: async () => pods, podAnswer: async () => answer }, settings);

  it("holds where a ready pod answers, and where there is none to ask", async () => {
    assert.equal((await lineOf([pod], { status: 200, text: "ok" })).holds, true);
    const none = [
      { ...pod, ready: false },
      { ...pod, leaving: true },
      { ...pod, job: "app-migrate" },
    ];
    assert.match((await lineOf(none, { status: null, text: "" })).evidence, /none is ready yet/);
  });

  it("is cut off where the API server doesn't get through to a pod that is ready, and says which setting mends it", async () => {
    for (const answer of [
      { status: 503, text: "error trying to reach service" },
      { status: null, text: "The operation was aborted due to timeout" },
    ]) {
      const line = await lineOf([pod], answer);
      assert.equal(line.holds, false);
      assert.match(JSON.stringify(line), /app-r1-x is ready, and .*cluster\.apiServer/);
    }
  });
});
