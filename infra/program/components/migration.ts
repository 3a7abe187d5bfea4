import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import * as pulumi from "@pulumi/pulumi";
import type { DueJob } from "../../domain/due-jobs.ts";
import { MIGRATION } from "../../domain/object-names.ts";
import type { MigrationJob } from "../../domain/releases.ts";
import type { Settings } from "../../settings/index.ts";
import { childOptions } from "./child-options.ts";
import { Component } from "./component.ts";
import { annotationsOf } from "./ownership.ts";
import { container, podBasics, releaseLabels, type SecretVariable } from "./pod.ts";
import { releaseEnvironment } from "./release-environment.ts";

/** A migration that takes longer is ended, and the update with it: long ones belong in batches of their own. */
const DEADLINE_SECONDS = 900;

/** The change that a Job runs for. The application's commands keep it, and refuse a second run of it. */
const CHANGE_VARIABLE = "RUNBOOK_CHANGE";

/**
 * Nothing of a Job follows the settings once it is there: a change of its template would replace it, so that it ran again.
 * Its annotations say, once it has run, not to wait for it.
 */
const FIXED = ["metadata.annotations", "metadata.labels", "metadata.namespace", "spec"];

/** Nothing of it changes a Job that is there. */
export interface MigrationArgs extends DueJob {
  /** Its resources, its account and `lockTimeout`. */
  application: Settings["application"];
  /** "app-staging" */
  namespace: string;
  /** The values of the generations that the Job's release pins. */
  secrets: Readonly<Record<SecretVariable, pulumi.Input<string>>>;
}

/**
 * A Job on the database with the release's own image: up or down to a schema, a backup, or its return. It is there once it has
 * completed. Where an earlier update has seen it through it is kept as it is; should it be gone by then, deleted and refreshed out of
 * the stack's state, what the engine makes in its place is suspended and runs nothing.
 */
export class Migration extends Component {
  constructor(name: string, args: MigrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Migration", name, opts);
    const { job, run, application, namespace } = args;
    const labels = releaseLabels(application.name, job.release, MIGRATION);
    const annotations = annotationsOf(job);
    const hasRun = run === "never again";
    const child = childOptions(this, opts);
    const environment = releaseEnvironment(
      name,
      { namespace, labels, annotations, literals: job.configuration, secrets: args.secrets },
      child,
    );
    const ran = hasRun ? { ...annotations, "pulumi.com/skipAwait": "true" } : annotations;
    const work = container({ application, image: job.manifest.image, release: job.release, configuration: name });
    new Job(
      name,
      {
        metadata: { name, namespace, labels, annotations: ran },
        spec: {
          ...(hasRun ? { suspend: true } : {}),
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
                  ...work,
                  env: [
                    ...work.env,
                    { name: CHANGE_VARIABLE, value: job.change },
                    { name: "PGOPTIONS", value: `-c lock_timeout=${application.lockTimeout}` },
                  ],
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
        ignoreChanges: [...FIXED],
      }),
    );

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

/** The name that a Job's objects share: each run has its own, so that none is mistaken for another's. */
export function migrationName(application: string, { id, release, direction }: MigrationJob): string {
  const [kind, end] = SUFFIXES[direction];
  return [`${application}-${kind}-${release}${end}`, ...(id === "" ? [] : [id])].join("-");
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
