import { z } from "zod";
import { httpsUrl, positiveDuration, textOf } from "./parts.ts";

const severity = z.enum(["critical", "error", "warning", "info"]);

/** Who is told of a change, by channel. */
export const notify = z.strictObject({
  /** How long a change may wait for a channel at most, all tries together. */
  within: positiveDuration.prefault("10s"),
  /** Any receiver of JSON, such as a status page, with the secret `webhookToken` where there is one. */
  webhook: z.strictObject({ url: httpsUrl }).optional(),
  /** Slack's incoming webhook, whose address is the secret `slackWebhook`. */
  slack: z.strictObject({}).optional(),
  /** Where tickets are opened, with the secret `githubToken`. */
  github: z
    .strictObject({
      repository: textOf(/^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/, `write "OWNER/REPOSITORY"`),
      labels: z.array(z.string().min(1)).default([]),
      api: httpsUrl.optional(),
    })
    .optional(),
  /** Who is paged, with the secret `pagerdutyKey`; `url` for another region's Events API. */
  pagerduty: z.strictObject({ severity, url: httpsUrl.optional() }).optional(),
  /** A topic, with the credentials of the AWS environment. */
  sns: z
    .strictObject({
      topicArn: textOf(
        /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+(\.fifo)?$/,
        `write a topic's ARN such as "arn:aws:sns:eu-west-1:123456789012:changes"`,
      ),
    })
    .optional(),
});
