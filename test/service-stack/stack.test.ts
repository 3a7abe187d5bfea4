import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { pack } from "../../policies/pack.ts";
import { judgeProgram } from "../policies/judging.ts";
import { type Made, makeService, SETTINGS } from "./world.ts";

const ROOT = join(import.meta.dirname, "../..");
const configSchema = z.record(z.string(), z.union([z.string(), z.looseObject({})]));

const deploymentSchema = z.object({
  spec: z.object({
    replicas: z.int(),
    template: z.object({
      spec: z.object({
        serviceAccountName: z.string(),
        terminationGracePeriodSeconds: z.int(),
        containers: z.array(z.object({ args: z.array(z.string()), image: z.string() })),
      }),
    }),
  }),
});

const policySchema = z.object({
  spec: z.object({
    egress: z.array(z.object({ to: z.array(z.unknown()), ports: z.array(z.object({ port: z.number() })) })),
  }),
});

describe("the service's own stack", function () {
  this.timeout(20_000);
  let made: Made[];
  before(async () => {
    made = await makeService();
  });
  const ofType = (type: string) => made.filter((one) => one.type === type);

  it("is two replicas by digest, which end when their update has", () => {
    const [deployment] = ofType("kubernetes:apps/v1:Deployment");
    const { spec } = deploymentSchema.parse(deployment?.inputs);
    assert.equal(spec.replicas, 2);
    const { containers, terminationGracePeriodSeconds } = spec.template.spec;
    assert.equal(containers[0]?.image, SETTINGS.image);
    assert.deepEqual(containers[0]?.args, [
      "serve",
      "--stack",
      "staging",
      "--stack",
      "production",
      "--listen",
      ":$(PORT)",
    ]);
    assert.ok(terminationGracePeriodSeconds >= 45 * 60, "longer than an update may take");
  });

  it("passes the policy pack, with its own paths for the probes", async () => {
    const config = configSchema.parse(JSON.parse(readFileSync(join(ROOT, "runner/policies.json"), "utf8")));
    const fixtures = made.map(({ type, name, inputs }) => ({ type, name, props: inputs }));
    const problems: string[] = [];
    for (const policy of pack.policies) {
      const set = config[policy.name];
      if (set === "disabled") continue;
      problems.push(...(await judgeProgram([policy], fixtures, typeof set === "object" ? set : {})));
    }
    assert.deepEqual(problems, []);
  });

  it("fails the pack where a part of its hardening is taken away", async () => {
    const weak = made.map(({ type, name, inputs }) => ({
      type,
      name,
      props: type.endsWith(":Deployment")
        ? JSON.parse(JSON.stringify(inputs).replace('"readOnlyRootFilesystem":true', '"readOnlyRootFilesystem":false'))
        : inputs,
    }));
    assert.match((await judgeProgram(pack.policies, weak)).join("\n"), /readOnlyRootFilesystem/);
  });

  it("has a role by Pod Identity whose policies have every placeholder filled in, for each stage", () => {
    const [association] = ofType("aws:eks/podIdentityAssociation:PodIdentityAssociation");
    assert.equal(association?.inputs.namespace, "production-runbooks");
    const [role] = ofType("aws:iam/role:Role");
    assert.match(String(role?.inputs.assumeRolePolicy), /pods\.eks\.amazonaws\.com/);
    const policies = ofType("aws:iam/policy:Policy").map(({ inputs }) => String(inputs.policy));
    assert.equal(policies.length, 6);
    for (const policy of policies) assert.doesNotMatch(policy, /<[a-z-]+>/);
    assert.match(policies.join("\n"), /shop-production-records/);
  });

  it("lets nobody in but whom the settings name", async () => {
    const names = () => ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy").map(({ name }) => name);
    assert.deepEqual(names().sort(), ["allow-services", "default-deny"]);
    made = await makeService({ ...SETTINGS, boardFrom: '["ingress"]' });
    assert.deepEqual(names().sort(), ["allow-board", "allow-services", "default-deny"]);
  });

  it("calls DNS and services where the settings say that they are, besides where they usually are", async () => {
    const egress = () => {
      const policies = ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy");
      return policySchema.parse(policies.find(({ name }) => name === "allow-services")?.inputs).spec.egress;
    };
    const portsOf = (rule: ReturnType<typeof egress>[number] | undefined) => rule?.ports.map(({ port }) => port);
    made = await makeService();
    assert.deepEqual(egress()[0]?.to.slice(1), [{ ipBlock: { cidr: "169.254.20.10/32" } }]);
    assert.deepEqual(portsOf(egress()[2]), [443, 6443, 5432, 6543, 6379, 9090]);
    made = await makeService({ ...SETTINGS, dns: '["10.100.0.10/32"]', egressPorts: "[6432,443]" });
    assert.deepEqual(egress()[0]?.to.slice(2), [{ ipBlock: { cidr: "10.100.0.10/32" } }]);
    assert.deepEqual(portsOf(egress()[2]), [443, 6443, 5432, 6543, 6379, 9090, 6432]);
  });

  it("refuses a wrong configuration with every problem at once", async () => {
    await assert.rejects(makeService({ ...SETTINGS, image: "app:latest", onCall: "" }), (error) => {
      assert.match(String(error), /by its digest/);
      assert.match(String(error), /onCall/);
      return true;
    });
  });
});
