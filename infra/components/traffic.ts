import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { RELEASE_HEADER } from "../release-header.ts";
import type { Release } from "../releases.ts";
import type { Settings } from "../settings.ts";
import { childOptions } from "./child-options.ts";
import { annotationsOf, type Ownership } from "./ownership.ts";
import { bundleName } from "./pod.ts";

export interface TrafficArgs {
  application: string;
  namespace: string;
  /** The Gateway that carries the route; the listener is named after the stage. */
  gateway: Settings["gateway"];
  stage: Settings["stage"];
  /** Every release that exists, those at weight 0 too. */
  releases: readonly Pick<Release, "id" | "weight">[];
  /** Who last moved the weights. */
  owner: Ownership;
}

/** The HTTPRoute whose weights share out the requests. Give it `dependsOn` the bundles: a release is ready before it is named. */
export class Traffic extends pulumi.ComponentResource {
  readonly resources: readonly pulumi.Resource[];

  constructor(name: string, args: TrafficArgs, opts?: pulumi.ComponentResourceOptions) {
    super("production-runbooks:index:Traffic", name, {}, opts);
    const route = new CustomResource(
      name,
      {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name, namespace: args.namespace, annotations: annotationsOf(args.owner) },
        spec: {
          parentRefs: [
            {
              group: "gateway.networking.k8s.io",
              kind: "Gateway",
              name: args.gateway.name,
              namespace: args.gateway.namespace,
              sectionName: args.stage,
            },
          ],
          hostnames: [args.gateway.hostname],
          rules: routeRules(args),
        },
      },
      childOptions(this, opts),
    );

    this.resources = [route];
    this.registerOutputs({});
  }
}

/** One rule a release that matches its header, then the one that shares out all other requests by weight. */
export function routeRules({ application, releases }: Pick<TrafficArgs, "application" | "releases">) {
  const backend = ({ id, weight }: Pick<Release, "id" | "weight">) => ({
    group: "",
    kind: "Service",
    name: bundleName(application, id),
    port: 80,
    weight,
    filters: [
      {
        type: "ResponseHeaderModifier",
        responseHeaderModifier: { set: [{ name: RELEASE_HEADER, value: id }] },
      },
    ],
  });
  return [
    ...releases.map(({ id }) => ({
      matches: [{ headers: [{ type: "Exact", name: RELEASE_HEADER, value: id }] }],
      backendRefs: [backend({ id, weight: 1 })],
    })),
    { backendRefs: releases.map(backend) },
  ];
}
