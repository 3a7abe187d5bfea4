import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { ParameterGroup } from "@pulumi/aws/elasticache/parameterGroup.js";
import { ReplicationGroup } from "@pulumi/aws/elasticache/replicationGroup.js";
import { SubnetGroup } from "@pulumi/aws/elasticache/subnetGroup.js";
import * as pulumi from "@pulumi/pulumi";
import { REDIS_PORT } from "../../domain/egress-ports.ts";
import type { SecretState } from "../../domain/releases.ts";
import type { Settings } from "../../settings/index.ts";
import { Component } from "./component.ts";
import { type Ownership, tagsOf } from "./ownership.ts";
import { appUserOf, SessionUsers } from "./session-users.ts";

export interface SessionStoreArgs {
  /**
   * Node type ("cache.t4g.small"), version ("7.1"), replicas, Multi-AZ. A change of the node type or version fails over and restarts nodes;
   * replicas are added and removed in place.
   */
  store: Settings["sessionStore"];
  /** A change of the VPC or the subnets replaces the store, and with it every session. */
  network: Settings["network"];
  /** What it is encrypted with at rest. A change replaces the store, which its protection refuses. */
  kmsKeyArn: pulumi.Input<string>;
  /** The generations of REDIS_URL; they take turns between the two application users. A new one changes the idle user's password alone. */
  credentials: SecretState;
  owner: Ownership;
}

/** The Redis of the sessions: an ElastiCache replication group with TLS, encryption at rest and users of its own. Protected. */
export class SessionStore extends Component {
  readonly endpoint: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  readonly replicationGroupId: string;
  /** REDIS_URL by generation. */
  readonly urls: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: SessionStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("SessionStore", name, opts);
    const tags = tagsOf(args.owner);
    const description = `Sessions of ${name}`;
    const users = new SessionUsers(name, { credentials: args.credentials, owner: args.owner }, { parent: this });
    const subnets = new SubnetGroup(
      name,
      { name, description, subnetIds: args.network.subnetIds, tags },
      { parent: this },
    );
    const family = parameterFamily(args.store.engineVersion);
    const parameters = new ParameterGroup(
      `${name}-${family}`,
      {
        name: `${name}-${family}`,
        family,
        description,
        parameters: [{ name: "maxmemory-policy", value: "volatile-lru" }],
        tags,
      },
      { parent: this },
    );
    const firewall = new SecurityGroup(
      name,
      { name: `${name}-sessions`, description, vpcId: args.network.vpcId, ingress: clientRules(args.network), tags },
      { parent: this },
    );
    const group = new ReplicationGroup(
      name,
      {
        ...groupSettings(args.store),
        replicationGroupId: name,
        description,
        port: REDIS_PORT,
        parameterGroupName: parameters.name,
        subnetGroupName: subnets.name,
        securityGroupIds: [firewall.id],
        userGroupIds: [users.groupId],
        kmsKeyId: args.kmsKeyArn,
        tags,
      },
      { parent: this, protect: true },
    );

    this.endpoint = group.primaryEndpointAddress;
    this.port = group.port.apply((port) => port ?? REDIS_PORT);
    this.replicationGroupId = name;
    this.urls = Object.fromEntries(
      Object.entries(users.passwords).map(([generation, password]) => [
        generation,
        // The password is base62: it needs no escaping.
        pulumi.secret(pulumi.interpolate`rediss://${appUserOf(generation)}:${password}@${this.endpoint}:${this.port}`),
      ]),
    );
    this.registerOutputs({ endpoint: this.endpoint, port: this.port, replicationGroupId: name });
  }
}

/** ElastiCache's parameter family of a version: `7.1` is of `redis7`. */
export function parameterFamily(engineVersion: string): string {
  return `redis${engineVersion.split(".")[0]}`;
}

/** How the settings turn into the replication group's own inputs. */
export function groupSettings(store: Settings["sessionStore"]) {
  return {
    engine: "redis",
    engineVersion: store.engineVersion,
    nodeType: store.nodeType,
    numCacheClusters: store.replicas + 1,
    // A replica that never takes over is paid for nothing.
    automaticFailoverEnabled: store.replicas > 0,
    multiAzEnabled: store.multiAz,
    transitEncryptionEnabled: true,
    transitEncryptionMode: "required",
    atRestEncryptionEnabled: true,
    snapshotRetentionLimit: 1,
    // An update that has ended must be in force, or reading it back means nothing.
    applyImmediately: true,
    ...(store.maintenanceWindow === undefined ? {} : { maintenanceWindow: store.maintenanceWindow }),
  };
}

function clientRules({ clientSecurityGroupIds }: Settings["network"]) {
  return [
    {
      description: "Redis over TLS from the nodes of the cluster",
      protocol: "tcp",
      fromPort: REDIS_PORT,
      toPort: REDIS_PORT,
      securityGroups: clientSecurityGroupIds,
    },
  ];
}
