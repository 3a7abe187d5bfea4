import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { HEADER_VARIABLE, KEYED_VALUE, keyedHeader } from "../../infra/domain/release-header.ts";
import {
  releaseStateSchema,
  stableRelease,
  stateHash,
  withMigration,
  withRelease,
} from "../../infra/domain/releases.ts";
import { committed, type Ran, runProgram } from "../../verification/mocks/program.ts";
import { firstState, manifest, migration, nextRelease } from "../../verification/mocks/release-state.ts";
import { inClear, type Registered, resolved, revealed } from "../../verification/mocks/world.ts";
import { gate, isPending, quiet } from "./fixtures/gate.ts";

const JOB = "kubernetes:batch/v1:Job";
const jobSchema = z.object({ spec: z.object({ suspend: z.boolean().optional() }) });

const routeSchema = z.object({
  spec: z.object({
    rules: z.array(
      z.object({ matches: z.array(z.object({ headers: z.array(z.object({ value: z.string() })) })).default([]) }),
    ),
  }),
});

const policySchema = z.object({
  spec: z.object({
    egress: z.array(z.object({ to: z.array(z.unknown()), ports: z.array(z.object({ port: z.number() })) })),
  }),
});

const kindOf = ({ type }: Registered) => type.split(":").at(-1) ?? "";

/** The stack with one release and a second one added, whose migration hasn't run yet. */
function twoReleases() {
  const current = firstState();
  const next = nextRelease(current, manifest("2", { migrations: [migration("0001_init"), migration("0002_more")] }));
  return { current, next, both: withRelease(withMigration(current, next), next) };
}

async function graphOf({ world, outputs }: Ran): Promise<string[]> {
  await resolved(outputs.releaseState);
  return world.registered.map(({ type, name, inputs }) => JSON.stringify([type, name, inputs])).sort();
}

