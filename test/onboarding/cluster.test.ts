import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Refusal } from "../../infra/errors.ts";
import { examineCluster } from "../../infra/onboarding/cluster.ts";
import { borrow, contextAlone, gatewayUrls } from "../../sandbox/commands/lend.ts";

const API = "/apis/gateway.networking.k8s.io/v1";
const GATEWAY = `${API}/namespaces/gateway-system/gateways/public`;
const place = {
  stack: "staging",
  context: "mine",
  namespace: "app-staging",
  gateway: { name: "public", namespace: "gateway-system" },
  listener: "staging",
};
const gateway = {
  spec: { gatewayClassName: "traefik", listeners: [{ name: "staging", port: 8001, protocol: "HTTP" }] },
  status: { addresses: [{ value: "10.0.0.1" }] },
};
const classOf = (name: string, status: string, controllerName = "traefik.io/gateway-controller") => ({
  items: [
    {
      metadata: { name },
      spec: { controllerName },
      status: { conditions: [{ type: "Accepted", status }] },
    },
  ],
});

describe("a cluster that is there already", function () {
  this.timeout(20_000);
  let folder: string;
  let server: Server;
  let answers: Record<string, unknown>;
  let denied: string[];
  const { KUBECONFIG } = process.env;

  beforeEach(async () => {
    denied = [];
    answers = { "/version": { gitVersion: "v1.34.1" }, [API]: {}, [GATEWAY]: gateway };
    answers[`${API}/gatewayclasses`] = classOf("traefik", "True");
    server = createServer(async (request, response) => {
      const path = new URL(request.url ?? "", "http://api").pathname;
      let text = "";
      for await (const chunk of request) text += String(chunk);
      const asked: unknown = text === "" ? null : JSON.parse(text);
      const allowed = !denied.some((resource) => JSON.stringify(asked).includes(`"resource":"${resource}"`));
      const answer = path.endsWith("selfsubjectaccessreviews") ? { status: { allowed } } : answers[path];
      response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? { message: "not found" }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
    process.env.KUBECONFIG = join(folder, "config");
    const cluster = { server: `http://127.0.0.1:${address.port}`, "insecure-skip-tls-verify": true };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: ["c", "d"].map((name) => ({ name, cluster })),
      users: ["u", "v"].map((name) => ({ name, user: { token: `token-of-${name}` } })),
      contexts: [
        { name: "mine", context: { cluster: "c", user: "u" } },
        { name: "other", context: { cluster: "d", user: "v" } },
      ],
      "current-context": "other",
    };
    await writeFile(process.env.KUBECONFIG, JSON.stringify(config));
  });

  afterEach(async () => {
    if (KUBECONFIG === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = KUBECONFIG;
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const failing = async (): Promise<string> => {
    const lines = await examineCluster(place);
    const found = lines.find((line) => !line.holds);
    assert.ok(found, JSON.stringify(lines));
    assert.notEqual(found.remedy, null);
    return `${found.check}: ${found.evidence}`;
  };

  it("passes with a Gateway that a controller answers for, and the rights", async () => {
    const lines = await examineCluster(place);
    assert.deepEqual(
      lines.map(({ holds }) => holds),
      [true, true, true],
      JSON.stringify(lines),
    );
    assert.match(lines[1]?.evidence ?? "", /http:\/\/10\.0\.0\.1:8001, class traefik of traefik\.io/);
  });

  it("is refused without the Gateway API, the Gateway, its class, a controller, an address or the rights", async () => {
    delete answers[API];
    assert.match(await failing(), /Gateway of staging: the cluster has no Gateway API/);
    answers[API] = {};
    delete answers[GATEWAY];
    assert.match(await failing(), /has no Gateway gateway-system\/public/);
    answers[GATEWAY] = gateway;
    answers[`${API}/gatewayclasses`] = classOf("cilium", "True");
    assert.match(await failing(), /class traefik, which the cluster doesn't have: it has cilium of traefik\.io/);
    answers[`${API}/gatewayclasses`] = classOf("traefik", "Unknown");
    assert.match(await failing(), /no controller has accepted the class traefik/);
    answers[`${API}/gatewayclasses`] = classOf("traefik", "True");
    answers[GATEWAY] = { ...gateway, status: {} };
    assert.match(await failing(), /no address yet/);
    answers[GATEWAY] = gateway;
    denied = ["namespaces", "jobs"];
    assert.match(await failing(), /may not create namespaces, create jobs\.batch in app-staging/);
  });

  it("is refused with a Gateway whose controller can't name who answered: no change would pass", async () => {
    const says = async (controller: string) => {
      answers[`${API}/gatewayclasses`] = classOf("traefik", "True", controller);
      const line = (await examineCluster(place)).find(({ check }) => check === "Gateway of staging");
      return `${line?.holds}: ${line?.evidence}; ${line?.remedy}`;
    };
    const refused = /^false: class traefik of .*verify the weights and no change passes; name a Gateway of another/;
    for (const controller of ["gateway.k8s.aws/alb", "gateway.nginx.org/nginx-gateway-controller"]) {
      assert.match(await says(controller), refused, controller);
    }
    for (const controller of ["gateway.envoyproxy.io/gatewayclass-controller", "istio.io/gateway-controller"]) {
      assert.match(await says(controller), /^true: /, controller);
    }
  });

  it("is refused where the Gateway's pods run in a namespace from which the network policy lets nobody in", async () => {
    const says = async (podsIn?: string) => {
      const lines = await examineCluster({ ...place, gateway: { ...place.gateway, podsIn } });
      const line = lines.find(({ check }) => check === "pods of the Gateway of staging");
      return line === undefined ? "nothing" : `${line.holds}: ${line.evidence}; ${line.remedy}`;
    };
    assert.equal(await says(), "nothing", "Traefik's pods carry no label that is known");
    answers[`${API}/gatewayclasses`] = classOf("traefik", "True", "gateway.envoyproxy.io/gatewayclass-controller");
    const pod = {
      metadata: { name: "envoy-1" },
      spec: { containers: [{ name: "envoy", image: "envoy" }] },
      status: { phase: "Running" },
    };
    answers["/api/v1/namespaces/gateway-system/pods"] = { items: [] };
    answers["/api/v1/namespaces/envoy-gateway-system/pods"] = { items: [pod] };
    assert.match(
      await says(),
      /^false: none runs in gateway-system, .*; name the namespace .* setting gateway\.podsIn/,
    );
    assert.match(await says("envoy-gateway-system"), /^true: 1 in envoy-gateway-system/);
    delete answers["/api/v1/namespaces/gateway-system/pods"];
    assert.match(await says(), /^false: can't be looked at: .*; allow list pods in the namespace/);
  });

  it("is refused before the first update where the namespace that it creates is there already", async () => {
    const says = async (updates: "updated" | "before its first update") => {
      const line = (await examineCluster({ ...place, updates })).find(({ check }) => check === "namespace of staging");
      return line === undefined ? "nothing" : `${line.holds}: ${line.evidence}; ${line.remedy}`;
    };
    assert.match(await says("before its first update"), /^true: .*first `pulumi up` creates app-staging/);
    answers["/api/v1/namespaces/app-staging"] = { metadata: { name: "app-staging" } };
    assert.match(
      await says("before its first update"),
      /^false: app-staging already exists, .*AlreadyExists.*; name a namespace in the setting cluster\.namespace that doesn't/,
    );
    assert.equal(await says("updated"), "nothing");
  });

  it("lends its context alone, and the sandbox refuses one that isn't fit with all reasons at once", async () => {
    const alone = contextAlone("mine");
    assert.match(alone, /token-of-u/);
    assert.doesNotMatch(alone, /token-of-v/);
    assert.throws(() => contextAlone("theirs"), /no context "theirs": it has mine, other/);
    delete answers[GATEWAY];
    denied = ["namespaces"];
    await assert.rejects(borrow("mine", []), (error: unknown) => {
      assert.ok(error instanceof Refusal);
      assert.match(error.message, /Gateway of staging/);
      assert.match(error.message, /rights in the cluster of production/);
      return true;
    });
  });

  it("has its listeners where the reader says", async () => {
    assert.deepEqual(gatewayUrls(["staging=http://127.0.0.1:8001/"]), { staging: "http://127.0.0.1:8001" });
    assert.throws(() => gatewayUrls(["moon=http://127.0.0.1:1"]), /"moon" is no stack/);
    assert.throws(() => gatewayUrls(["staging=nowhere"]), /has no URL/);
    const two = { name: "production", port: 8002, protocol: "HTTP" };
    answers[GATEWAY] = { spec: { ...gateway.spec, listeners: [...gateway.spec.listeners, two] }, status: {} };
    const urls = ["staging=http://127.0.0.1:8001", "production=http://127.0.0.1:8002"];
    const { stages } = await borrow("mine", urls);
    assert.equal(stages.production.url, "http://127.0.0.1:8002");
  });
});
