import "./sdk.ts";
import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { leastPods } from "../domain/capacity.ts";
import { dueJobs } from "../domain/due-jobs.ts";
import { egressPorts } from "../domain/egress-ports.ts";
import { entryNames } from "../domain/entry-names.ts";
import { takesPlainHeader } from "../domain/release-header.ts";
import { bundleName } from "../domain/release-id.ts";
import { initialState, type ReleaseState } from "../domain/releases.ts";
import { WINDOWS } from "../domain/retention.ts";
import { Refusal } from "../errors.ts";
import { configurationOf } from "../settings/configuration.ts";
import type { Settings } from "../settings/index.ts";
import { logSourceOf, requestMetricOf } from "../settings/log-source.ts";
import { readSecrets, readSettings } from "../settings/of-program.ts";
import { cacheClusterIds } from "./components/alarm-rules.ts";
import { Alerts } from "./components/alerts.ts";
import { collectResources } from "./components/component.ts";
import { EncryptionKey } from "./components/encryption-key.ts";
import { Migration, migrationName } from "./components/migration.ts";
import { Network } from "./components/network.ts";
import { PodRestarts } from "./components/pod-restarts.ts";
import { bucketOf, ownBucket, RecordStore } from "./components/record-store.ts";
import { ReleaseBundle } from "./components/release-bundle.ts";
import { ReleaseKey } from "./components/release-key.ts";
import { Secrets } from "./components/secrets.ts";
import { SessionStore } from "./components/session-store.ts";
import { Traffic } from "./components/traffic.ts";
import { heedUnmanagedVersions, issuedValues, listVersions } from "./entries.ts";
import { DESIRED_STATE_VARIABLE, nextState, parseReleaseState, readDesired } from "./hand-over.ts";

const { settings, state, jobs, names, listed, bucketName } = await inputs().catch(forPeople);
const resources = collectResources();
const { application, stage, cluster } = settings;
const shared = { change: "bootstrap", onCall: settings.onCall };
const stackName = `${application.name}-${stage}`;
const windows = WINDOWS[settings.retention];

const key = new EncryptionKey(stackName, {
  description: `Secrets, sessions and records of ${stackName}`,
  deletionWindow: windows.key,
  owner: shared,
});
const records = new RecordStore(stackName, {
  bucketName,
  kmsKeyArn: key.arn,
  lock: windows.lock,
  owner: shared,
});
const sessions = new SessionStore(stackName, {
  store: settings.sessionStore,
  network: settings.network,
  kmsKeyArn: key.arn,
  credentials: state.secrets.REDIS_URL,
  owner: shared,
});
const config = new pulumi.Config();
const secrets = new Secrets(stackName, {
  stage,
  names,
  listed,
  state: state.secrets,
  issued: readSecrets(config),
  valueOf: issuedValues(names, config),
  redisUrls: sessions.urls,
  kmsKeyArn: key.arn,
  recoveryWindow: windows.secret,
  maxAge: settings.rotation.maxAge,
  owner: shared,
});
const alerts = new Alerts(
  stackName,
  {
    email: settings.alarms.email,
    logs: logSourceOf(settings),
    requests: requestMetricOf(settings),
    kmsKeyArn: key.arn,
    cacheClusterIds: cacheClusterIds(sessions.replicationGroupId, settings.sessionStore.replicas + 1),
    learnt: state.alarms,
    secrets: state.secrets,
    maxAge: settings.rotation.maxAge,
    stack: pulumi.getStack(),
    owner: shared,
  },
  { dependsOn: [key] },
);

/** What a runner sets by the environment for an update that takes up an interrupted one: no setting of the stack. */
const SET_FOR_ONE_UPDATE = ["upsertExistingObjects", "enablePatchForce"];
const onCluster =
  cluster.context === undefined
    ? {}
    : { provider: new Provider("cluster", { context: cluster.context }, { ignoreChanges: SET_FOR_ONE_UPDATE }) };
