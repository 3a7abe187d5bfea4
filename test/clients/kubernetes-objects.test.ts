import assert from "node:assert/strict";
import { deploymentOf, gatewayUrlOf, httpRouteOf, podsOf } from "../../infra/clients/kubernetes-objects.ts";

const gateway = (listeners: object[], addresses: object[] = [{ type: "IPAddress", value: "127.0.0.1" }]) => ({
  spec: { gatewayClassName: "any", listeners },
  status: { addresses },
});
const staging = { name: "staging", port: 8081, protocol: "HTTP" };
const production = { name: "production", port: 443, protocol: "HTTPS", hostname: "app.example.com" };

describe("a Gateway's URL", () => {
  it("is that of the named listener", () => {
    assert.equal(gatewayUrlOf(gateway([staging, production]), "staging"), "http://127.0.0.1:8081");
  });

  it("has the host name that the certificate is for, where the listener has TLS", () => {
    assert.equal(gatewayUrlOf(gateway([staging, production]), "production"), "https://app.example.com");
    const wildcard = { ...production, hostname: "*.example.com" };
    assert.equal(
      gatewayUrlOf(gateway([wildcard], [{ value: "lb.example.net" }]), "production"),
      "https://lb.example.net",
    );
  });

  it("is that of the only listener, whatever its name", () => {
    assert.equal(gatewayUrlOf(gateway([{ ...staging, name: "web", port: 80 }]), "staging"), "http://127.0.0.1");
  });

  it("brackets an address of IPv6", () => {
    assert.equal(gatewayUrlOf(gateway([staging], [{ value: "::1" }]), "staging"), "http://[::1]:8081");
  });

  it("is refused where there is no such listener or no address yet", () => {
    const two = gateway([staging, production]);
    assert.throws(() => gatewayUrlOf(two, "test"), /no listener "test", only staging, production/);
    assert.throws(() => gatewayUrlOf(gateway([staging], []), "staging"), /no address yet/);
    assert.throws(() => gatewayUrlOf({ spec: { listeners: [staging] } }, "staging"), /no address yet/);
  });
});

describe("an HTTPRoute", () => {
  const conditions = [
    {
      type: "Accepted",
      status: "True",
      reason: "Accepted",
      message: "",
      observedGeneration: 4,
      lastTransitionTime: "x",
    },
    { type: "ResolvedRefs", status: "False", reason: "BackendNotFound", message: "no app-r2" },
  ];
  const raw = {
    metadata: { name: "app", generation: 4 },
    spec: {
      rules: [
        {
          matches: [{ headers: [{ type: "Exact", name: "X-Runbooks-Release", value: "r2" }] }],
          backendRefs: [{ name: "app-r2", port: 80 }],
        },
        {
          backendRefs: [
            { name: "app-r1", weight: 95 },
            { name: "app-r2", weight: 5 },
          ],
        },
      ],
    },
    status: { parents: [{ parentRef: { name: "public", sectionName: "staging" }, controllerName: "c", conditions }] },
  };

  it("is read with its rules, weights and what its Gateway says", () => {
    const { generation, rules, parents } = httpRouteOf(raw, "x-runbooks-release");
    assert.equal(generation, 4);
    assert.deepEqual(rules, [
      { release: "r2", header: "r2", backends: [{ service: "app-r2", weight: 1 }] },
      {
        release: null,
        header: null,
        backends: [
          { service: "app-r1", weight: 95 },
          { service: "app-r2", weight: 5 },
        ],
      },
    ]);
    const said = parents[0]?.conditions.map(({ type, status, observedGeneration }) => [
      type,
      status,
      observedGeneration,
    ]);
    assert.deepEqual(said, [
      ["Accepted", "True", 4],
      ["ResolvedRefs", "False", null],
    ]);
  });

  it("has no parents before a Gateway has seen it", () => {
    const { status: _, ...unseen } = raw;
    assert.deepEqual(httpRouteOf(unseen, "x-runbooks-release").parents, []);
  });

  it("is refused where it is something else", () => {
    assert.throws(() => httpRouteOf({ metadata: {}, spec: {} }, "x-runbooks-release"), /generation/);
  });
});

describe("a Deployment", () => {
  it("has nobody ready before its status is written", () => {
    assert.deepEqual(deploymentOf({ spec: { replicas: 3 } }), { desired: 3, ready: 0, updated: 0 });
    const status = { readyReplicas: 2, updatedReplicas: 3 };
    assert.deepEqual(deploymentOf({ spec: {}, status }), { desired: 1, ready: 2, updated: 3 });
  });
});

