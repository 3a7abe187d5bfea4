import assert from "node:assert/strict";
import { Network, policySpecs } from "../../../infra/program/components/network.ts";
import { startWorld, type World } from "../../../verification/mocks/world.ts";

const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const annotations = { "runbooks.dev/change": "bootstrap", "runbooks.dev/on-call": "Ada" };

describe("the network", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    const args = {
      application: "app",
      namespace: "app-staging",
      gatewayPods: "gateway-system",
      owner: { change: "bootstrap", onCall: "Ada" },
    };
    await world.settle(new Network("app-staging", args, world.watched));
  });

  function policy(name: string, spec: object) {
    return {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name, namespace: "app-staging", annotations },
      spec,
    };
  }

  it("is a namespace that admits restricted pods only, and an account without rights", () => {
    assert.deepEqual(world.inputs("kubernetes:core/v1:Namespace"), {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "app-staging",
        annotations,
        labels: { "pod-security.kubernetes.io/enforce": "restricted" },
      },
    });
    assert.deepEqual(world.inputs("kubernetes:core/v1:ServiceAccount"), {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "app", namespace: "app-staging", annotations },
      automountServiceAccountToken: false,
    });
  });

  it("denies everything that isn't allowed", () => {
    assert.deepEqual(
      world.inputs(POLICY, "default-deny"),
      policy("default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
    );
  });

  it("lets the Gateway call in, to whatever isn't a Job's", () => {
    assert.deepEqual(
      world.inputs(POLICY, "allow-gateway"),
      policy("allow-gateway", {
        podSelector: {
          matchLabels: { "app.kubernetes.io/name": "app" },
          matchExpressions: [{ key: "app.kubernetes.io/component", operator: "NotIn", values: ["migration"] }],
        },
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "gateway-system" } } }],
            ports: [{ protocol: "TCP", port: 8080 }],
          },
        ],
      }),
    );
  });

  it("lets the API server in only where the settings say where its calls come from: no peer would mean everybody", () => {
    const place = { application: "app", gatewayPods: "gateway-system" };
    assert.ok(!world.registered.some(({ name }) => name === "allow-api-server"));
    assert.ok(!("allow-api-server" in policySpecs({ ...place, apiServer: { cidrs: [], namespaces: [] } })));
    const apiServer = { cidrs: ["10.0.0.0/20"], namespaces: ["kube-system"] };
    assert.deepEqual(policySpecs({ ...place, apiServer })["allow-api-server"]?.ingress, [
      {
        from: [
          { ipBlock: { cidr: "10.0.0.0/20" } },
          { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } },
        ],
        ports: [{ protocol: "TCP", port: 8080 }],
      },
    ]);
  });

  it("lets the application call DNS, HTTPS, Postgres and Redis, but not the nodes' metadata", () => {
    assert.deepEqual(
      world.inputs(POLICY, "allow-services"),
      policy("allow-services", {
        podSelector: { matchLabels: { "app.kubernetes.io/name": "app" } },
        policyTypes: ["Egress"],
        egress: [
          {
            to: [
              { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } },
              { ipBlock: { cidr: "169.254.20.10/32" } },
            ],
            ports: [
              { protocol: "UDP", port: 53 },
              { protocol: "TCP", port: 53 },
            ],
          },
          {
            to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.169.254/32"] } }],
            ports: [443, 5432, 6543, 6379].map((port) => ({ protocol: "TCP", port })),
          },
        ],
      }),
    );
  });

  it("lets it call DNS at the addresses that the settings name, and every port that is given, but not the nodes' metadata", () => {
    const specs = policySpecs({
      application: "app",
      gatewayPods: "envoy-gateway-system",
      dns: ["10.100.0.10/32", "169.254.169.254/32"],
      egressPorts: [443, 6432],
    });
    const [dns, services] = specs["allow-services"].egress;
    assert.deepEqual(dns?.to.slice(2), [
      { ipBlock: { cidr: "10.100.0.10/32" } },
      { ipBlock: { cidr: "169.254.169.254/32" } },
    ]);
    assert.deepEqual(dns?.ports, [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ]);
    assert.deepEqual(services, {
      to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.169.254/32"] } }],
      ports: [
        { protocol: "TCP", port: 443 },
        { protocol: "TCP", port: 6432 },
      ],
    });
    assert.deepEqual(specs["allow-gateway"].ingress[0]?.from, [
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "envoy-gateway-system" } } },
    ]);
  });

  it("makes the namespace first", () => {
    for (const name of ["default-deny", "allow-gateway", "allow-services"]) {
      assert.ok(world.options(POLICY, name).dependsOn, name);
    }
    assert.equal(
      world.registered.find(({ type }) => type.startsWith("kubernetes:"))?.type,
      "kubernetes:core/v1:Namespace",
    );
  });
});