const network = new Network(
  stackName,
  {
    application: application.name,
    namespace: cluster.namespace,
    gatewayPods: settings.gateway.podsIn ?? settings.gateway.namespace,
    dns: cluster.dns,
    egressPorts: egressPorts(cluster.egressPorts, [
      configurationOf(settings),
      ...[...state.releases, ...state.migrations].map(({ configuration }) => configuration),
    ]),
    apiServer: cluster.apiServer,
    owner: shared,
  },
  onCluster,
);
const migrations = jobs.map(({ job, run }) => ({
  job,
  component: new Migration(
    migrationName(application.name, job),
    { job, run, application, namespace: cluster.namespace, secrets: secrets.pinnedBy(job.secrets) },
    { ...onCluster, dependsOn: [network] },
  ),
}));
const bundles = state.releases.map((release) => {
  const schema = migrations.filter(({ job }) => job.release === release.id && job.direction === "up");
  return new ReleaseBundle(
    bundleName(application.name, release.id),
    {
      release: { ...release, scale: { ...release.scale, min: leastPods(state, release) } },
      application,
      namespace: cluster.namespace,
      awaits: state.debugCopy?.copy === release.id ? "nothing" : "its pods",
      secrets: secrets.pinnedBy(release.secrets),
    },
    { ...onCluster, dependsOn: [network, ...schema.map(({ component }) => component)] },
  );
});
const releaseKey = takesPlainHeader(process.env) ? null : new ReleaseKey(stackName);
new Traffic(
  application.name,
  {
    application: application.name,
    namespace: cluster.namespace,
    gateway: settings.gateway,
    stage,
    releases: state.releases,
    key: releaseKey?.value ?? null,
    owner: state.route,
  },
  { ...onCluster, dependsOn: [network, ...bundles] },
);

if (state.restarts.length > 0) {
  new PodRestarts(
    application.name,
    { namespace: cluster.namespace, restarts: state.restarts },
    { ...onCluster, dependsOn: [network, ...bundles] },
  );
}

/** The release state, true only once every resource of this update stands. */
export const releaseState = pulumi.all([...resources].map(({ urn }) => urn)).apply(() => state);
export const gateway = settings.gateway;
export const namespace = cluster.namespace;
export const sessionStore = {
  endpoint: sessions.endpoint,
  port: sessions.port,
  replicationGroupId: sessions.replicationGroupId,
};
export const secretArns = secrets.arns;
export const alertsTopicArn = alerts.topicArn;
export const recordsBucket = records.bucketName;

async function inputs() {
  const settings = readSettings();
  const file = process.env[DESIRED_STATE_VARIABLE];
  const desired = file === undefined || file === "" ? undefined : readDesired(file);
  const { releaseState: output, secretArns: arns, recordsBucket: bucket } = await lastOutputs();
  const last = parseReleaseState(output);
  const next = nextState(last ?? firstState(settings), desired);
  const names = entryNames(settings.application.name, settings.stage, arns);
  const bucketName = bucketOf(settings.records) ?? (typeof bucket === "string" ? bucket : await newBucket(settings));
  const jobs = dueJobs(last, next);
  const state = { ...next, migrations: jobs.map(({ job }) => job) };
  const listed = last === undefined ? null : await listVersions(names);
  if (last !== undefined && listed !== null) await heedUnmanagedVersions(names, listed, { from: last, to: next });
  return { settings, state, jobs, names, listed, bucketName };
}

/** What the stack's own last update exported. */
async function lastOutputs(): Promise<{ releaseState: unknown; secretArns: unknown; recordsBucket: unknown }> {
  const self = new pulumi.StackReference(`${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`);
  const outputs = ["releaseState", "secretArns", "recordsBucket"].map((name) => self.getOutputDetails(name));
  const [releaseState, secretArns, recordsBucket] = await Promise.all(outputs);
  return { releaseState: releaseState?.value, secretArns: secretArns?.value, recordsBucket: recordsBucket?.value };
}

/** The name of a bucket that the stack has yet to get. */
async function newBucket({ application, stage }: Settings): Promise<string> {
  const { accountId } = await getCallerIdentity();
  return ownBucket(`${application.name}-${stage}`, accountId);
}

function firstState(settings: Settings): ReleaseState {
  return initialState({
    manifest: settings.release,
    configuration: configurationOf(settings),
    scale: settings.application.replicas,
    onCall: settings.onCall,
    createdOn: new Date().toISOString().slice(0, 10),
  });
}

/** A refusal is for people: the engine prints a RunError without its stack trace. */
function forPeople(error: unknown): never {
  throw error instanceof Refusal ? new pulumi.RunError(error.message) : error;
}
