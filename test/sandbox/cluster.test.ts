import assert from "node:assert/strict";
import { AppsV1Api, CoreV1Api, CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import {
  deployment,
  eventually,
  failureOf,
  NAMESPACE,
  openWorld,
  secret,
  service,
  TYPES,
  type World,
} from "./cluster-world.ts";

const podNames = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });

describe("the sandbox's cluster", function () {
  this.timeout(60_000);
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  const config = (): KubeConfig => {
    const loaded = new KubeConfig();
    loaded.loadFromString(world.cluster.apiServer.kubeconfig);
    return loaded;
  };

  it("runs a Deployment whose environment comes from literals, a ConfigMap and a Secret, with URLs resolved", async () => {
    await world.create(TYPES.secret, secret("env", { DATABASE_URL: "postgresql://u:p@db.example.com:5432/app" }));
    await world.create(TYPES.configMap, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "env", namespace: NAMESPACE },
      data: { LOG_LEVEL: "debug" },
    });
    const inputs = deployment(world, "env", {
      replicas: 2,
      envFrom: [{ configMapRef: { name: "env" } }],
      env: [
        { name: "DATABASE_URL", valueFrom: { secretKeyRef: { name: "env", key: "DATABASE_URL" } } },
        { name: "GREETING", value: "level $(LOG_LEVEL)" },
      ],
    });
    const { id, outputs } = await world.create(TYPES.deployment, inputs);
    assert.equal(id, `${NAMESPACE}/app-env`);
    assert.equal(z.object({ readyReplicas: z.number() }).parse(outputs.status).readyReplicas, 2);
    const pods = world.cluster.status("staging").pods.filter((pod) => pod.release === "env");
    assert.equal(pods.length, 2);
    const environment = z
      .record(z.string(), z.string())
      .parse(await (await fetch(`http://127.0.0.1:${pods[0]?.port}/env`)).json());
    assert.equal(environment.LOG_LEVEL, "debug");
    assert.equal(environment.GREETING, "level debug");
    assert.equal(environment.DATABASE_URL, "postgresql://u:p@127.0.0.1:15432/app");
    assert.equal(environment.PORT, String(pods[0]?.port));
    await world.remove(TYPES.deployment, id);
    assert.deepEqual(world.cluster.status("staging").pods, []);
  });

  it("serves the Kubernetes API's reads to its own client", async () => {
    const { id } = await world.create(TYPES.deployment, deployment(world, "api"));
    const core = config().makeApiClient(CoreV1Api);
    const pods = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: "runbooks.dev/release in (api)" });
    const [pod] = pods.items;
    assert.equal(pods.items.length, 1);
    assert.equal(pod?.status?.phase, "Running");
    assert.match(pod?.status?.podIP ?? "", /^10\.244\./, "EndpointSlices refuse addresses on loopback");
    assert.equal(pod?.status?.containerStatuses?.[0]?.imageID, world.image);
    assert.match(pod?.metadata?.annotations?.["runbooks.dev/sandbox-port"] ?? "", /^[0-9]+$/);
    const log = await core.readNamespacedPodLog({
      namespace: NAMESPACE,
      name: pod?.metadata?.name ?? "",
      tailLines: 1,
    });
    assert.equal(log.trim(), "listening");
    const live = await config()
      .makeApiClient(AppsV1Api)
      .readNamespacedDeployment({ namespace: NAMESPACE, name: "app-api" });
    assert.equal(live.status?.observedGeneration, live.metadata?.generation);
    await assert.rejects(
      config().makeApiClient(AppsV1Api).readNamespacedDeployment({ namespace: NAMESPACE, name: "none" }),
      /deployments\.apps .{1,4}none.{1,4} not found/,
    );
    const gateway = await config().makeApiClient(CustomObjectsApi).getNamespacedCustomObject({
      group: "gateway.networking.k8s.io",
      version: "v1",
      namespace: "gateway-system",
      plural: "gateways",
      name: "public",
    });
    assert.deepEqual(
      z
        .object({ spec: z.object({ listeners: z.array(z.object({ name: z.string() })) }) })
        .parse(gateway)
        .spec.listeners.map(({ name }) => name),
      ["staging", "production"],
    );
    await world.remove(TYPES.deployment, id);
  });

  it("deletes a pod, whose Deployment puts another in its place, and passes reads on to one", async () => {
    const { id } = await world.create(TYPES.deployment, deployment(world, "doomed", { replicas: 2 }));
    const core = config().makeApiClient(CoreV1Api);
    const labelSelector = "runbooks.dev/release=doomed";
    const names = async () =>
      (await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector })).items
        .filter(({ metadata, status }) => {
          const ready = status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True");
          return metadata?.deletionTimestamp === undefined && ready === true;
        })
        .map(({ metadata }) => metadata?.name ?? "");
    const [first = "", second = ""] = await names();
    const proxied = await world.read(`/api/v1/namespaces/${NAMESPACE}/pods/${first}:8080/proxy/env`);
    assert.equal(z.object({ RELEASE_ID: z.string() }).parse(await proxied.json()).RELEASE_ID, "doomed");
    await core.deleteNamespacedPod({ namespace: NAMESPACE, name: first });
    const after = await eventually("the replacement", async () => {
      const now = await names();
      return now.length === 2 && !now.includes(first) ? now : undefined;
    });
    assert.ok(after.includes(second));
    assert.equal((await world.read(`/api/v1/namespaces/${NAMESPACE}/pods/none:8080/proxy/env`)).status, 404);
    await assert.rejects(core.deleteNamespacedPod({ namespace: NAMESPACE, name: "none" }), /not found/);
    await world.remove(TYPES.deployment, id);
  });

  it("ends a pod by a deadline as the kubelet does: it isn't deleted, is Failed once its container has ended, and only then replaced", async () => {
    const { id } = await world.create(TYPES.deployment, deployment(world, "overdue", { replicas: 2 }));
    const core = config().makeApiClient(CoreV1Api);
    const labelSelector = "runbooks.dev/release=overdue";
    const listed = async () => (await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector })).items;
    const [doomed] = await listed();
    const name = doomed?.metadata?.name ?? "";
    const patch = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: NAMESPACE },
      spec: { activeDeadlineSeconds: 1 },
    };
    await world.create("kubernetes:core/v1:PodPatch", patch);
    const most: number[] = [];
    const failed = await eventually("the pod's end", async () => {
      const pods = await listed();
      most.push(pods.filter(({ status }) => status?.phase !== "Failed").length);
      return pods.find(({ metadata, status }) => metadata?.name === name && status?.phase === "Failed");
    });
    assert.equal(failed.metadata?.deletionTimestamp, undefined);
    assert.deepEqual([failed.spec?.activeDeadlineSeconds, failed.status?.reason], [1, "DeadlineExceeded"]);
    await eventually("the replacement", async () => {
      const ready = (await listed()).filter(({ status }) =>
        status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
      );
      return ready.length === 2 ? ready : undefined;
    });
    assert.ok(
      most.every((count) => count <= 2),
      "nobody takes its place before it has ended",
    );
    assert.ok(
      (await listed()).some(({ metadata }) => metadata?.name === name),
      "it stays in the list",
    );
    await world.remove(TYPES.deployment, id);
    assert.deepEqual(await listed(), []);
  });

  it("answers discovery, the version, tables and its refusals in the API's shapes", async () => {
    const version = z.object({ gitVersion: z.string() }).parse(await (await world.read("/version")).json());
    assert.equal(version.gitVersion, "v1.36.3");
    const groups = z
      .object({ groups: z.array(z.object({ name: z.string() })) })
      .parse(await (await world.read("/apis")).json());
    for (const { name } of groups.groups) {
      const group = z
        .object({ preferredVersion: z.object({ groupVersion: z.string() }) })
        .parse(await (await world.read(`/apis/${name}`)).json());
      const resources = await (await world.read(`/apis/${group.preferredVersion.groupVersion}`)).json();
      assert.ok(z.object({ resources: z.array(z.object({ kind: z.string() })).min(1) }).parse(resources));
    }
    const table = await (await world.read("/api/v1/namespaces", "application/json;as=Table;v=v1;g=meta.k8s.io")).json();
    assert.equal(z.object({ kind: z.string() }).parse(table).kind, "Table");
    const alone = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    const metadata = await (await world.read("/api/v1/namespaces", alone)).json();
    const items = z.array(
      z.strictObject({
        kind: z.literal("PartialObjectMetadata"),
        apiVersion: z.string(),
        metadata: z.looseObject({ name: z.string() }),
      }),
    );
    const list = z.looseObject({ kind: z.literal("PartialObjectMetadataList"), items }).parse(metadata);
    assert.ok(list.items.some(({ metadata: { name } }) => name === NAMESPACE));
    assert.equal((await fetch(`${world.cluster.apiServer.url}/version`)).status, 401);
    assert.equal((await world.read("/api/v1/namespaces/nowhere/pods/x")).status, 404);
    assert.equal((await world.read("/api/v1/pods?watch=true")).status, 405);
    assert.equal((await world.read("/api/v1/pods?labelSelector=a%20b%20c")).status, 400);
    const created = await fetch(`${world.cluster.apiServer.url}/api/v1/namespaces`, {
      method: "POST",
      headers: { authorization: `Bearer ${world.cluster.apiServer.token}` },
    });
    assert.equal(z.object({ reason: z.string() }).parse(await created.json()).reason, "MethodNotAllowed");
  });

  it("says of a Deployment that never becomes ready what its pods say, and keeps it for the next update", async () => {
    const inputs = deployment(world, "never", {
      env: [{ name: "MODE", value: "never-ready" }],
      progressDeadlineSeconds: 1,
    });
    const began = Date.now();
    const failure = await failureOf(world.create(TYPES.deployment, inputs, 3));
    assert.ok(Date.now() - began >= 3_000, "a passed progress deadline doesn't end the wait: the time does");
    assert.equal(failure.id, `${NAMESPACE}/app-never`);
    assert.match(
      failure.reasons.join("\n"),
      /Minimum number of Pods to consider the application live was not attained/,
    );
    assert.match(failure.reasons.join("\n"), /Readiness probe failed: HTTP probe failed with statuscode: 503/);
    assert.match(failure.reasons.join("\n"), /ProgressDeadlineExceeded/);
    const { outputs } = await world.update(TYPES.deployment, failure.id, deployment(world, "never"));
    assert.equal(z.object({ replicas: z.number() }).parse(outputs.status).replicas, 1);
    await world.remove(TYPES.deployment, failure.id);
  });

  it("backs off from a container that crashes and shows its log without its secrets", async () => {
    await world.create(
      TYPES.secret,
      secret("crash", { DATABASE_URL: "postgresql://u:hunter22@db.example.com:5432/app" }),
    );
    const inputs = deployment(world, "crash", {
      env: [
        { name: "MODE", value: "crash" },
        { name: "DATABASE_URL", valueFrom: { secretKeyRef: { name: "crash", key: "DATABASE_URL" } } },
      ],
    });
    const failure = await failureOf(world.create(TYPES.deployment, inputs, 4));
    const text = failure.reasons.join("\n");
    assert.match(text, /timed out waiting to be Ready/);
    assert.match(text, /container exited with code 3, restarted [0-9]+ times/);
    assert.match(text, /cannot reach \[secret\]/);
    assert.doesNotMatch(text, /hunter22|15432/);
    await world.remove(TYPES.deployment, failure.id);
  });

  it("refuses a missing image before anything is made", async () => {
    const unknown = `app@sha256:${"0".repeat(64)}`;
    await assert.rejects(
      world.create(TYPES.deployment, deployment(world, "pull", { image: unknown }), 1),
      /image app@sha256:0+ is not in the sandbox: runbook sandbox build DIR --name app/,
    );
    assert.deepEqual(world.cluster.status("staging").pods, []);
  });

  it("names a missing key and goes on once it is there", async () => {
    const inputs = deployment(world, "ref", {
      env: [{ name: "X", valueFrom: { secretKeyRef: { name: "late", key: "X" } } }],
    });
    const missing = await failureOf(world.create(TYPES.deployment, inputs, 1));
    assert.match(missing.reasons.join("\n"), /CreateContainerConfigError: secret "late" not found/);
    await world.create(TYPES.secret, secret("late", { X: "here" }));
    await world.update(TYPES.deployment, missing.id, inputs);
    await world.remove(TYPES.deployment, missing.id);
  });

  it("waits for a Service's pods by the Service's own time, ten minutes where none is set", async () => {
    const unready = deployment(world, "slow", { env: [{ name: "MODE", value: "never-ready" }] });
    const failed = failureOf(world.create(TYPES.deployment, unready, 3));
    await eventually("the pod", () => world.cluster.status("staging").pods.find(({ release }) => release === "slow"));
    const late = await failureOf(world.create(TYPES.service, service("slow"), 1));
    assert.match(late.reasons.join("\n"), /'app-slow' timed out waiting to be Ready after 1 s/);
    assert.match(late.reasons.join("\n"), /Service does not target any Pods/);
    let outcome = "waiting";
    const waiting = world.update(TYPES.service, late.id, service("slow"), 0).then(() => {
      outcome = "alive";
    });
    const { id } = await failed;
    assert.equal(outcome, "waiting");
    await world.update(TYPES.deployment, id, deployment(world, "slow"));
    await waiting;
    await world.remove(TYPES.service, late.id);
    await world.remove(TYPES.deployment, id);
  });

  it("leaves an ignored field of an update as the cluster has it", async () => {
    const { id } = await world.create(TYPES.deployment, deployment(world, "kept", { replicas: 1 }));
    const scaler = await world.create(TYPES.autoscaler, {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "app-kept", namespace: NAMESPACE },
      spec: {
        minReplicas: 2,
        maxReplicas: 4,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app-kept" },
      },
    });
    await world.remove(TYPES.autoscaler, scaler.id);
    const env = [{ name: "ROUND", value: "1" }];
    const changed = deployment(world, "kept", { replicas: 1, env });
    const { outputs } = await world.update(TYPES.deployment, id, changed, 20, ["spec.replicas"]);
    assert.equal(z.object({ replicas: z.number() }).parse(outputs.spec).replicas, 2);
    await world.remove(TYPES.deployment, id);
  });

  it("rolls a changed template over without ever having fewer ready pods than asked for", async () => {
    const { id } = await world.create(TYPES.deployment, deployment(world, "roll", { replicas: 2 }));
    const first = world.cluster.status("staging").pods.map((pod) => pod.name);
    let fewest = 2;
    const watch = setInterval(() => {
      fewest = Math.min(fewest, world.cluster.status("staging").pods.filter((pod) => pod.ready).length);
    }, 5);
    await world.update(
      TYPES.deployment,
      id,
      deployment(world, "roll", { replicas: 2, env: [{ name: "NEW", value: "1" }] }),
    );
    clearInterval(watch);
    assert.equal(fewest, 2);
    const names = await eventually("the old pods' end", async () => {
      const list = podNames.parse(await (await world.read(`/api/v1/namespaces/${NAMESPACE}/pods`)).json());
      return list.items.length === 2 ? list.items.map(({ metadata }) => metadata.name) : undefined;
    });
    assert.deepEqual(
      names.filter((name) => first.includes(name)),
      [],
    );
    await world.remove(TYPES.deployment, id);
  });

  it("keeps a Deployment within its autoscaler's bounds and leaves the replicas to it", async () => {
    const { spec, ...rest } = deployment(world, "scale");
    const { replicas: _replicas, ...open } = z.record(z.string(), z.json()).parse(spec);
    const { id } = await world.create(TYPES.deployment, { ...rest, spec: open });
    await world.create(TYPES.autoscaler, {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "app-scale", namespace: NAMESPACE },
      spec: {
        minReplicas: 3,
        maxReplicas: 4,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app-scale" },
      },
    });
    await world.update(TYPES.deployment, id, { ...rest, spec: open });
    assert.equal(world.cluster.status("staging").pods.filter((pod) => pod.ready).length, 3);
    await world.remove(TYPES.autoscaler, `${NAMESPACE}/app-scale`);
    await world.remove(TYPES.deployment, id);
  });

  it("refuses what the API server refuses", async () => {
    await assert.rejects(
      world.create(TYPES.configMap, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "x", namespace: "nowhere" },
      }),
      /namespaces "nowhere" not found/,
    );
    const sealed = await world.create(TYPES.secret, secret("sealed", { A: "1" }));
    await assert.rejects(
      world.update(TYPES.secret, sealed.id, secret("sealed", { A: "2" })),
      /Secret "sealed" is invalid: data: Forbidden: field is immutable/,
    );
  });

  it("ends everything in a namespace before the namespace", async () => {
    await world.create(TYPES.deployment, deployment(world, "end", { replicas: 2 }));
    await world.remove(TYPES.namespace, NAMESPACE);
    assert.deepEqual(world.cluster.status("staging").pods, []);
    assert.equal((await world.read(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments/app-end`)).status, 404);
    assert.equal((await world.read(`/api/v1/namespaces/${NAMESPACE}`)).status, 404);
  });
});
