import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kubernetes, openKubernetes } from "../../infra/clients/kubernetes.ts";
import { Refusal } from "../../infra/errors.ts";

interface Asked {
  url: string;
  authorization: string | undefined;
  accept?: string | undefined;
}

const refused = (pattern: RegExp) => (error: unknown) => error instanceof Refusal && pattern.test(error.message);

describe("the Kubernetes adapter", function () {
  this.timeout(15_000);
  let folder: string;
  let server: Server;
  let answers: Record<string, [number, string]>;
  let asked: Asked[];
  let kubernetes: Kubernetes;
  const before = process.env.KUBECONFIG;

  beforeEach(async () => {
    answers = {};
    asked = [];
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "", "http://api");
      const { authorization, accept } = request.headers;
      const metadata = accept?.includes("as=") === true ? { accept } : {};
      asked.push({ url: request.url ?? "", authorization, ...metadata });
      const [status, text] = answers[pathname] ?? [404, `{"message":"not found"}`];
      response.writeHead(status).end(text);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
    process.env.KUBECONFIG = join(folder, "config");
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        { name: "c", cluster: { server: `http://127.0.0.1:${address.port}/`, "insecure-skip-tls-verify": true } },
      ],
      users: [{ name: "u", user: { token: "token-of-the-test" } }],
      contexts: [{ name: "main", context: { cluster: "c", user: "u" } }],
      "current-context": "main",
    };
    await writeFile(process.env.KUBECONFIG, JSON.stringify(config));
    kubernetes = await openKubernetes({ context: null });
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
    server.closeAllConnections();
    server.close();
    await once(server, "close");
    await rm(folder, { recursive: true });
  });

  it("asks once and gives up soon for somebody who waits: an API server that never answers is told in time", async () => {
    let count = 0;
    server.removeAllListeners("request").on("request", () => {
      count += 1;
    });
    const begun = performance.now();
    const hurried = await openKubernetes({ context: null, patience: { within: 300, retries: 0 } });
    await assert.rejects(hurried.serverVersion(), refused(/can't be read/));
    assert.equal(count, 1);
    assert.ok(performance.now() - begun < 3_000);
  });

  it("reads the version with the kubeconfig's token", async () => {
    answers["/version"] = [200, `{"gitVersion":"v1.36.3","major":"1"}`];
    assert.equal(await kubernetes.serverVersion(), "v1.36.3");
    assert.deepEqual(asked, [{ url: "/version", authorization: "Bearer token-of-the-test" }]);
  });

  it("asks for pods by their labels, for a log from a time on, for a service's text", async () => {
    answers["/api/v1/namespaces/app/pods"] = [200, `{"items":[]}`];
    answers["/api/v1/namespaces/app/pods/p/log"] = [200, "one\ntwo\n"];
    answers["/api/v1/namespaces/gw/services/metrics:9090/proxy/metrics"] = [200, "requests_total 1\n"];
    assert.deepEqual(await kubernetes.pods("app", { "app.kubernetes.io/name": "app", tier: "web" }), []);
    const since = new Date("2026-11-22T09:00:00Z");
    assert.equal(await kubernetes.podLogs("app", "p", { since, tailLines: 2 }), "one\ntwo\n");
    const at = { namespace: "gw", service: "metrics", port: 9090, path: "/metrics" };
    assert.equal(await kubernetes.serviceProxyText(at), "requests_total 1\n");
    assert.deepEqual(
      asked.map(({ url }) => decodeURIComponent(url)),
      [
        "/api/v1/namespaces/app/pods?labelSelector=app.kubernetes.io/name=app,tier=web",
        "/api/v1/namespaces/app/pods/p/log?sinceTime=2026-11-22T09:00:00.000Z&tailLines=2",
        "/api/v1/namespaces/gw/services/metrics:9090/proxy/metrics",
      ],
    );
  });

  it("lists what changes have made by its metadata, so that no Secret's value comes along", async () => {
    const made = (name: string, change?: string, more = {}) => ({
      metadata: { name, ...(change === undefined ? {} : { annotations: { "runbooks.dev/change": change } }), ...more },
    });
    const list = (...items: unknown[]): [number, string] => [200, JSON.stringify({ items })];
    answers["/api/v1/namespaces/app/secrets"] = list(made("app-r1", "CHG-1"), made("other"));
    answers["/apis/policy/v1/namespaces/app/poddisruptionbudgets"] = list(
      made("app-r1", "CHG-2", { deletionTimestamp: "2026-11-22T09:00:00Z" }),
    );
    answers["/apis/batch/v1/namespaces/app/jobs"] = [200, `{"items":null}`];
    assert.deepEqual(await kubernetes.owned("app"), [
      { resource: "secrets", type: "kubernetes:core/v1:Secret", name: "app-r1", change: "CHG-1", terminating: false },
      {
        resource: "poddisruptionbudgets.policy",
        type: "kubernetes:policy/v1:PodDisruptionBudget",
        name: "app-r1",
        change: "CHG-2",
        terminating: true,
      },
    ]);
    assert.equal(asked.length, 7);
    assert.ok(asked.every(({ accept }) => accept?.includes("as=PartialObjectMetadataList")));
  });

  it("knows what isn't there", async () => {
    assert.equal(await kubernetes.deployment("app", "app-r1"), null);
    assert.equal(await kubernetes.httpRoute("app", "app"), null);
    await assert.rejects(
      kubernetes.gatewayUrl("gw", "public", "staging"),
      refused(/Gateway gw\/public: the cluster has none/),
    );
  });

  it("says what the server refused, and doesn't ask again", async () => {
    answers["/version"] = [403, `{"kind":"Status","message":"user u may not"}`];
    await assert.rejects(kubernetes.serverVersion(), refused(/answered 403 to GET \/version: user u may not/));
    assert.equal(asked.length, 1);
  });

  it("asks again while the server is overloaded", async () => {
    answers["/version"] = [503, "starting"];
    server.once("request", () => {
      answers["/version"] = [200, `{"gitVersion":"v1.36.3"}`];
    });
    assert.equal(await kubernetes.serverVersion(), "v1.36.3");
    assert.equal(asked.length, 2);
  });

  it("refuses nonsense", async () => {
    answers["/version"] = [200, "<html>"];
    await assert.rejects(kubernetes.serverVersion(), refused(/the server's version: .*not valid JSON/));
    answers["/version"] = [200, "{}"];
    await assert.rejects(kubernetes.serverVersion(), refused(/gitVersion/));
  });

  it("refuses a context that the kubeconfig doesn't have", async () => {
    await assert.rejects(openKubernetes({ context: "other" }), refused(/no context "other" \(it has main\)/));
  });

  it("says which cluster it can't reach", async () => {
    const config = join(folder, "unreachable");
    process.env.KUBECONFIG = config;
    const cluster = { name: "c", cluster: { server: "http://127.0.0.1:1", "insecure-skip-tls-verify": true } };
    const context = { name: "main", context: { cluster: "c", user: "u" } };
    const users = [{ name: "u", user: {} }];
    await writeFile(
      config,
      JSON.stringify({ clusters: [cluster], users, contexts: [context], "current-context": "main" }),
    );
    const unreachable = await openKubernetes({ context: null });
    await assert.rejects(unreachable.serverVersion(), refused(/the cluster at http:\/\/127.0.0.1:1 can't be read/));
  });
});
