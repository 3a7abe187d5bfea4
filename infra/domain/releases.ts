import { z } from "zod";
import { badInput } from "../errors.ts";
import { learntAlarmSchema } from "./alarm.ts";
import { hashOf } from "./canonical-hash.ts";
import { digestOf, type Manifest, type Migration, manifestSchema, migrationSchema } from "./manifest.ts";
import { RELEASE_ID, releaseIdOf } from "./release-id.ts";

export const SECRET_NAMES = ["SUPABASE_KEY", "SESSION_SECRET", "AFM_KEY", "REDIS_URL"] as const;
export type SecretName = (typeof SECRET_NAMES)[number];

/** A table of what there is for each secret. */
export function bySecret<Value>(of: (name: SecretName) => Value): Record<SecretName, Value> {
  return {
    SUPABASE_KEY: of("SUPABASE_KEY"),
    SESSION_SECRET: of("SESSION_SECRET"),
    AFM_KEY: of("AFM_KEY"),
    REDIS_URL: of("REDIS_URL"),
  };
}

const literals = z.record(z.string(), z.string());
const pins = z.strictObject(bySecret(() => z.string()));

export const releaseSchema = z.strictObject({
  id: z.string().regex(new RegExp(`^${RELEASE_ID}$`)),
  manifest: manifestSchema,
  configuration: literals,
  secrets: pins,
  scale: z.strictObject({ min: z.int().min(1), max: z.int().min(1) }),
  weight: z.int().min(0).max(100),
  change: z.string(),
  onCall: z.string(),
  passed: z.string().nullable(),
});

const migrationJobSchema = z.strictObject({
  /** tells the runs apart: a hash of the change, the direction and the target; empty in a state from before there were ids */
  id: z.string().default(""),
  release: z.string(),
  manifest: manifestSchema,
  configuration: literals,
  secrets: pins,
  target: z.string(),
  direction: z.enum(["up", "contract", "down", "backup", "restore"]),
  change: z.string(),
  onCall: z.string(),
});

const secretStateSchema = z.strictObject({
  generations: z
    .array(
      z.strictObject({
        id: z.string().regex(/^g[1-9]\d*$/),
        change: z.string(),
        createdOn: z.union([z.iso.date(), z.iso.datetime()]),
      }),
    )
    .min(1),
  /** the generations that their issuer no longer accepts, each with the change that saw to it */
  revoked: z.record(z.string(), z.string()).default({}),
  current: z.string(),
  pending: z.string().nullable(),
  previous: z.string().nullable(),
});

/** A pod that an incident replaces: named in the state until the incident has ended. */
const restartSchema = z.strictObject({
  pod: z.string(),
  release: z.string(),
  change: z.string(),
  onCall: z.string(),
});

/** A copy of a release that logs more, at weight 0; it goes again at the latest at `until` (milliseconds since the epoch). */
const debugCopySchema = z.strictObject({ copy: z.string(), of: z.string(), until: z.number() });

const currentStateSchema = z.strictObject({
  releases: z.array(releaseSchema),
  migrations: z.array(migrationJobSchema),
  schema: z.array(migrationSchema),
  secrets: z.strictObject(bySecret(() => secretStateSchema)),
  route: z.strictObject({ change: z.string(), onCall: z.string() }),
  change: z.strictObject({ id: z.string(), runbook: z.string(), onCall: z.string() }).nullable(),
  restarts: z.array(restartSchema).default([]),
  /** The copy of the stable release that a canary is compared with, and of which it is one; null where there is none. */
  baseline: z.strictObject({ copy: z.string(), of: z.string() }).nullable().default(null),
  /** How many pods of a release an open change keeps at least, by its id. */
  floors: z.record(z.string(), z.int().min(1)).default({}),
  debugCopy: debugCopySchema.nullable().default(null),
  /** The alarms that incidents have taught, which stand from the next update on. */
  alarms: z.array(learntAlarmSchema).default([]),
});

/** Stacks and records of before call the debug copy `heightened`. */
function inWordsOfNow(state: unknown): unknown {
  if (typeof state !== "object" || state === null || !("heightened" in state)) return state;
  const { heightened, ...rest } = state;
  return { ...rest, debugCopy: heightened };
}

/** The release state of a stack: everything a runbook may change, and nothing secret. */
export const releaseStateSchema = z.preprocess(inWordsOfNow, currentStateSchema);