describe("the program", () => {
  it("makes the settings' release on the first update, with all traffic", async () => {
    const settings = committed("staging");
    const ran = await runProgram({ settings });
    const [release] = releaseStateSchema.parse(await resolved(ran.outputs.releaseState)).releases;
    assert.deepEqual([release?.weight, release?.manifest], [100, settings.release]);
    const kinds = new Map<string, number>();
    for (const resource of ran.world.registered) kinds.set(kindOf(resource), (kinds.get(kindOf(resource)) ?? 0) + 1);
    assert.equal(kinds.get("SecretEntry"), 4);
    assert.equal(kinds.get("ReleaseBundle"), 1);
    assert.equal(kinds.get("HTTPRoute"), 1);
    assert.equal(kinds.get("ReplicationGroup"), 1);
  });

  it("keeps the state of the last update where none is handed over", async () => {
    const { both } = twoReleases();
    const { outputs, world } = await runProgram({
      settings: committed("staging"),
      world: { lastOutputs: { releaseState: both } },
    });
    assert.deepEqual(await resolved(outputs.releaseState), both);
    const bundles = world.registered.filter((resource) => kindOf(resource) === "ReleaseBundle").map(({ name }) => name);
    assert.deepEqual(
      bundles,
      both.releases.map(({ id }) => `app-${id}`),
    );
  });

  it("brings about the state that is handed over", async () => {
    const { current, both, next } = twoReleases();
    const { outputs, world } = await runProgram({
      settings: committed("staging"),
      world: { lastOutputs: { releaseState: current } },
      desired: { from: stateHash(current), to: both },
    });
    assert.deepEqual(await resolved(outputs.releaseState), both);
    assert.ok(world.inputs("kubernetes:apps/v1:Deployment", `app-${next.id}`));
    const [, job] = both.migrations;
    assert.ok(world.inputs(JOB, `app-migrate-${next.id}-${job?.id}`));
  });

  it("runs a Job in the update that brings it alone: one that the last update has left is suspended where it is made anew", async () => {
    const { current, both } = twoReleases();
    const { outputs, world } = await runProgram({
      settings: committed("staging"),
      world: { lastOutputs: { releaseState: current } },
      desired: { from: stateHash(current), to: both },
    });
    await resolved(outputs.releaseState);
    const suspended = world.registered
      .filter(({ type }) => type === JOB)
      .map(({ inputs }) => jobSchema.parse(inputs).spec.suspend);
    assert.deepEqual(suspended, [true, undefined]);
    const plain = await runProgram({
      settings: committed("staging"),
      world: { lastOutputs: { releaseState: both } },
    });
    await resolved(plain.outputs.releaseState);
    const all = plain.world.registered
      .filter(({ type }) => type === JOB)
      .map(({ inputs }) => jobSchema.parse(inputs).spec.suspend);
    assert.deepEqual(all, [true, true]);
  });

  it("takes the Jobs of a stack of before off it and runs none: they had no id", async () => {
    const { both } = twoReleases();
    const earlier = { ...both, migrations: both.migrations.map(({ id: _, ...job }) => job) };
    const { outputs, world } = await runProgram({
      settings: committed("staging"),
      world: { lastOutputs: { releaseState: earlier } },
    });
    assert.deepEqual(await resolved(outputs.releaseState), { ...both, migrations: [] });
    assert.deepEqual(
      world.registered.filter(({ type }) => type === JOB),
      [],
    );
  });

  it("lets pods call what a stack of the committed kind calls, and every port that a setting or a release that is there names", async () => {
    const networkOf = async (settings: Record<string, unknown>, releaseState?: unknown) => {
      const world = releaseState === undefined ? {} : { lastOutputs: { releaseState } };
      const ran = await runProgram({ settings, world });
      await resolved(ran.outputs.releaseState);
      const policy = (name: string) => ran.world.inputs("kubernetes:networking.k8s.io/v1:NetworkPolicy", name);
      return {
        services: policySchema.parse(policy("allow-services")),
        gateway: JSON.stringify(policy("allow-gateway")),
      };
    };
    const portsOf = ({ spec }: z.infer<typeof policySchema>) => spec.egress[1]?.ports.map(({ port }) => port);
    const plain = await networkOf(committed("production"));
    assert.deepEqual(portsOf(plain.services), [443, 5432, 6543, 6379]);
    assert.match(plain.gateway, /"kubernetes.io\/metadata.name":"gateway-system"/);
    const state = firstState();
    const [first] = state.releases;
    assert.ok(first);
    const kept = { ...first, configuration: { ...first.configuration, AFM_URL: "https://afm.example:9443" } };
    const other = await networkOf(
      {
        ...committed("production"),
        cluster: { namespace: "app-production", dns: ["10.100.0.10/32"], egressPorts: [6432] },
        gateway: { name: "public", namespace: "gateway-system", podsIn: "envoy-gateway-system", hostname: "a.example" },
        services: { supabaseUrl: "https://a.supabase.co", afmUrl: "https://afm.example:8443" },
        databaseUrl: "postgresql://app:hidden-password@pooler.example.com:6432/postgres",
      },
      { ...state, releases: [kept] },
    );
    assert.deepEqual(portsOf(other.services), [443, 5432, 6543, 6379, 6432, 8443, 9443]);
    assert.deepEqual(other.services.spec.egress[0]?.to.at(-1), { ipBlock: { cidr: "10.100.0.10/32" } });
    assert.match(other.gateway, /"kubernetes.io\/metadata.name":"envoy-gateway-system"/);
    assert.doesNotMatch(other.gateway, /"gateway-system"/);
  });

  it("refuses a state that started from another one, before anything is registered", async () => {
    const { current, both } = twoReleases();
    const registered: Registered[] = [];
    const before = async (resource: Registered) => {
      registered.push(resource);
    };
    const run = runProgram({
      settings: committed("staging"),
      world: { lastOutputs: { releaseState: both }, before },
      desired: { from: stateHash(current), to: current },
    });
    await assert.rejects(run, (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(error.message, /^the stack was changed outside this change \(a manual `pulumi up`\?\): /);
      return true;
    });
    assert.deepEqual(registered, []);
  });

  it("refuses bad settings with every problem, before anything is registered", async () => {
    const settings = { ...committed("staging"), soak: "1h", onCall: "", sock: "24h" };
    await assert.rejects(runProgram({ settings }), (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.deepEqual(error.message.match(/^production-runbooks:\w+/gm), [
        "production-runbooks:onCall",
        "production-runbooks:sock",
        "production-runbooks:soak",
      ]);
      return true;
    });
  });

  it("names a release in the route only once its pods are ready, and starts these only once its migration is done", async () => {
    const { current, both, next } = twoReleases();
    const jobName = `app-migrate-${next.id}-${both.migrations.at(-1)?.id}`;
    const held = new Map([`Job ${jobName}`, `Deployment app-${next.id}`].map((what) => [what, gate()]));
    const { outputs, world } = await runProgram({
      settings: committed("staging"),
      world: {
        lastOutputs: { releaseState: current },
        before: async (resource) => {
          const holding = held.get(`${kindOf(resource)} ${resource.name}`);
          holding?.reach();
          await holding?.opened;
        },
      },
      desired: { from: stateHash(current), to: both },
    });
    const asked = (what: string) => world.registered.some((one) => `${kindOf(one)} ${one.name}` === what);

    const [job, deployment] = [...held.values()];
    assert.ok(job !== undefined && deployment !== undefined);
    await job.reached;
    await quiet(world.registered);
    assert.equal(asked(`Deployment app-${next.id}`), false, "the pods wait for the migration");
    job.open();
    await deployment.reached;
    await quiet(world.registered);
    assert.equal(asked("HTTPRoute app"), false, "the route waits for the pods");
    assert.equal(await isPending(outputs.releaseState), true, "the state waits for both");
    deployment.open();
    assert.deepEqual(await resolved(outputs.releaseState), both);
    assert.equal(asked("HTTPRoute app"), true);
  });

  it("exports the state only once every resource stands, of whatever type", async () => {
    const settings = committed("staging");
    const first = await runProgram({ settings });
    await resolved(first.outputs.releaseState);
    const types = new Set(first.world.registered.map(({ type }) => type));
    for (const type of [...types].filter((type) => !type.startsWith("production-runbooks:"))) {
      const holding = gate();
      const before = async (resource: Registered) => {
        if (resource.type !== type) return;
        holding.reach();
        await holding.opened;
      };
      const { outputs, world } = await runProgram({ settings, world: { before } });
      await holding.reached;
      await quiet(world.registered);
      assert.equal(await isPending(outputs.releaseState), true, type);
      holding.open();
      await resolved(outputs.releaseState);
    }
  }).timeout(60_000);

  it("names releases by a key of the stack's own, told to nobody but the route; without one in the sandbox alone", async () => {
    const { both } = twoReleases();
    const run = async (variable: string | undefined) => {
      if (variable !== undefined) process.env[HEADER_VARIABLE] = variable;
      try {
        const ran = await runProgram({
          settings: committed("production"),
          world: { stack: "production", lastOutputs: { releaseState: both } },
        });
        await graphOf(ran);
        return { ...ran, shown: await resolved(pulumi.output({ ...ran.outputs })) };
      } finally {
        delete process.env[HEADER_VARIABLE];
      }
    };
    const ids = both.releases.map(({ id }) => id);
    const mint = "app-production-release-key";
    const valuesIn = ({ world }: Ran) =>
      routeSchema
        .parse(revealed(world.inputs("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute")))
        .spec.rules.map(({ matches }) => matches[0]?.headers[0]?.value ?? null);
    for (const variable of [undefined, "", "keyed", "Plain"]) {
      const ran = await run(variable);
      const keyed = [...ids, null].map((id) => keyedHeader(id, `minted-${mint}`));
      assert.deepEqual(valuesIn(ran), [...keyed, null]);
      const clear = JSON.stringify([inClear(ran.world.registered.map(({ inputs }) => inputs)), ran.shown]);
      for (const told of [...keyed, `minted-${mint}`]) assert.equal(clear.includes(told), false);
    }
    const plain = await run("plain");
    assert.deepEqual(valuesIn(plain), [...ids, null]);
    assert.equal(
      plain.world.registered.some(({ name }) => name === mint),
      false,
    );
  });

  it("exports where things are", async () => {
    const { outputs } = await runProgram({ settings: committed("production") });
    const { releaseState: _, ...places } = outputs;
    const arn = (name: string) => `arn:aws:secretsmanager:eu-west-1:123456789012:production/${name}`;
    assert.deepEqual(await resolved(pulumi.output(places)), {
      gateway: { name: "public", namespace: "gateway-system", hostname: "production.app.example.com" },
      namespace: "app-production",
      sessionStore: {
        endpoint: "app-production.cache.example.com",
        port: 6390,
        replicationGroupId: "app-production",
      },
      secretArns: {
        SUPABASE_KEY: arn("SUPABASE_KEY"),
        SESSION_SECRET: arn("SESSION_SECRET"),
        AFM_KEY: arn("AFM_KEY"),
        REDIS_URL: arn("REDIS_URL"),
      },
      alertsTopicArn: "arn:aws:sns:eu-west-1:123456789012:app-production",
      recordsBucket: "app-production-id",
    });
  });

  it("tells no secret: neither in an input nor in an output", async () => {
    const { outputs, world } = await runProgram({ settings: committed("production") });
    await resolved(outputs.releaseState);
    assert.doesNotMatch(JSON.stringify(inClear(world.registered)), /hidden-|minted-/);
    for (const [name, output] of Object.entries(outputs)) {
      assert.equal(await pulumi.isSecret(pulumi.output(output)), false, name);
      assert.doesNotMatch(JSON.stringify(await resolved(pulumi.output(output))), /hidden-|minted-/, name);
    }
  });

  it("differs between the stages by settings only", async () => {
    const settings = committed("staging");
    const asStaging = await graphOf(await runProgram({ settings }));
    const renamed: Record<string, unknown> = JSON.parse(JSON.stringify(settings).replaceAll("staging", "production"));
    const asProduction = await graphOf(await runProgram({ settings: renamed, world: { stack: "production" } }));
    const alike = (resource: string) =>
      resource
        .replaceAll("staging", "production")
        .replace(KEYED_VALUE, "$1")
        .replace(/r[0-9a-f]{9}/g, "RELEASE");
    const blind = (graph: string[]) => graph.map(alike).sort();
    assert.deepEqual(blind(asProduction), blind(asStaging));
  });

  it("talks to the kubeconfig's context that the settings name, and to the current one otherwise", async () => {
    const settings = { ...committed("staging"), cluster: { namespace: "app-staging", context: "eks-staging" } };
    const named = await runProgram({ settings });
    await resolved(named.outputs.releaseState);
    assert.deepEqual(named.world.inputs("pulumi:providers:kubernetes"), { context: "eks-staging" });
    const current = await runProgram({ settings: committed("staging") });
    await resolved(current.outputs.releaseState);
    assert.equal(
      current.world.registered.some(({ type }) => type.startsWith("pulumi:providers")),
      false,
    );
  });

  it("refuses a release that pins a generation which is gone", async () => {
    const current = firstState();
    const stable = stableRelease(current);
    const releases = [{ ...stable, secrets: { ...stable.secrets, AFM_KEY: "g7" } }];
    const run = runProgram({
      settings: committed("staging"),
      world: { lastOutputs: { releaseState: { ...current, migrations: [], releases } } },
    });
    await assert.rejects(run, new Error("a release pins AFM_KEY g7, which is no longer on the stack"));
  });
});
