import { z } from "zod";
import { isSame } from "../../domain/same-secret.ts";
import type { Alert } from "./alert.ts";

/** What Alertmanager's webhook sends (prometheus/alertmanager, notify/webhook, version 4), as far as it is used. */
const schema = z.object({
  version: z.literal("4"),
  alerts: z.array(
    z.object({
      status: z.enum(["firing", "resolved"]),
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()).default({}),
      startsAt: z.string(),
      fingerprint: z.string(),
    }),
  ),
});

/** Whether a request comes from the Alertmanager that has the token. */
export function isAlertmanager(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer (\S+)$/.exec(authorization ?? "")?.[1];
  return given !== undefined && isSame(given, token);
}

/** The alerts of a message that fire (pure); the label `stack` names the stack. @throws ZodError where it is none of Alertmanager's */
export function alertsIn(body: unknown): Alert[] {
  return schema.parse(body).alerts.flatMap(({ status, labels, annotations, startsAt, fingerprint }) => {
    if (status !== "firing") return [];
    const title = annotations.summary ?? labels.alertname ?? "an alert without a name";
    const key = `${fingerprint}/${startsAt}`;
    return [{ source: "alertmanager", key, title, stack: labels.stack ?? null, alarm: null }];
  });
}
