import { z } from "zod";
import { dnsLabel, dnsName, metadata, portNumber } from "./common.ts";

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+\-.^_|~]{1,256}$/, "must be a header's name");
const namedValue = z.strictObject({ name: headerName, value: z.string().max(4096) });

const modifier = z.strictObject({
  set: z.array(namedValue).max(16).optional(),
  add: z.array(namedValue).max(16).optional(),
  remove: z.array(headerName).max(16).optional(),
});
export type HeaderModifier = z.infer<typeof modifier>;

const filter = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("RequestHeaderModifier"), requestHeaderModifier: modifier }),
  z.strictObject({ type: z.literal("ResponseHeaderModifier"), responseHeaderModifier: modifier }),
]);
export type Filter = z.infer<typeof filter>;

const valueMatch = z.strictObject({
  type: z.literal("Exact").optional(),
  name: headerName,
  value: z.string().min(1).max(4096),
});

const match = z.strictObject({
  path: z
    .strictObject({ type: z.enum(["Exact", "PathPrefix"]).optional(), value: z.string().startsWith("/").optional() })
    .optional(),
  headers: z.array(valueMatch).max(16).optional(),
  queryParams: z.array(valueMatch).max(16).optional(),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]).optional(),
});
export type RouteMatch = z.infer<typeof match>;

const backendRef = z.strictObject({
  group: z.literal("").optional(),
  kind: z.literal("Service").optional(),
  name: dnsName,
  namespace: dnsLabel.optional(),
  port: portNumber,
  weight: z.int().min(0).max(1_000_000).optional(),
  filters: z.array(filter).max(16).optional(),
});
export type BackendRef = z.infer<typeof backendRef>;

const gatewayDuration = z.string().regex(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/, "must be a Gateway API duration such as 30s");

const rule = z.strictObject({
  name: dnsName.optional(),
  matches: z.array(match).max(64).optional(),
  filters: z.array(filter).max(16).optional(),
  backendRefs: z.array(backendRef).max(16).optional(),
  timeouts: z
    .strictObject({ request: gatewayDuration.optional(), backendRequest: gatewayDuration.optional() })
    .optional(),
});
export type RouteRule = z.infer<typeof rule>;

const parentRef = z.strictObject({
  group: z.literal("gateway.networking.k8s.io").optional(),
  kind: z.literal("Gateway").optional(),
  name: dnsName,
  namespace: dnsLabel.optional(),
  sectionName: dnsName.optional(),
  port: portNumber.optional(),
});
export type ParentRef = z.infer<typeof parentRef>;

export const httpRouteSpec = z.strictObject({
  hostnames: z
    .array(z.string().regex(/^(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "must be a host name"))
    .max(16)
    .optional(),
  parentRefs: z.array(parentRef).min(1).max(32),
  rules: z.array(rule).min(1).max(16),
});
export type HttpRouteSpec = z.infer<typeof httpRouteSpec>;

export const httpRoute = z.strictObject({
  apiVersion: z.literal("gateway.networking.k8s.io/v1"),
  kind: z.literal("HTTPRoute"),
  metadata,
  spec: httpRouteSpec,
});
