import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import {
  Migration,
  type MigrationArgs,
  migrationCommand,
  migrationName,
} from "../../../infra/program/components/migration.ts";
import { parseSettings } from "../../../infra/settings/index.ts";
import { firstState } from "../../../verification/mocks/release-state.ts";
import { inClear, startWorld, type World } from "../../../verification/mocks/world.ts";
import { settingsWith } from "../fixtures/settings.ts";

const JOB = "kubernetes:batch/v1:Job";
const [first] = firstState().migrations;
assert.ok(first !== undefined);
const job = first;
const name = `app-migrate-${job.release}-${job.id}`;
const labels = {
  "app.kubernetes.io/component": "migration",
  "app.kubernetes.io/name": "app",
  "runbooks.dev/release": job.release,
};
const annotations = { "runbooks.dev/change": "bootstrap", "runbooks.dev/on-call": "Ada" };

const JOB_SCHEMA = z.object({
  metadata: z.unknown(),
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.unknown(),
      spec: z.looseObject({
        containers: z.array(
          z.looseObject({
            image: z.string(),
            command: z.unknown(),
            env: z.array(z.looseObject({ name: z.string(), value: z.unknown().optional() })),
            envFrom: z.unknown(),
          }),
        ),
      }),
    }),
  }),
});

const args = (changes: Record<string, unknown> = {}): Omit<MigrationArgs, "run"> => {
  const { application } = parseSettings(settingsWith(changes));
  const value = pulumi.secret("hidden");
  const secrets = { SUPABASE_KEY: value, SESSION_SECRET: value, AFM_KEY: value, REDIS_URL: value, DATABASE_URL: value };
  return { job, application, namespace: "app-staging", secrets };
};

describe("a migration", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    await world.settle(new Migration(name, { ...args(), run: "now" }, world.watched));
  });

  it("is a Job with the release's image, tried once, with an end", () => {
    const { metadata, spec } = JOB_SCHEMA.parse(world.inputs(JOB, name));
    assert.deepEqual(metadata, { name, namespace: "app-staging", labels, annotations });
    const { containers, ...pod } = spec.template.spec;
    assert.deepEqual(
      { ...spec, template: { metadata: spec.template.metadata, spec: pod } },
      {
        backoffLimit: 0,
        activeDeadlineSeconds: 900,
        template: {
          metadata: { labels, annotations },
          spec: {
            restartPolicy: "Never",
            serviceAccountName: "app",
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 10_001,
              runAsGroup: 10_001,
              fsGroup: 10_001,
              seccompProfile: { type: "RuntimeDefault" },
            },
            volumes: [{ name: "tmp", emptyDir: { sizeLimit: "64Mi" } }],
          },
        },
      },
    );
    const [container] = containers;
    assert.equal(containers.length, 1);
    assert.equal(container?.image, job.manifest.image);
    assert.deepEqual(container?.command, ["node", "migrate.ts", "up", "0001_init"]);
    assert.deepEqual(container?.envFrom, [{ configMapRef: { name } }]);
    assert.deepEqual(
      container?.env.find((variable) => variable.name === "RUNBOOK_CHANGE"),
      { name: "RUNBOOK_CHANGE", value: "bootstrap" },
    );
    assert.deepEqual(world.options(JOB).customTimeouts, { create: "960s" });
  });

  it("waits for no lock longer than the settings say, whatever the application's command does: migration, contraction, down, backup and restore", async () => {
    for (const [given, milliseconds] of [
      [undefined, 3_000],
      ["750ms", 750],
    ] as const) {
      for (const direction of ["up", "contract", "down", "backup", "restore"] as const) {
        const own = await startWorld();
        const settings = given === undefined ? {} : { "application.lockTimeout": given };
        const of = { ...args(settings), job: { ...job, direction }, run: "now" } as const;
        await own.settle(new Migration(name, of, own.watched));
        const [container] = JOB_SCHEMA.parse(own.inputs(JOB, name)).spec.template.spec.containers;
        assert.deepEqual(
          container?.env.find((variable) => variable.name === "PGOPTIONS"),
          { name: "PGOPTIONS", value: `-c lock_timeout=${milliseconds}` },
          direction,
        );
      }
    }
  });

  it("follows no setting once it is there: a change of its template would have it run again", () => {
    const fixed = ["metadata.annotations", "metadata.labels", "metadata.namespace", "spec"];
    assert.deepEqual(world.options(JOB).ignoreChanges, fixed);
  });

  it("has a Secret and a ConfigMap of its own, and tells no secret", () => {
    const ownNames = world.registered.filter(({ type }) => /:(Secret|ConfigMap)$/.test(type)).map((one) => one.name);
    assert.deepEqual(ownNames, [name, name]);
    assert.doesNotMatch(JSON.stringify(inClear(world.registered)), /hidden/);
  });

  it("goes down with the manifest's other command, under a name of its own", () => {
    const down = { ...job, direction: "down", target: "0000_none" } as const;
    assert.equal(migrationName("app", down), `app-migrate-${job.release}-down-${job.id}`);
    assert.deepEqual(migrationCommand(down), ["node", "migrate.ts", "down", "0000_none"]);
  });

  it("runs nothing once it has run: what would take the place of one that is gone is suspended, and isn't waited for", async () => {
    const later = await startWorld();
    await later.settle(new Migration(name, { ...args(), run: "never again" }, later.watched));
    const { metadata, spec } = JOB_SCHEMA.parse(later.inputs(JOB, name));
    assert.equal(spec.suspend, true);
    const told = { ...annotations, "pulumi.com/skipAwait": "true" };
    assert.deepEqual(metadata, { name, namespace: "app-staging", labels, annotations: told });
  });
});
