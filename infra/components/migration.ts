import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import * as pulumi from "@pulumi/pulumi";
import type { MigrationJob } from "../releases.ts";
import type { Settings } from "../settings.ts";
import { childOptions } from "./child-options.ts";
import { annotationsOf } from "./ownership.ts";
import { container, podBasics, releaseLabels, type SecretVariable } from "./pod.ts";
import { releaseEnvironment } from "./release-environment.ts";

/** A migration that takes longer is ended, and the update with it: long ones belong in batches of their own. */
const DEADLINE_SECONDS = 900;

export interface MigrationArgs {
  job: MigrationJob;
  application: Settings["application"];
  namespace: string;
  secrets: Readonly<Record<SecretVariable, pulumi.Input<string>>>;
}

/** A Job on the database with the release's own image: up or down to a schema, a backup, or its return. It is there once it has completed. */
export class Migration extends pulumi.ComponentResource {
  readonly resources: readonly pulumi.Resource[];

  constructor(name: string, args: MigrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("production-runbooks:index:Migration", name, {}, opts);
    const { job, application, namespace } = args;
    const labels = { "app.kubernetes.io/component": "migration", ...releaseLabels(application.name, job.release) };
    const annotations = annotationsOf(job);
    const child = childOptions(this, opts);
    const environment = releaseEnvironment(
      name,
      { namespace, labels, annotations, literals: job.configuration, secrets: args.secrets },
      child,
    );
    const run = new Job(
      name,
      {
        metadata: { name, namespace, labels, annotations },
        spec: {
          // A half-applied migration is for a person to look at, not for a second try.
          backoffLimit: 0,
          activeDeadlineSeconds: DEADLINE_SECONDS,
          template: {
            metadata: { labels, annotations },
            spec: {
              ...podBasics(application),
              restartPolicy: "Never",
              containers: [
                {
                  ...container({ application, image: job.manifest.image, release: job.release, configuration: name }),
                  command: migrationCommand(job),
                },
              ],
            },
          },
        },
      },
      pulumi.mergeOptions(child, {
        dependsOn: [environment.literals, environment.secrets],
        customTimeouts: { create: `${DEADLINE_SECONDS + 60}s` },
      }),
    );

    this.resources = [environment.literals, environment.secrets, run];
    this.registerOutputs({});
  }
}

const SUFFIXES = {
  up: ["migrate", ""],
  contract: ["contract", ""],
  down: ["migrate", "-down"],
  backup: ["backup", ""],
  restore: ["restore", ""],
} as const satisfies Record<MigrationJob["direction"], readonly [string, string]>;

/** The name that a Job's objects share. */
export function migrationName(application: string, { release, direction }: MigrationJob): string {
  const [kind, end] = SUFFIXES[direction];
  return `${application}-${kind}-${release}${end}`;
}

/** The manifest's command for what the Job does, with the target appended: a migration, or a backup. */
export function migrationCommand({ manifest, direction, target }: MigrationJob): string[] {
  const { migrate, backup } = manifest.database;
  const commands = {
    up: migrate.up,
    contract: migrate.up,
    down: migrate.down,
    backup: backup.create,
    restore: backup.restore,
  };
  return [...commands[direction], target];
}
