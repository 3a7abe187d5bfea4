import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { openLease } from "../../infra/clients/kubernetes-leases.ts";
import { OWNED_KINDS } from "../../infra/clients/owned-objects.ts";
import { gatewayRules, ownRules, type Rule, stackRules } from "../../runner/rights.ts";
import { type Attributes, attributesOf } from "../../sandbox/cloud/cluster/api/access.ts";
import { committed, runProgram } from "../../verification/mocks/program.ts";
import { resolved } from "../../verification/mocks/world.ts";

const ROOT = join(import.meta.dirname, "../..");
const LEASE = "runbooks-production";
const RULES = stackRules("app-production", LEASE);

type Asked = Omit<Attributes, "namespace">;

/** Whether rules allow a request, as RBAC does: some rule has its group, its resource, its verb and, where it names any, its name. */
function allows(rules: readonly Rule[], { group, resource, verb, name }: Asked): boolean {
  return rules.some(
    (rule) =>
      rule.apiGroups.includes(group) &&
      rule.resources.includes(resource) &&
      rule.verbs.includes(verb) &&
      (rule.resourceNames === undefined || (name !== null && rule.resourceNames.includes(name))),
  );
}

/** What a request asks for, as RBAC sees it. */
function asking(method: string, path: string): Attributes {
  const asked = attributesOf(method, path);
  assert.ok(asked, path);
  return asked;
}

/** What the runner's client asks for in a stack's namespace. */
const OF_THE_RUNNER: readonly (readonly [method: string, path: string])[] = [
  ["GET", "/apis/gateway.networking.k8s.io/v1/namespaces/n/httproutes/x"],
  ["GET", "/apis/apps/v1/namespaces/n/deployments/x"],
  ["GET", "/api/v1/namespaces/n/pods"],
  ["GET", "/api/v1/namespaces/n/pods/x/log"],
  ["GET", "/api/v1/namespaces/n/pods/x/proxy/metrics"],
  ["GET", "/api/v1/namespaces/n/secrets/x"],
  ["GET", "/apis/elbv2.k8s.aws/v1beta1/namespaces/n/targetgroupbindings"],
  ["DELETE", "/api/v1/namespaces/n/pods/x"],
  ["GET", "/api/v1/namespaces/n/pods/x/exec"],
  ...OWNED_KINDS.map(({ group, plural }) => ["GET", `${group}/namespaces/n/${plural}`] as const),
];

/** What the provider does with an object over its life, and watches until what it deletes is gone (pulumi-kubernetes, await.go). */
const OF_EACH_KIND = ["get", "list", "watch", "create", "patch", "delete"];
/** What it watches while it waits for a Deployment, a Job or a Service (deployment.go, job.go, service.go, watchers.go). */
const WATCHED = ["/pods", "/events", "/endpoints", "/persistentvolumeclaims", "apps/replicasets"];

/** Every right of some rules, once. */
const expanded = (rules: readonly Rule[]): string[] =>
  [
    ...new Set(
      rules.flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((group) => resources.flatMap((one) => verbs.map((verb) => `${group}/${one} ${verb}`))),
      ),
    ),
  ].sort();

/** What services asked the API server of `npm run test:real -- serve` for, as its audit log has it. */
function recorded() {
  const callSchema = z.object({ place: z.enum(["stack", "gateway", "own"]), resource: z.string(), verb: z.string() });
  return z
    .array(callSchema)
    .min(1)
    .parse(JSON.parse(readFileSync(join(import.meta.dirname, "calls.json"), "utf8")));
}

const pluralOf = (kind: string): string => kind.toLowerCase().replace(/y$/, "ie").concat("s");

