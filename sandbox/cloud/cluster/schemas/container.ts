import { z } from "zod";
import {
  countOrPercent,
  dnsLabel,
  dnsName,
  portName,
  portNumber,
  portReference,
  protocol,
  quantity,
  seconds,
} from "./common.ts";

const keyReference = z.strictObject({ name: dnsName, key: z.string().min(1), optional: z.boolean().optional() });
const sourceReference = z.strictObject({ name: dnsName, optional: z.boolean().optional() });

const environmentVariable = z.strictObject({
  name: z.string().regex(/^[-._a-zA-Z][-._a-zA-Z0-9]*$/, "must be a variable's name"),
  value: z.string().optional(),
  valueFrom: z
    .strictObject({
      secretKeyRef: keyReference.optional(),
      configMapKeyRef: keyReference.optional(),
      fieldRef: z.strictObject({ fieldPath: z.string(), apiVersion: z.literal("v1").optional() }).optional(),
    })
    .refine(
      (from) => Object.values(from).filter((source) => source !== undefined).length === 1,
      "must name exactly one source",
    )
    .optional(),
});

const environmentSource = z.strictObject({
  prefix: z.string().optional(),
  configMapRef: sourceReference.optional(),
  secretRef: sourceReference.optional(),
});

const httpGet = z.strictObject({
  path: z.string().startsWith("/").optional(),
  port: portReference,
  scheme: z.literal("HTTP").optional(),
  host: z.string().optional(),
  httpHeaders: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
});

const probe = z.strictObject({
  httpGet,
  initialDelaySeconds: seconds.optional(),
  periodSeconds: z.int().min(1).optional(),
  timeoutSeconds: z.int().min(1).optional(),
  successThreshold: z.int().min(1).optional(),
  failureThreshold: z.int().min(1).optional(),
  terminationGracePeriodSeconds: z.int().min(1).optional(),
});
export type Probe = z.infer<typeof probe>;

const preStop = z.union([
  z.strictObject({ sleep: z.strictObject({ seconds }) }),
  z.strictObject({ exec: z.strictObject({ command: z.array(z.string()).min(1) }) }),
]);

const seccompProfile = z.strictObject({
  type: z.enum(["RuntimeDefault", "Unconfined", "Localhost"]),
  localhostProfile: z.string().optional(),
});

const containerSecurity = z.strictObject({
  allowPrivilegeEscalation: z.boolean().optional(),
  capabilities: z
    .strictObject({ add: z.array(z.string()).optional(), drop: z.array(z.string()).optional() })
    .optional(),
  privileged: z.boolean().optional(),
  readOnlyRootFilesystem: z.boolean().optional(),
  runAsGroup: z.int().min(0).optional(),
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.int().min(0).optional(),
  seccompProfile: seccompProfile.optional(),
});

export const podSecurity = z.strictObject({
  fsGroup: z.int().min(0).optional(),
  fsGroupChangePolicy: z.enum(["Always", "OnRootMismatch"]).optional(),
  runAsGroup: z.int().min(0).optional(),
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.int().min(0).optional(),
  seccompProfile: seccompProfile.optional(),
  supplementalGroups: z.array(z.int()).optional(),
});

const resourceList = z.record(z.string(), quantity);

export const container = z.strictObject({
  name: dnsLabel,
  image: z.string().min(1),
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).optional(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.array(environmentVariable).optional(),
  envFrom: z.array(environmentSource).optional(),
  ports: z
    .array(z.strictObject({ name: portName.optional(), containerPort: portNumber, protocol: protocol.optional() }))
    .optional(),
  resources: z.strictObject({ requests: resourceList.optional(), limits: resourceList.optional() }).optional(),
  readinessProbe: probe.optional(),
  livenessProbe: probe.optional(),
  startupProbe: probe.optional(),
  lifecycle: z.strictObject({ preStop: preStop.optional() }).optional(),
  securityContext: containerSecurity.optional(),
  terminationMessagePath: z.string().optional(),
  terminationMessagePolicy: z.enum(["File", "FallbackToLogsOnError"]).optional(),
  volumeMounts: z
    .array(
      z.strictObject({
        name: dnsLabel,
        mountPath: z.string().startsWith("/"),
        readOnly: z.boolean().optional(),
        subPath: z.string().optional(),
      }),
    )
    .optional(),
});
export type Container = z.infer<typeof container>;

export const rollingUpdate = z.strictObject({
  maxSurge: countOrPercent.optional(),
  maxUnavailable: countOrPercent.optional(),
});
