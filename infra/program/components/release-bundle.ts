import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import { APP_PORT, WEB } from "../../domain/object-names.ts";
import type { Release } from "../../domain/releases.ts";
import type { Settings } from "../../settings/index.ts";
import { childOptions } from "./child-options.ts";
import { Component } from "./component.ts";
import { annotationsOf } from "./ownership.ts";
import { container, podBasics, releaseLabels, type SecretVariable, seconds } from "./pod.ts";
import { releaseEnvironment } from "./release-environment.ts";

const CPU_TARGET_PERCENT = 70;

type Scale = Release["scale"];

/**
 * How a release's pods are found stays as it was made: a Deployment's selector can't change, and whatever else selects them has to
 * find those that are there.
 */
const SELECTION = {
  deployment: ["spec.selector", "spec.template.metadata.labels", "spec.template.spec.topologySpreadConstraints"],
  service: ["spec.selector"],
  budget: ["spec.selector"],
};

export interface ReleaseBundleArgs {
  /** Its image, configuration and pins are its identity: another one is another bundle. Its scale is changed in place. */
  release: Release;
  /** Sizes, probes and deadlines. A change rolls the pods of every release that exists. */
  application: Settings["application"];
  /** A change replaces the bundle. */
  namespace: string;
  /** Whether the update waits for its pods: not for a copy that is to say why they don't become ready. */
  awaits: "its pods" | "nothing";
  /** The values of the generations that the release pins. */
  secrets: Readonly<Record<SecretVariable, pulumi.Input<string>>>;
}

/**
 * One immutable release on Kubernetes: Deployment, Service, Secret, ConfigMap, PodDisruptionBudget and HorizontalPodAutoscaler, all
 * named after its id. It is there once its pods are ready; weights are none of its business.
 */
export class ReleaseBundle extends Component {
  /** The Service's name, for the route. */
  readonly serviceName: string;

  constructor(name: string, args: ReleaseBundleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ReleaseBundle", name, opts);
    const { release, application, namespace } = args;
    const labels = releaseLabels(application.name, release.id, WEB);
    const annotations = annotationsOf(release);
    const metadata = { name, namespace, labels, annotations };
    const started =
      args.awaits === "its pods"
        ? metadata
        : { ...metadata, annotations: { ...annotations, "pulumi.com/skipAwait": "true" } };
    const child = childOptions(this, opts);

    const environment = releaseEnvironment(
      name,
      { namespace, labels, annotations, literals: release.configuration, secrets: args.secrets },
      child,
    );
    const customTimeouts = awaitTimes(application, release.scale);
    new Deployment(
      name,
      { metadata: started, spec: deploymentSpec(name, args) },
      pulumi.mergeOptions(child, {
        dependsOn: [environment.literals, environment.secrets],
        customTimeouts,
        // From here on the autoscaler decides.
        ignoreChanges: ["spec.replicas", ...SELECTION.deployment],
      }),
    );
    new Service(
      name,
      {
        metadata: started,
        spec: { type: "ClusterIP", selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
      },
      // It waits for the same pods, from before the Deployment is made.
      pulumi.mergeOptions(child, { customTimeouts, ignoreChanges: [...SELECTION.service] }),
    );
    new PodDisruptionBudget(
      name,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
      pulumi.mergeOptions(child, { ignoreChanges: [...SELECTION.budget] }),
    );
    new HorizontalPodAutoscaler(name, { metadata, spec: autoscalerSpec(name, release.scale) }, child);

    this.serviceName = name;
    this.registerOutputs({ serviceName: name });
  }
}

/** What the deletion of a Deployment takes beyond its pods' own time to end. */
const DELETE_MARGIN_SECONDS = 120;

/**
 * How long the provider waits for pods: by default ten minutes, for the Deployment and the Service alike. An update rolls one pod
 * after another, as many as the autoscaler may have made; a deletion waits until the last one has ended.
 */
function awaitTimes({ readyWithin, preStop, terminationGrace }: Settings["application"], { max }: Scale) {
  return {
    create: `${seconds(readyWithin)}s`,
    update: `${seconds(readyWithin) * max}s`,
    delete: `${seconds(preStop + terminationGrace) + DELETE_MARGIN_SECONDS}s`,
  };
}

/** A pod that is to end goes on serving for a while: its SIGTERM comes sooner than the news reach the gateways. */
function preStopHook({ preStop }: Settings["application"]) {
  return preStop === 0 ? {} : { lifecycle: { preStop: { sleep: { seconds: seconds(preStop) } } } };
}

function deploymentSpec(name: string, { release, application }: ReleaseBundleArgs) {
  const labels = releaseLabels(application.name, release.id, WEB);
  return {
    replicas: release.scale.min,
    revisionHistoryLimit: 1,
    progressDeadlineSeconds: seconds(application.readyWithin),
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    selector: { matchLabels: labels },
    template: {
      metadata: { labels, annotations: annotationsOf(release) },
      spec: {
        ...podBasics(application),
        // The hook's time is part of it.
        terminationGracePeriodSeconds: seconds(application.preStop + application.terminationGrace),
        topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
          maxSkew: 1,
          topologyKey,
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: labels },
        })),
        containers: [
          {
            ...container({ application, image: release.manifest.image, release: release.id, configuration: name }),
            ports: [{ name: "http", containerPort: APP_PORT, protocol: "TCP" }],
            ...probes(application),
            ...preStopHook(application),
          },
        ],
      },
    },
  };
}

/** Liveness touches no dependency, or an outage of the database would restart every pod; readiness does. */
export function probes({ healthPath, readyPath, readyWithin }: Settings["application"]) {
  const health = { httpGet: { path: healthPath, port: "http" }, timeoutSeconds: 2 };
  return {
    startupProbe: { ...health, periodSeconds: 1, failureThreshold: seconds(readyWithin) },
    livenessProbe: { ...health, periodSeconds: 10, failureThreshold: 3 },
    readinessProbe: {
      httpGet: { path: readyPath, port: "http" },
      timeoutSeconds: 3,
      periodSeconds: 2,
      failureThreshold: 3,
    },
  };
}

function autoscalerSpec(name: string, { min, max }: Release["scale"]) {
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    minReplicas: min,
    maxReplicas: max,
    metrics: [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: CPU_TARGET_PERCENT } },
      },
    ],
  };
}