describe("the service's rights in a stack's namespace", () => {
  it("are what its elections ask for, of its own Lease alone", async () => {
    const asked: Asked[] = [];
    const stored = JSON.stringify({ metadata: { resourceVersion: "1" }, spec: {} });
    const lease = openLease(
      {
        answer: async (path) => {
          asked.push(asking("GET", path));
          return { status: 200, text: stored };
        },
        write: async (method, path) => {
          asked.push(asking(method, path));
          return { status: 200, text: stored };
        },
      },
      "app-production",
      LEASE,
    );
    const at = "2026-11-27T12:00:00.000Z";
    const record = { holder: "", seconds: 1, acquiredAt: at, renewedAt: at, transitions: 0, annotations: {} };
    await lease.read();
    await lease.write(record, null);
    await lease.write(record, "1");
    assert.deepEqual(
      asked.map(({ verb }) => verb),
      ["get", "create", "update"],
    );
    for (const one of asked) assert.ok(allows(RULES, one), JSON.stringify(one));
    assert.ok(!allows(RULES, { group: "coordination.k8s.io", resource: "leases", verb: "update", name: "another" }));
  });

  it("hold the runner's own calls, each path that its client has", () => {
    const source = readFileSync(join(ROOT, "infra/clients/kubernetes.ts"), "utf8");
    for (const [method, path] of OF_THE_RUNNER) assert.ok(allows(RULES, asking(method, path)), `${method} ${path}`);
    for (const plural of ["httproutes", "deployments", "secrets", "targetgroupbindings"]) {
      assert.ok(source.includes(`/${plural}`), `${plural} is still asked for`);
    }
  });

  it("are what the provider and the runner use, and nothing else", async () => {
    const { world, outputs } = await runProgram({ settings: committed("production") });
    await resolved(outputs.releaseState);
    const made = world.registered.flatMap(({ type }) => {
      const [, group = "", kind = ""] = /^kubernetes:([^/]+)\/\w+:(\w+)$/.exec(type) ?? [];
      if (kind === "" || kind === "Namespace") return [];
      return [`${group === "core" ? "" : group}/${pluralOf(kind)}`];
    });
    // A release of the first update has no migration to run.
    const kinds = [...new Set([...made, "batch/jobs"])];
    const runner = OF_THE_RUNNER.map(([method, path]) => asking(method, path));
    const used = new Set([
      ...kinds.flatMap((kind) => OF_EACH_KIND.map((verb) => `${kind} ${verb}`)),
      ...WATCHED.flatMap((kind) => ["list", "watch"].map((verb) => `${kind} ${verb}`)),
      // An incident's patch of a pod.
      ...["get", "patch"].map((verb) => `/pods ${verb}`),
      "/namespaces get",
      "/namespaces patch",
      ...runner.map(({ group, resource, verb }) => `${group}/${resource} ${verb}`),
      // The API server asks for it since 1.35, for a command that is a GET.
      "/pods/exec create",
      ...["get", "create", "update"].map((verb) => `coordination.k8s.io/leases ${verb}`),
    ]);
    assert.deepEqual(expanded(RULES), [...used].sort());
  });

  it("hold every call of a run on a real API server", () => {
    const rulesOf = { stack: RULES, gateway: gatewayRules(), own: ownRules() };
    for (const { place, resource, verb } of recorded()) {
      const [group = "", plural = ""] = resource.split(/\/(.*)/);
      const named = rulesOf[place].flatMap(({ resourceNames = [] }) => resourceNames);
      const asked = [null, ...named].map((name) => ({ group, resource: plural, verb, name }));
      assert.ok(
        asked.some((one) => allows(rulesOf[place], one)),
        `${place}: ${verb} ${resource}`,
      );
    }
  });

  it("are two in a Gateway's namespace and one in the service's own", () => {
    const gateways = asking("GET", "/apis/gateway.networking.k8s.io/v1/namespaces/g/gateways/x");
    const counters = asking("GET", "/api/v1/namespaces/g/services/x:9090/proxy/metrics");
    for (const asked of [gateways, counters]) assert.ok(allows(gatewayRules(), asked));
    assert.deepEqual(expanded(gatewayRules()), ["/services/proxy get", "gateway.networking.k8s.io/gateways get"]);
    assert.deepEqual(expanded(ownRules()), ["/pods get"]);
  });

  it("end at the namespace: its own alone may be read and patched, and nothing is allowed by a wildcard", () => {
    assert.ok(allows(RULES, { group: "", resource: "namespaces", verb: "patch", name: "app-production" }));
    assert.ok(!allows(RULES, { group: "", resource: "namespaces", verb: "patch", name: "kube-system" }));
    assert.doesNotMatch(JSON.stringify([RULES, gatewayRules()]), /\*/);
  });
});
