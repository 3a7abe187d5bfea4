import { createHmac } from "node:crypto";
import { z } from "zod";
import { isSame } from "../../domain/same-secret.ts";
import type { Alert } from "./alert.ts";

/** What PagerDuty's webhooks of version 3 send, as far as it is used. */
const schema = z.object({
  event: z.object({
    event_type: z.string(),
    data: z.looseObject({ id: z.string(), title: z.string().default("an incident") }),
  }),
});

/**
 * Whether a body was signed with the subscription's secret: `X-PagerDuty-Signature` has one `v1=HMAC-SHA256` or several, of the body as it
 * was sent (PagerDuty developer docs, "Verifying webhook signatures").
 */
export function isSigned(body: string, header: string | undefined, secret: string): boolean {
  const expected = `v1=${createHmac("sha256", secret).update(body).digest("hex")}`;
  return (header ?? "").split(",").some((signature) => isSame(signature.trim(), expected));
}

/** The incident that was triggered (pure); none for any other event, such as the ping of a new subscription. @throws ZodError */
export function alertsIn(body: unknown): Alert[] {
  const { event_type, data } = schema.parse(body).event;
  if (event_type !== "incident.triggered") return [];
  return [{ source: "pagerduty", key: data.id, title: data.title, stack: null, alarm: null }];
}
