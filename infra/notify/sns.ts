import { createHash } from "node:crypto";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { z } from "zod";
import { type Channel, connectionFailure, failureOf, type Message, SendError } from "./channel.ts";
import { retryAfterOf } from "./post.ts";

export interface SnsOptions {
  topicArn: string;
  /** Takes the place of AWS, and of its credentials. */
  endpoint: string | null;
}

/** The longest subject that SNS takes, in characters; it must be ASCII on one line. */
const LONGEST_SUBJECT = 100;
/** Characters of an error that are passed on: more than are told, since a secret in it is looked for before it is cut. */
const LONGEST_ERROR = 10_000;

const hashed = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What a topic is sent; a FIFO topic drops a repeated key for five minutes (pure). */
function snsInput(topicArn: string, { key, headline, lines }: Message) {
  const fifo = topicArn.endsWith(".fifo");
  return {
    TopicArn: topicArn,
    Subject: headline.replace(/[^\x20-\x7e]+/g, " ").slice(0, LONGEST_SUBJECT),
    Message: [headline, ...lines].join("\n"),
    MessageAttributes: { key: { DataType: "String", StringValue: key } },
    ...(fifo ? { MessageDeduplicationId: hashed(key), MessageGroupId: "production-runbooks" } : {}),
  };
}

/** What the SDK's errors tell of an answer, one that isn't SNS' own too. */
const answeredSchema = z.object({
  name: z.string(),
  message: z.string(),
  $metadata: z.object({ httpStatusCode: z.number() }),
  $response: z.object({ headers: z.record(z.string(), z.string()).default({}) }).optional(),
});

function failed(error: unknown): SendError {
  const answered = answeredSchema.safeParse(error);
  if (!answered.success) return connectionFailure(error);
  const { name, message, $metadata, $response } = answered.data;
  const status = $metadata.httpStatusCode;
  const retryAfter = retryAfterOf($response?.headers["retry-after"], Date.now());
  const failure = name.startsWith("Throttl") ? "busy" : failureOf(status);
  return new SendError(failure, `answered ${status}: ${name}: ${message}`.slice(0, LONGEST_ERROR), retryAfter);
}

/** A topic of SNS, with the credentials of the AWS environment. */
export function snsChannel({ topicArn, endpoint }: SnsOptions): Channel {
  const region = topicArn.split(":")[3] ?? "";
  // The one place that repeats is `deliver`: it knows the limit.
  const client = new SNSClient({
    region,
    maxAttempts: 1,
    ...(endpoint === null ? {} : { endpoint, credentials: { accessKeyId: "inbox", secretAccessKey: "inbox" } }),
  });
  return {
    name: "sns",
    repeats: topicArn.endsWith(".fifo") ? "recognised" : "taken twice",
    async send(message, signal) {
      try {
        await client.send(new PublishCommand(snsInput(topicArn, message)), { abortSignal: signal });
        return "";
      } catch (error) {
        throw failed(error);
      } finally {
        client.destroy();
      }
    },
  };
}
