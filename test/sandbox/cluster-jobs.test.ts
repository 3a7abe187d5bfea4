import assert from "node:assert/strict";
import { z } from "zod";
import type { Props } from "../../sandbox/cloud/handler.ts";
import { failureOf, NAMESPACE, openWorld, secret, TYPES, type World } from "./cluster-world.ts";

const podNames = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });

describe("Jobs in the sandbox's cluster", function () {
  this.timeout(60_000);
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  const job = (name: string, mode: string, extra: Props = {}): Props => ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: NAMESPACE },
    spec: {
      backoffLimit: 1,
      ...extra,
      template: {
        spec: {
          restartPolicy: "Never",
          containers: [
            {
              name: "migrate",
              image: world.image,
              command: ["node", "job.js", mode],
              env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "job", key: "TOKEN" } } }],
            },
          ],
        },
      },
    },
  });

  it("runs a Job to its end, and tells of one that fails or takes too long, with the end of its log", async () => {
    await world.create(TYPES.secret, secret("job", { TOKEN: "s3cret-token" }));
    const done = await world.create(TYPES.job, job("good", "succeed"));
    assert.equal(z.object({ succeeded: z.number() }).parse(done.outputs.status).succeeded, 1);
    const failed = await failureOf(world.create(TYPES.job, job("bad", "fail")));
    assert.match(failed.reasons.join("\n"), /BackoffLimitExceeded/);
    assert.match(failed.reasons.join("\n"), /container exited with code 2/);
    assert.match(failed.reasons.join("\n"), /migrating with \[secret\]/);
    const late = await failureOf(world.create(TYPES.job, job("late", "hang", { activeDeadlineSeconds: 1 })));
    assert.match(late.reasons.join("\n"), /DeadlineExceeded/);
    const handler = world.cluster.handler.resource(TYPES.job);
    const ctx = {
      urn: "",
      type: TYPES.job,
      name: "bad",
      stack: "staging",
      timeoutSeconds: 0,
      preview: "apply" as const,
    };
    assert.deepEqual(handler?.diff(job("bad", "fail"), job("bad", "succeed"), ctx).replaces, ["spec.template"]);
    for (const name of ["good", "bad", "late"]) await world.remove(TYPES.job, `${NAMESPACE}/${name}`);
    await world.remove(TYPES.secret, `${NAMESPACE}/job`);
    assert.deepEqual(world.cluster.status("staging").pods, []);
  });

  it("runs a Job again where it was deleted and is made anew, and no pod of one that is suspended", async () => {
    await world.create(TYPES.secret, secret("job", { TOKEN: "s3cret-token" }));
    const pods = async () => {
      const list = await world.read(`/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=job-name=again`);
      return podNames.parse(await list.json()).items.map(({ metadata }) => metadata.name);
    };
    const { id } = await world.create(TYPES.job, job("again", "succeed"));
    const [first] = await pods();
    const gone = await fetch(`${world.cluster.apiServer.url}/apis/batch/v1/namespaces/${NAMESPACE}/jobs/again`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${world.cluster.apiServer.token}` },
    });
    assert.equal(gone.status, 200);
    const handler = world.cluster.handler.resource(TYPES.job);
    const ctx = {
      urn: "u",
      type: TYPES.job,
      name: "n",
      stack: "staging",
      timeoutSeconds: 0,
      preview: "apply",
    } as const;
    assert.equal(await handler?.read(id, {}, ctx), null);
    await world.create(TYPES.job, job("again", "succeed"));
    const [second] = await pods();
    assert.notEqual(second, first);
    await world.remove(TYPES.job, id);
    const annotations = { "pulumi.com/skipAwait": "true" };
    const { metadata, ...rest } = z
      .looseObject({ metadata: z.record(z.string(), z.json()) })
      .parse(job("again", "succeed", { suspend: true }));
    const suspended = await world.create(TYPES.job, {
      ...z.record(z.string(), z.json()).parse(rest),
      metadata: { ...metadata, annotations },
    });
    assert.deepEqual(await pods(), []);
    const { conditions } = z
      .object({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })) })
      .parse(suspended.outputs.status);
    assert.deepEqual(
      conditions.map(({ type, status }) => [type, status]),
      [["Suspended", "True"]],
    );
    await world.remove(TYPES.job, id);
  });
});
