import { z } from "zod";
import { dnsLabel, dnsName, labelSelector, quantity, seconds, templateMetadata } from "./common.ts";
import { container, podSecurity } from "./container.ts";

const nodeRequirement = z.strictObject({
  key: z.string(),
  operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]),
  values: z.array(z.string()).optional(),
});
const nodeTerm = z.strictObject({
  matchExpressions: z.array(nodeRequirement).optional(),
  matchFields: z.array(nodeRequirement).optional(),
});
const podTerm = z.strictObject({
  labelSelector: labelSelector.optional(),
  namespaces: z.array(dnsLabel).optional(),
  topologyKey: z.string().min(1),
  matchLabelKeys: z.array(z.string()).optional(),
});
const podAffinity = z.strictObject({
  preferredDuringSchedulingIgnoredDuringExecution: z
    .array(z.strictObject({ weight: z.int().min(1).max(100), podAffinityTerm: podTerm }))
    .optional(),
  requiredDuringSchedulingIgnoredDuringExecution: z.array(podTerm).optional(),
});

const affinity = z.strictObject({
  nodeAffinity: z
    .strictObject({
      preferredDuringSchedulingIgnoredDuringExecution: z
        .array(z.strictObject({ weight: z.int().min(1).max(100), preference: nodeTerm }))
        .optional(),
      requiredDuringSchedulingIgnoredDuringExecution: z
        .strictObject({ nodeSelectorTerms: z.array(nodeTerm) })
        .optional(),
    })
    .optional(),
  podAffinity: podAffinity.optional(),
  podAntiAffinity: podAffinity.optional(),
});

const topologySpread = z.strictObject({
  labelSelector: labelSelector.optional(),
  matchLabelKeys: z.array(z.string()).optional(),
  maxSkew: z.int().min(1),
  minDomains: z.int().min(1).optional(),
  nodeAffinityPolicy: z.enum(["Honor", "Ignore"]).optional(),
  nodeTaintsPolicy: z.enum(["Honor", "Ignore"]).optional(),
  topologyKey: z.string().min(1),
  whenUnsatisfiable: z.enum(["DoNotSchedule", "ScheduleAnyway"]),
});

const toleration = z.strictObject({
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
  key: z.string().optional(),
  operator: z.enum(["Exists", "Equal"]).optional(),
  tolerationSeconds: z.int().optional(),
  value: z.string().optional(),
});

const volume = z.union([
  z.strictObject({
    name: dnsLabel,
    emptyDir: z.strictObject({ medium: z.enum(["", "Memory"]).optional(), sizeLimit: quantity.optional() }),
  }),
  z.strictObject({ name: dnsLabel, configMap: z.strictObject({ name: dnsName }) }),
]);

/** What the API server gives a pod that names no grace (kubernetes, pkg/apis/core/v1/defaults.go). */
const DEFAULT_GRACE_SECONDS = 30;

const podFields = z.strictObject({
  affinity: affinity.optional(),
  automountServiceAccountToken: z.boolean().optional(),
  containers: z.array(container).length(1, "the sandbox runs exactly one container in a pod"),
  dnsPolicy: z.enum(["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]).optional(),
  enableServiceLinks: z.boolean().optional(),
  imagePullSecrets: z.array(z.strictObject({ name: dnsName })).optional(),
  nodeSelector: z.record(z.string(), z.string()).optional(),
  priorityClassName: dnsName.optional(),
  restartPolicy: z.enum(["Always", "OnFailure", "Never"]).optional(),
  securityContext: podSecurity.optional(),
  serviceAccountName: dnsName.optional(),
  shareProcessNamespace: z.boolean().optional(),
  terminationGracePeriodSeconds: seconds.optional(),
  tolerations: z.array(toleration).optional(),
  topologySpreadConstraints: z.array(topologySpread).optional(),
  volumes: z.array(volume).optional(),
});
/** A preStop sleep has to fit into the grace (kubernetes, pkg/apis/core/validation/validation.go, validateSleepAction). */
export const podSpec = podFields.superRefine(({ containers, terminationGracePeriodSeconds }, context) => {
  const grace = terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  containers.forEach(({ lifecycle }, index) => {
    const hook = lifecycle?.preStop;
    if (hook === undefined || !("sleep" in hook) || hook.sleep.seconds <= grace) return;
    context.addIssue({
      code: "custom",
      path: ["containers", index, "lifecycle", "preStop", "sleep", "seconds"],
      message: `must be at most terminationGracePeriodSeconds (${grace})`,
    });
  });
});
export type PodSpec = z.infer<typeof podSpec>;

export const podTemplate = z.strictObject({ metadata: templateMetadata.optional(), spec: podSpec });
export type PodTemplate = z.infer<typeof podTemplate>;