/** What a runbook hands to the program: the state it wants and the hash of the state it started from. */
export const desiredSchema = z.strictObject({ from: z.string(), to: releaseStateSchema });

export type Release = z.infer<typeof releaseSchema>;
export type PodRestart = z.infer<typeof restartSchema>;
export type MigrationJob = z.infer<typeof migrationJobSchema>;
export type SecretState = z.infer<typeof secretStateSchema>;
export type SecretPins = z.infer<typeof pins>;
export type ReleaseState = z.infer<typeof releaseStateSchema>;
export type Desired = z.infer<typeof desiredSchema>;

/** What a new release is made of. */
export interface ReleaseParts {
  manifest: Manifest;
  configuration: Record<string, string>;
  scale: { min: number; max: number };
  change: string;
  onCall: string;
}

/** What the first update of a stack knows. */
export interface FirstUpdate extends Omit<ReleaseParts, "change"> {
  createdOn: string;
}

/**
 * The identity of a release state, which an update names as the one it started from. Jobs without an id don't count: they have
 * run, and the next update takes them off the stack.
 */
export function stateHash({ debugCopy, ...state }: ReleaseState): string {
  // By the name of before: the identities in the records of then still hold.
  return hashOf({ ...state, heightened: debugCopy, migrations: state.migrations.filter(({ id }) => id !== "") });
}

/** The identity of what was built, the same on every stage: image and schema, without configuration or secrets. */
export function manifestHash(manifest: Manifest): string {
  return hashOf({ ...manifest, image: digestOf(manifest.image) });
}

/** A release's id: a short hash of its image, configuration, pinned secret generations and schema. */
export function releaseId(manifest: Manifest, configuration: Record<string, string>, secrets: SecretPins): string {
  const identity = {
    image: digestOf(manifest.image),
    version: manifest.version,
    configuration,
    secrets,
    migrations: manifest.migrations,
  };
  return releaseIdOf(hashOf(identity));
}

/** The generations that a release made now would pin. */
export function currentPins(state: Pick<ReleaseState, "secrets">): SecretPins {
  return bySecret((name) => state.secrets[name].current);
}

/** A release at weight 0 that pins the current secrets. */
export function makeRelease(state: Pick<ReleaseState, "secrets">, parts: ReleaseParts): Release {
  const secrets = currentPins(state);
  return {
    id: releaseId(parts.manifest, parts.configuration, secrets),
    manifest: parts.manifest,
    configuration: parts.configuration,
    secrets,
    scale: parts.scale,
    weight: 0,
    change: parts.change,
    onCall: parts.onCall,
    passed: null,
  };
}

/** What a Job on the database does, and with whose image. */
export type DatabaseWork = Pick<MigrationJob, "direction" | "target"> & Partial<Pick<MigrationJob, "manifest">>;

/** Adds a Job on the database in a release's name. */
export function withJob(
  state: ReleaseState,
  release: Release,
  work: DatabaseWork,
  actor: { change: string; onCall: string },
): ReleaseState {
  const { id, manifest, configuration, secrets } = release;
  const { change, onCall } = actor;
  const run = hashOf({ change, direction: work.direction, target: work.target }).slice(0, 8);
  const job = { id: run, release: id, manifest, configuration, secrets, change, onCall, ...work };
  return { ...state, migrations: [...state.migrations, job] };
}

/** Takes the Jobs off the stack: whatever stands in a state has run once the update that brought it about has ended. */
export function withoutJobs(state: ReleaseState): ReleaseState {
  return { ...state, migrations: [] };
}

/** The state of a stack's first update: the settings' release with all traffic, every secret at its first generation. */
export function initialState(first: FirstUpdate): ReleaseState {
  const change = "bootstrap";
  const secret = (): SecretState => ({
    generations: [{ id: "g1", change, createdOn: first.createdOn }],
    revoked: {},
    current: "g1",
    pending: null,
    previous: null,
  });
  const empty: ReleaseState = {
    releases: [],
    migrations: [],
    schema: [],
    secrets: bySecret(secret),
    route: { change, onCall: first.onCall },
    change: null,
    restarts: [],
    baseline: null,
    floors: {},
    debugCopy: null,
    alarms: [],
  };
  const release = makeRelease(empty, { ...first, change });
  const migrated = withMigration(empty, release);
  return { ...migrated, releases: [{ ...release, weight: 100, passed: change }] };
}

/** The migrations of a manifest that the database doesn't have yet, in their order. */
function pendingMigrations(state: Pick<ReleaseState, "schema">, manifest: Manifest): Migration[] {
  return manifest.migrations.slice(state.schema.length);
}

