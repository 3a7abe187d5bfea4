import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { Agent, fetch } from "undici";
import { z } from "zod";
import { kubeconfig } from "../../runner/workload.ts";
import { attributesOf } from "../../sandbox/cloud/cluster/api/access.ts";
import type { Props } from "../../sandbox/cloud/handler.ts";
import { deployment, eventually, NAMESPACE, openWorld, TYPES, type World } from "./cluster-world.ts";

const RBAC = "rbac.authorization.k8s.io";
const ACCOUNT = { name: "runbooks", namespace: NAMESPACE };
const MOUNTED = "/etc/runbooks";
const environmentSchema = z.record(z.string(), z.string());

/** A Deployment whose pods have the account's token and a kubeconfig. */
const withAccount = (world: World): Props =>
  deployment(world, "one", {
    env: [
      { name: "KUBECONFIG", value: `${MOUNTED}/kubeconfig` },
      { name: "HOME", value: "/tmp" },
      { name: "SEARCH", value: "/usr/bin:/tmp/bin:/tmpfiles" },
    ],
    container: {
      volumeMounts: [
        { name: "kubeconfig", mountPath: MOUNTED, readOnly: true },
        { name: "tmp", mountPath: "/tmp" },
      ],
    },
    pod: {
      serviceAccountName: ACCOUNT.name,
      volumes: [
        { name: "tmp", emptyDir: {} },
        { name: "kubeconfig", configMap: { name: "contexts" } },
      ],
    },
  });

describe("a service account's pods in the sandbox's cluster", function () {
  this.timeout(60_000);
  let world: World;
  let environment: Record<string, string>;
  let as: (path: string, method?: string) => Promise<{ status: number; text: string }>;

  before(async () => {
    world = await openWorld();
    const metadata = { name: ACCOUNT.name, namespace: NAMESPACE };
    await world.create(TYPES.serviceAccount, { apiVersion: "v1", kind: "ServiceAccount", metadata });
    await world.create(TYPES.role, {
      apiVersion: `${RBAC}/v1`,
      kind: "Role",
      metadata,
      rules: [
        { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
        { apiGroups: [""], resources: ["configmaps"], verbs: ["get"], resourceNames: ["contexts"] },
        { apiGroups: [""], resources: ["pods/exec"], verbs: ["get"] },
      ],
    });
    await world.create(TYPES.roleBinding, {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: RBAC, kind: "Role", name: ACCOUNT.name },
      subjects: [{ kind: "ServiceAccount", ...ACCOUNT }],
    });
    const data = { kubeconfig: kubeconfig({ stacks: [] }) };
    await world.create(TYPES.configMap, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "contexts", namespace: NAMESPACE },
      data,
    });
    await world.create(TYPES.deployment, withAccount(world));
    const pod = await eventually("a pod that is ready", () =>
      world.cluster.status("staging").pods.find(({ ready }) => ready),
    );
    environment = environmentSchema.parse(await (await fetch(`http://127.0.0.1:${pod.port}/env`)).json());
    const config = new KubeConfig();
    config.loadFromFile(environment.KUBECONFIG ?? "");
    const cluster = config.getCurrentCluster();
    const ca = await readFile(cluster?.caFile ?? "", "utf8");
    const token = await readFile(join(environment.KUBECONFIG ?? "", "../../token/token"), "utf8");
    const dispatcher = new Agent({ connect: { ca } });
    as = async (path, method = "GET") => {
      const answer = await fetch(`${cluster?.server}${path}`, {
        method,
        dispatcher,
        headers: { authorization: `Bearer ${token}` },
      });
      return { status: answer.status, text: await answer.text() };
    };
  });
  after(() => world.close());

  const volumes = () => join(world.dir, "volumes");

  it("have their volumes in a folder of their own, and its paths in their variables", () => {
    assert.ok(environment.KUBECONFIG?.startsWith(volumes()), environment.KUBECONFIG);
    const [, own] = /^(.+)\/kubeconfig\/kubeconfig$/.exec(environment.KUBECONFIG ?? "") ?? [];
    assert.equal(environment.HOME, `${own}/tmp`);
    assert.equal(environment.SEARCH, `/usr/bin:${own}/tmp/bin:/tmpfiles`, "another path that begins alike stays");
    assert.ok(existsSync(environment.HOME ?? ""));
  });

  it("may do what their Roles allow, in the Roles' namespace", async () => {
    assert.equal((await as(`/api/v1/namespaces/${NAMESPACE}/pods`)).status, 200);
    assert.equal((await as(`/api/v1/namespaces/${NAMESPACE}/configmaps/contexts`)).status, 200);
    assert.equal((await as("/version")).status, 200);
  });

  it("are refused anything else in the API server's words", async () => {
    const refused = await as(`/api/v1/namespaces/${NAMESPACE}/secrets`);
    assert.equal(refused.status, 403);
    const told =
      'secrets is forbidden: User "system:serviceaccount:app-staging:runbooks" cannot list resource "secrets" in API group "" in the namespace "app-staging"';
    assert.equal(z.object({ message: z.string() }).parse(JSON.parse(refused.text)).message, told);
    for (const [path, method] of [
      [`/api/v1/namespaces/${NAMESPACE}/configmaps/others`, "GET"],
      [`/api/v1/namespaces/${NAMESPACE}/configmaps`, "GET"],
      [`/api/v1/namespaces/${NAMESPACE}/pods/one`, "DELETE"],
      ["/api/v1/namespaces/default/pods", "GET"],
      ["/api/v1/pods", "GET"],
      [`/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`, "POST"],
    ] as const)
      assert.equal((await as(path, method)).status, 403, `${method} ${path}`);
  });

  it("take their volumes along when they end", async () => {
    await world.remove(TYPES.deployment, `${NAMESPACE}/app-one`);
    assert.ok(!existsSync(environment.HOME ?? ""));
  });
});

describe("what a request asks for", () => {
  it("is a verb, a resource with its subresource, a namespace and a name", () => {
    const at = "/api/v1/namespaces/app/pods";
    const base = { group: "", namespace: "app" };
    assert.deepEqual(attributesOf("GET", at), { ...base, verb: "list", resource: "pods", name: null });
    assert.deepEqual(attributesOf("GET", `${at}/x/log`), { ...base, verb: "get", resource: "pods/log", name: "x" });
    assert.deepEqual(attributesOf("GET", `${at}/x:80/proxy/a/b`), {
      ...base,
      verb: "get",
      resource: "pods/proxy",
      name: "x:80",
    });
    assert.deepEqual(attributesOf("GET", "/api/v1/namespaces/app"), {
      ...base,
      verb: "get",
      resource: "namespaces",
      name: "app",
    });
    assert.equal(attributesOf("GET", "/apis"), null);
    assert.equal(attributesOf("GET", "/readyz"), null);
  });
});