describe("pods", () => {
  const pod = (metadata: object, status?: object) => ({
    metadata: { name: "p", labels: { "runbooks.dev/release": "r1" }, ...metadata },
    spec: { containers: [{ name: "app", image: "app@sha256:a" }] },
    ...(status === undefined ? {} : { status }),
  });
  const only = (raw: object) => podsOf({ items: [raw] }, "runbooks.dev/release")[0] ?? assert.fail();

  it("are ready when their condition says so", () => {
    const born = { creationTimestamp: "2026-11-22T09:00:00Z" };
    const ready = only(pod(born, { phase: "Running", conditions: [{ type: "Ready", status: "True" }] }));
    assert.deepEqual(ready, {
      name: "p",
      release: "r1",
      job: null,
      createdAt: Date.parse(born.creationTimestamp),
      image: "app@sha256:a",
      ready: true,
      leaving: false,
      phase: "Running",
      reasons: [],
      readyChangedAt: null,
      containers: [],
    });
  });

  it("tell how their containers ended and how often they were started again, the initialising ones too", () => {
    const terminated = { reason: "OOMKilled", exitCode: 137, finishedAt: "2026-11-22T09:05:00Z" };
    const { containers, readyChangedAt } = only(
      pod(
        {},
        {
          conditions: [{ type: "Ready", status: "False", lastTransitionTime: "2026-11-22T09:05:00Z" }],
          initContainerStatuses: [{ name: "warm", restartCount: 0, state: {}, lastState: {} }],
          containerStatuses: [
            {
              name: "app",
              restartCount: 3,
              state: { waiting: { reason: "CrashLoopBackOff" } },
              lastState: { terminated },
            },
          ],
        },
      ),
    );
    const at = Date.parse("2026-11-22T09:05:00Z");
    assert.equal(readyChangedAt, at);
    assert.deepEqual(containers, [
      { name: "warm", restarts: 0, waiting: null, last: null },
      {
        name: "app",
        restarts: 3,
        waiting: "CrashLoopBackOff",
        last: { reason: "OOMKilled", exitCode: 137, finishedAt: at },
      },
    ]);
  });

  it("say which Job they work for", () => {
    const owner = { kind: "Job", name: "app-r1-up" };
    assert.equal(only(pod({ ownerReferences: [owner] })).job, owner.name);
    assert.equal(only(pod({ ownerReferences: [{ kind: "ReplicaSet", name: "app-r1" }] })).job, null);
  });

  it("say why they are not", () => {
    const waiting = { reason: "CrashLoopBackOff", message: "back-off 10s" };
    const conditions = [{ type: "Ready", status: "False", reason: "ContainersNotReady" }];
    const { ready, reasons } = only(pod({}, { conditions, containerStatuses: [{ state: { waiting } }] }));
    assert.deepEqual([ready, reasons], [false, ["CrashLoopBackOff: back-off 10s", "ContainersNotReady"]]);
  });

  it("are leaving once their end was asked for, and may have no release or status", () => {
    const left = only(pod({ deletionTimestamp: "2026-11-22T09:00:00Z", labels: {} }));
    assert.deepEqual([left.leaving, left.release, left.phase, left.ready], [true, null, "Unknown", false]);
  });

  it("are leaving once their deadline has passed, while they still run, and when they have ended", () => {
    const started = Date.parse("2026-11-22T09:00:00Z");
    const status = {
      phase: "Running",
      startTime: "2026-11-22T09:00:00Z",
      conditions: [{ type: "Ready", status: "True" }],
    };
    const patched = {
      ...pod({}, status),
      spec: { containers: [{ image: "app@sha256:a" }], activeDeadlineSeconds: 30 },
    };
    const at = (raw: object, now: number) =>
      podsOf({ items: [raw] }, "runbooks.dev/release", now)[0] ?? assert.fail("there is no pod");
    assert.equal(at(patched, started + 29_000).leaving, false);
    assert.equal(at(patched, started + 30_000).leaving, true);
    assert.equal(at(pod({}, status), started + 30_000).leaving, false);
    for (const phase of ["Failed", "Succeeded"]) {
      const ended = at(pod({}, { ...status, phase }), started);
      assert.deepEqual([ended.leaving, ended.phase], [true, phase]);
    }
  });
});
