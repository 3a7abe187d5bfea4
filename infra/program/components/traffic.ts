import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { keyedHeader, RELEASE_HEADER } from "../../domain/release-header.ts";
import { bundleName } from "../../domain/release-id.ts";
import type { Release } from "../../domain/releases.ts";
import type { Settings } from "../../settings/index.ts";
import { childOptions } from "./child-options.ts";
import { Component } from "./component.ts";
import { annotationsOf, type Ownership } from "./ownership.ts";

export interface TrafficArgs {
  /** The application's name, after which its releases' Services are named. A change replaces the route: requests fail meanwhile. */
  application: string;
  /** A change replaces the route. */
  namespace: string;
  /** The Gateway with the route's listener, which is named after the stage. Changed in place: traffic moves to the other one at once. */
  gateway: Settings["gateway"];
  stage: Settings["stage"];
  /** Every release that exists, those at weight 0 too. Changed in place; nothing restarts. */
  releases: readonly Pick<Release, "id" | "weight">[];
  /** What requests that name a release have to hold; null where any client may name one. Changed in place. */
  key: pulumi.Output<string> | null;
  /** Who last moved the weights. */
  owner: Ownership;
}

/** The HTTPRoute whose weights share out the requests. Give it `dependsOn` the bundles: a release is ready before it is named. */
export class Traffic extends Component {
  constructor(name: string, args: TrafficArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Traffic", name, opts);
    new CustomResource(
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
          rules: args.key === null ? plainRules(args) : keyedRules(args, args.key),
        },
      },
      childOptions(this, opts),
    );

    this.registerOutputs({});
  }
}

type Routed = Pick<TrafficArgs, "application" | "releases">;
type OfRelease = Pick<Release, "id" | "weight">;

/** Where any client may name a release: one rule a release that matches its id, then the one that shares out all other requests. */
export function plainRules({ application, releases }: Routed) {
  return [
    ...releases.map(({ id }) => ({ matches: matching(id), backendRefs: [naming(application, { id, weight: 1 })] })),
    { backendRefs: releases.map((release) => naming(application, release)) },
  ];
}

/**
 * Where only the stack's key names a release: one rule a release, one more that shares out by weight and says who answered, and the one that
 * shares out users' requests just so, whose answers name nobody. No pod is passed a value that carries the key.
 */
export function keyedRules({ application, releases }: Routed, key: pulumi.Input<string>) {
  // Each value by itself: a preview that doesn't know the key yet still shows the policies every weight.
  const value = (release: string | null) => pulumi.secret(key).apply((text) => keyedHeader(release, text));
  return [
    ...releases.map(({ id }) => ({
      matches: matching(value(id)),
      filters: WITHOUT_HEADER,
      backendRefs: [naming(application, { id, weight: 1 })],
    })),
    {
      matches: matching(value(null)),
      filters: WITHOUT_HEADER,
      backendRefs: releases.map((release) => naming(application, release)),
    },
    { backendRefs: releases.map((release) => backend(application, release)) },
  ];
}

const WITHOUT_HEADER = [{ type: "RequestHeaderModifier", requestHeaderModifier: { remove: [RELEASE_HEADER] } }];

function matching(value: pulumi.Input<string>) {
  return [{ headers: [{ type: "Exact", name: RELEASE_HEADER, value }] }];
}

function backend(application: string, { id, weight }: OfRelease) {
  return { group: "", kind: "Service", name: bundleName(application, id), port: 80, weight };
}

/** A backend whose answers say which release gave them. */
function naming(application: string, release: OfRelease) {
  const set = [{ name: RELEASE_HEADER, value: release.id }];
  const filters = [{ type: "ResponseHeaderModifier", responseHeaderModifier: { set } }];
  return { ...backend(application, release), filters };
}
