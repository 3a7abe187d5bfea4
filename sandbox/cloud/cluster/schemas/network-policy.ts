import { z } from "zod";
import { labelSelector, metadata, portNumber, portReference, protocol } from "./common.ts";

const cidr = z.string().regex(/^[0-9a-fA-F:.]+\/[0-9]{1,3}$/, "must be a CIDR such as 10.0.0.0/16");
const peer = z.strictObject({
  ipBlock: z.strictObject({ cidr, except: z.array(cidr).optional() }).optional(),
  namespaceSelector: labelSelector.optional(),
  podSelector: labelSelector.optional(),
});
const port = z.strictObject({
  protocol: protocol.optional(),
  port: portReference.optional(),
  endPort: portNumber.optional(),
});

export const networkPolicy = z.strictObject({
  apiVersion: z.literal("networking.k8s.io/v1"),
  kind: z.literal("NetworkPolicy"),
  metadata,
  spec: z.strictObject({
    podSelector: labelSelector,
    policyTypes: z.array(z.enum(["Ingress", "Egress"])).optional(),
    ingress: z.array(z.strictObject({ from: z.array(peer).optional(), ports: z.array(port).optional() })).optional(),
    egress: z.array(z.strictObject({ to: z.array(peer).optional(), ports: z.array(port).optional() })).optional(),
  }),
});
