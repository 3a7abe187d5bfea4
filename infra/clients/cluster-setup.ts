import { z } from "zod";
import { type Client, type ClientOptions, openClient } from "./kubernetes-client.ts";

/** Something that a stack's updates and runbooks do in a cluster. */
export interface Right {
  group: string;
  resource: string;
  verb: "create" | "patch" | "delete" | "get" | "list";
  /** left out for what is of the whole cluster */
  namespace?: string;
}

/** A class of Gateways, and whether a controller has taken it on. */
export interface GatewayClass {
  name: string;
  controller: string;
  accepted: boolean;
}

/** What has to be in a cluster before a stack's first update. */
export interface ClusterSetup {
  servesGatewayApi(): Promise<boolean>;
  gatewayClasses(): Promise<GatewayClass[]>;
  /** The class that a Gateway names; null where there is no such Gateway. */
  classOf(namespace: string, gateway: string): Promise<string | null>;
  hasNamespace(name: string): Promise<boolean>;
  /** The rights that this kubeconfig's user lacks. */
  lacking(rights: readonly Right[]): Promise<Right[]>;
}

const API = "/apis/gateway.networking.k8s.io/v1";

const classesSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ controllerName: z.string() }),
      status: z
        .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
        .default({ conditions: [] }),
    }),
  ),
});
const gatewaySchema = z.object({ spec: z.object({ gatewayClassName: z.string() }) });
const reviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) });

async function isAllowed({ review }: Client, { group, resource, verb, namespace = "" }: Right): Promise<boolean> {
  const text = await review("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: { group, resource, verb, namespace } },
  });
  return reviewSchema.parse(JSON.parse(text)).status.allowed;
}

/** Opens the cluster that the kubeconfig names. @throws Refusal (exit 2) here and from every function where it can't be read */
export async function openClusterSetup(options: ClientOptions): Promise<ClusterSetup> {
  const client = await openClient(options);
  return {
    servesGatewayApi: async () => (await client.read(API)) !== null,
    async gatewayClasses() {
      const text = (await client.read(`${API}/gatewayclasses`)) ?? '{"items":[]}';
      return classesSchema.parse(JSON.parse(text)).items.map(({ metadata, spec, status }) => ({
        name: metadata.name,
        controller: spec.controllerName,
        accepted: status.conditions.some(({ type, status: is }) => type === "Accepted" && is === "True"),
      }));
    },
    async classOf(namespace, gateway) {
      const text = await client.read(`${API}/namespaces/${namespace}/gateways/${gateway}`);
      return text === null ? null : gatewaySchema.parse(JSON.parse(text)).spec.gatewayClassName;
    },
    hasNamespace: async (name) => (await client.read(`/api/v1/namespaces/${name}`)) !== null,
    async lacking(rights) {
      const allowed = await Promise.all(rights.map((right) => isAllowed(client, right)));
      return rights.filter((_, index) => allowed[index] !== true);
    },
  };
}
