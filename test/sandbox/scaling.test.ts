import assert from "node:assert/strict";
import { setImmediate as soon } from "node:timers/promises";
import fc from "fast-check";
import { z } from "zod";
import { releaseLabels } from "../../infra/program/components/pod.ts";
import { type CpuPercent, runAutoscaler } from "../../sandbox/cloud/cluster/autoscaler.ts";
import { countBudget, runDisruptionBudgets } from "../../sandbox/cloud/cluster/disruption-budgets.ts";
import { replicasForLoad } from "../../sandbox/cloud/cluster/load-scale.ts";
import { createStore, type Store } from "../../sandbox/cloud/cluster/store.ts";

const namespace = "app-staging";
const name = "app-r1";
const WEB = releaseLabels("app", "r1", "web");
const JOB = releaseLabels("app", "r1", "migration");
/** What selected a release's pods before they said what they are for: its Jobs' pods too. */
const { "app.kubernetes.io/component": _, ...BOTH } = WEB;

const statusSchema = z.looseObject({
  disruptionsAllowed: z.int(),
  conditions: z.array(z.looseObject({ reason: z.string(), message: z.string() })),
});

function addPod(store: Store, pod: string, owner: "Deployment" | "Job", phase: string): void {
  const labels = owner === "Job" ? JOB : WEB;
  const of = store.apply({
    kind: "Pod",
    namespace,
    name: pod,
    labels,
    owner: { kind: owner, name: owner === "Job" ? "app-migrate-r1" : name, uid: owner },
    body: {},
  });
  const ready = phase === "Running" && owner === "Deployment" ? "True" : "False";
  store.setStatus(of, { phase, conditions: [{ type: "Ready", status: ready }] });
}

/** Two web pods with a budget and an autoscaler over what a selector takes in. */
function release(store: Store, selector: Record<string, string>): void {
  const container = { name: "app", image: "app@sha256:a" };
  const template = { metadata: { labels: WEB }, spec: { containers: [container] } };
  const spec = { replicas: 2, selector: { matchLabels: selector }, template };
  store.apply({ kind: "Deployment", namespace, name, labels: WEB, body: { spec } });
  for (const pod of ["web-1", "web-2"]) addPod(store, pod, "Deployment", "Running");
  const budget = { maxUnavailable: 1, selector: { matchLabels: selector } };
  store.apply({ kind: "PodDisruptionBudget", namespace, name, body: { spec: budget } });
  const cpu = { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } };
  const scaleTargetRef = { kind: "Deployment", name };
  const scaler = { scaleTargetRef, minReplicas: 2, maxReplicas: 3, metrics: [cpu] };
  store.apply({ kind: "HorizontalPodAutoscaler", namespace, name, body: { spec: scaler } });
}

const replicasOf = (store: Store): unknown =>
  z.object({ replicas: z.int() }).parse(store.get("Deployment", namespace, name)?.body.spec).replicas;

const busy: CpuPercent = ({ name: pod }) => (pod.startsWith("web") ? 98 : null);

describe("a budget and an autoscaler over a release's pods", () => {
  const stores: { close(): void }[] = [];
  after(() => {
    for (const running of stores) running.close();
  });

  const open = (cpuPercent: CpuPercent): Store => {
    const store = createStore();
    stores.push(runDisruptionBudgets(store), runAutoscaler(store, cpuPercent));
    return store;
  };
  const budgetOf = async (store: Store) => {
    await soon();
    await soon();
    const status = statusSchema.parse(store.get("PodDisruptionBudget", namespace, name)?.status);
    return [status.disruptionsAllowed, status.conditions[0]?.reason, status.conditions[0]?.message];
  };

  it("stand still while they take in a Job's pod, even one that has ended", async () => {
    for (const phase of ["Running", "Succeeded"]) {
      let usage: CpuPercent = () => null;
      const store = open((pod) => usage(pod));
      release(store, BOTH);
      addPod(store, "job-1", "Job", phase);
      assert.deepEqual(await budgetOf(store), [0, "SyncFailed", "jobs.batch does not implement the scale subresource"]);
      usage = busy;
      addPod(store, "job-2", "Job", phase);
      assert.equal(replicasOf(store), 2, phase);
      store.remove("Pod", namespace, "job-1");
      store.remove("Pod", namespace, "job-2");
      assert.equal(replicasOf(store), 3, "it scales once they are gone");
      assert.deepEqual((await budgetOf(store)).slice(1), ["InsufficientPods", ""]);
    }
  });

  it("go on beside a Job where they select the pods that serve", async () => {
    const store = open(busy);
    release(store, WEB);
    addPod(store, "job-1", "Job", "Running");
    assert.equal(replicasOf(store), 3);
    addPod(store, "web-3", "Deployment", "Running");
    assert.deepEqual(await budgetOf(store), [1, "SufficientPods", ""]);
  });

  it("never allow more disruptions than there are healthy pods beyond what is wanted", () => {
    const owner = { name, replicas: 4 };
    const pod = fc.record({ owner: fc.constant(owner), healthy: fc.boolean() });
    const bound = fc.oneof(
      fc.nat(5),
      fc.nat(100).map((share) => `${share}%`),
    );
    fc.assert(
      fc.property(fc.array(pod, { maxLength: 6 }), bound, fc.boolean(), (pods, value, least) => {
        const selector = {};
        const spec = least ? { selector, minAvailable: value } : { selector, maxUnavailable: value };
        const counted = countBudget(spec, pods);
        assert.ok("allowed" in counted);
        assert.ok(counted.allowed >= 0 && counted.allowed <= counted.currentHealthy);
        if (counted.allowed > 0) assert.equal(counted.currentHealthy - counted.allowed, counted.desiredHealthy);
      }),
      { seed: 20261127 },
    );
  });

  it("scale by the load as the real calculator does", () => {
    const counted = (usage: number | null) => ({ state: "counted", usage }) as const;
    assert.equal(replicasForLoad(2, 70, [counted(98), counted(98)]), 3);
    assert.equal(replicasForLoad(2, 70, [counted(98), counted(98), counted(null)]), 2);
    assert.equal(replicasForLoad(2, 70, [counted(72), counted(73)]), 2, "within the tolerance");
    assert.equal(replicasForLoad(4, 70, [counted(10), counted(10), counted(10), counted(10)]), 1);
    assert.equal(replicasForLoad(2, 70, [counted(98), counted(98), { state: "ignored", usage: null }]), 3);
    assert.equal(replicasForLoad(2, 70, []), 2);
  });
});
