import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { stableRelease } from "../../../infra/domain/releases.ts";
import { releaseLabels } from "../../../infra/program/components/pod.ts";
import { ReleaseBundle } from "../../../infra/program/components/release-bundle.ts";
import { parseSettings } from "../../../infra/settings/index.ts";
import { matchesLabels } from "../../../sandbox/cloud/cluster/selectors.ts";
import { firstState } from "../../../verification/mocks/release-state.ts";
import { inClear, revealed, startWorld, type World } from "../../../verification/mocks/world.ts";
import { validSettings } from "../fixtures/settings.ts";

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const release = { ...stableRelease(firstState()), change: "CHG-2026-11-22-001", onCall: "Ada" };
const name = `app-${release.id}`;
const labels = {
  "app.kubernetes.io/name": "app",
  "app.kubernetes.io/component": "web",
  "runbooks.dev/release": release.id,
};
const annotations = { "runbooks.dev/change": "CHG-2026-11-22-001", "runbooks.dev/on-call": "Ada" };
const metadata = { name, namespace: "app-staging", labels, annotations };
const secrets = {
  SUPABASE_KEY: pulumi.secret("hidden-supabase"),
  SESSION_SECRET: pulumi.secret("hidden-session"),
  AFM_KEY: pulumi.secret("hidden-afm"),
  REDIS_URL: pulumi.secret("hidden-redis"),
  DATABASE_URL: pulumi.secret("hidden-database"),
};

describe("a release's bundle", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    const { application } = parseSettings(validSettings());
    await world.settle(
      new ReleaseBundle(
        name,
        { awaits: "its pods", release, application, namespace: "app-staging", secrets },
        world.watched,
      ),
    );
  });

  it("is six objects, all named after the release", () => {
    const objects = world.registered.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.deepEqual(objects.map(({ type }) => type.split(":").at(-1)).sort(), [
      "ConfigMap",
      "Deployment",
      "HorizontalPodAutoscaler",
      "PodDisruptionBudget",
      "Secret",
      "Service",
    ]);
    assert.deepEqual(new Set(objects.map((object) => object.name)), new Set([name]));
  });

  it("runs the pinned image without rights, within bounds, spread over zones and nodes", () => {
    assert.deepEqual(world.inputs(DEPLOYMENT), {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 2,
        revisionHistoryLimit: 1,
        progressDeadlineSeconds: 60,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations },
          spec: {
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
            terminationGracePeriodSeconds: 25,
            topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
              maxSkew: 1,
              topologyKey,
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: labels },
            })),
            containers: [
              {
                name: "app",
                image: release.manifest.image,
                env: [
                  { name: "RELEASE_ID", value: release.id },
                  { name: "PORT", value: "8080" },
                  ...["SUPABASE_KEY", "SESSION_SECRET", "AFM_KEY", "REDIS_URL", "DATABASE_URL"].map((key) => ({
                    name: key,
                    valueFrom: { secretKeyRef: { name, key } },
                  })),
                ],
                envFrom: [{ configMapRef: { name } }],
                ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
                resources: { requests: { cpu: "250m", memory: "256Mi" }, limits: { memory: "256Mi" } },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  runAsNonRoot: true,
                  capabilities: { drop: ["ALL"] },
                },
                volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
                startupProbe: {
                  httpGet: { path: "/api/health", port: "http" },
                  timeoutSeconds: 2,
                  periodSeconds: 1,
                  failureThreshold: 60,
                },
                livenessProbe: {
                  httpGet: { path: "/api/health", port: "http" },
                  timeoutSeconds: 2,
                  periodSeconds: 10,
                  failureThreshold: 3,
                },
                readinessProbe: {
                  httpGet: { path: "/api/health/ready", port: "http" },
                  timeoutSeconds: 3,
                  periodSeconds: 2,
                  failureThreshold: 3,
                },
                lifecycle: { preStop: { sleep: { seconds: 5 } } },
              },
            ],
            volumes: [{ name: "tmp", emptyDir: { sizeLimit: "64Mi" } }],
          },
        },
      },
    });
  });

  it("fails the update where its pods aren't ready in time, and leaves their number to the autoscaler", () => {
    const { customTimeouts, ignoreChanges } = world.options(DEPLOYMENT);
    // An update rolls up to six pods, one after the other.
    assert.deepEqual(customTimeouts, { create: "60s", update: "360s", delete: "145s" });
    assert.deepEqual(world.options("kubernetes:core/v1:Service").customTimeouts, customTimeouts);
    const selection = ["selector", "template.metadata.labels", "template.spec.topologySpreadConstraints"];
    assert.deepEqual(ignoreChanges, ["spec.replicas", ...selection.map((path) => `spec.${path}`)]);
  });

  it("keeps its configuration immutable: literals in the ConfigMap, secrets in the Secret", () => {
    assert.deepEqual(world.inputs("kubernetes:core/v1:ConfigMap"), {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      immutable: true,
      data: release.configuration,
    });
    assert.deepEqual(revealed(world.inputs("kubernetes:core/v1:Secret")), {
      apiVersion: "v1",
      kind: "Secret",
      metadata,
      immutable: true,
      type: "Opaque",
      stringData: {
        SUPABASE_KEY: "hidden-supabase",
        SESSION_SECRET: "hidden-session",
        AFM_KEY: "hidden-afm",
        REDIS_URL: "hidden-redis",
        DATABASE_URL: "hidden-database",
      },
    });
    assert.deepEqual(world.options("kubernetes:core/v1:Secret").ignoreChanges, ["stringData", "data"]);
    assert.doesNotMatch(JSON.stringify(inClear(world.registered)), /hidden-/);
  });

  it("is reached by its Service, and kept by a budget and an autoscaler", () => {
    assert.deepEqual(world.inputs("kubernetes:core/v1:Service"), {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { type: "ClusterIP", selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    });
    assert.deepEqual(world.inputs("kubernetes:policy/v1:PodDisruptionBudget"), {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    });
    assert.deepEqual(world.inputs("kubernetes:autoscaling/v2:HorizontalPodAutoscaler"), {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
        minReplicas: 2,
        maxReplicas: 6,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
        ],
      },
    });
  });

  it("is the same whatever its weight, so that moving traffic touches no pod", async () => {
    const { application } = parseSettings(validSettings());
    const again = await startWorld();
    const moved = { ...release, weight: 25, passed: "CHG-2026-11-22-001" };
    await again.settle(
      new ReleaseBundle(
        name,
        { awaits: "its pods", release: moved, application, namespace: "app-staging", secrets },
        again.watched,
      ),
    );
    const byType = (registered: World["registered"]) => registered.map((resource) => JSON.stringify(resource)).sort();
    assert.deepEqual(byType(again.registered), byType(world.registered));
  });

  it("is found as it was made: by the pods that serve alone, not by its Jobs'", () => {
    for (const type of ["kubernetes:core/v1:Service", "kubernetes:policy/v1:PodDisruptionBudget"]) {
      assert.deepEqual(world.options(type).ignoreChanges, ["spec.selector"], type);
    }
    const ofJob = releaseLabels("app", release.id, "migration");
    assert.equal(matchesLabels(labels, ofJob), false);
    assert.equal(matchesLabels(labels, { ...labels, "pod-template-hash": "1" }), true);
  });
});