/**
 * The pending migrations in two parts: those that the release before can live with, and those from the first
 * contraction on, which wait until it can't be a rollback target any more.
 */
export function pendingByPhase(
  state: Pick<ReleaseState, "schema">,
  manifest: Manifest,
): { expand: Migration[]; contract: Migration[] } {
  const pending = pendingMigrations(state, manifest);
  const first = pending.findIndex(({ phase }) => phase === "contract");
  const cut = first === -1 ? pending.length : first;
  return { expand: pending.slice(0, cut), contract: pending.slice(cut) };
}

/** An expansion behind a contraction could only run after the guard, when the release has needed it for long. */
export function phaseProblems(state: Pick<ReleaseState, "schema">, manifest: Manifest): string[] {
  const { contract } = pendingByPhase(state, manifest);
  const [first] = contract;
  return contract
    .filter(({ phase }) => phase === "expand")
    .map(
      ({ id }) =>
        `migrations: "${id}" expands the schema but comes after "${first?.id}", which contracts it and so waits for the end of the guard: put expansions first, or ship the contraction in a later release`,
    );
}

/** Adds the Job that brings the database to the release's schema, or to an earlier one of it, where there is anything to apply. */
export function withMigration(
  state: ReleaseState,
  release: Release,
  through: readonly Migration[] = release.manifest.migrations,
): ReleaseState {
  const target = through.slice(state.schema.length).at(-1);
  if (target === undefined) return state;
  const job = withJob(state, release, { direction: "up", target: target.id }, release);
  return { ...job, schema: [...through] };
}

/** Adds a release at weight 0. */
export function withRelease(state: ReleaseState, release: Release): ReleaseState {
  if (state.releases.some(({ id }) => id === release.id)) return state;
  return { ...state, releases: [...state.releases, { ...release, weight: 0 }] };
}

/**
 * Sets the weights of the named releases; the others get 0.
 * @throws Refusal (exit 2) where they don't sum to 100 or name an unknown release
 */
export function withWeights(
  state: ReleaseState,
  weights: Readonly<Record<string, number>>,
  actor: { change: string; onCall: string },
): ReleaseState {
  const known = new Set(state.releases.map(({ id }) => id));
  const problems = Object.keys(weights)
    .filter((id) => !known.has(id))
    .map((id) => `weights: there is no release ${id} on the stack (there are ${[...known].join(", ")})`);
  const next = {
    ...state,
    releases: state.releases.map((release) => ({ ...release, weight: weights[release.id] ?? 0 })),
    route: { change: actor.change, onCall: actor.onCall },
  };
  problems.push(...weightProblems(next));
  if (problems.length > 0) throw badInput(...problems);
  return next;
}

/** Takes a release and its Jobs off the stack; one that has traffic stays. */
export function withoutRelease(state: ReleaseState, id: string): ReleaseState {
  const release = state.releases.find((candidate) => candidate.id === id);
  if (release !== undefined && release.weight > 0) {
    throw badInput(`release ${id} has ${release.weight} % of the traffic: move its weight away before removing it`);
  }
  return {
    ...state,
    releases: state.releases.filter((candidate) => candidate.id !== id),
    migrations: state.migrations.filter((job) => job.release !== id),
  };
}

/** Everything that is wrong with a state's weights. */
export function weightProblems(state: Pick<ReleaseState, "releases">): string[] {
  const problems = state.releases
    .filter(({ weight }) => !Number.isInteger(weight) || weight < 0 || weight > 100)
    .map(({ id, weight }) => `weights: ${id} has ${weight}: a weight is a whole number from 0 to 100`);
  const sum = state.releases.reduce((total, { weight }) => total + weight, 0);
  if (sum !== 100) problems.push(`weights: they sum to ${sum}, not to 100`);
  return problems;
}

/** The release that has most of the traffic: the one a canary is compared with. */
export function stableRelease(state: ReleaseState): Release {
  const [first, ...rest] = state.releases;
  if (first === undefined)
    throw badInput("the stack has no release: run `pulumi up` once, which creates the settings' release");
  return rest.reduce((best, release) => (release.weight > best.weight ? release : best), first);
}

/** The weights by release id. */
export function weightsOf(state: Pick<ReleaseState, "releases">): Record<string, number> {
  return Object.fromEntries(state.releases.map(({ id, weight }) => [id, weight]));
}
