import { createHash } from "node:crypto";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { z } from "zod";
import { type Channel, connectionFailure, failureOf, type Limits, type Message, SendError } from "./channel.ts";
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

function failed(error: unknown, connected: boolean): SendError {
  const answered = answeredSchema.safeParse(error);
  if (!answered.success) return connectionFailure(error, connected);
  const { name, message, $metadata, $response } = answered.data;
  const status = $metadata.httpStatusCode;
  const retryAfter = retryAfterOf($response?.headers["retry-after"], Date.now());
  const failure = name.startsWith("Throttl") ? "busy" : failureOf(status);
  return new SendError(failure, `answered ${status}: ${name}: ${message}`.slice(0, LONGEST_ERROR), retryAfter);
}

/** What is done about connections: `within` milliseconds each is given up, unless it is made before, TLS included. */
interface Connecting {
  within: number;
  onMade(): void;
}

/** An agent whose connections have their time; the SDK's own limit ends with the TCP handshake. */
function watched<A extends HttpAgent>(agent: A, made: "connect" | "secureConnect", { within, onMade }: Connecting): A {
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (...given) => {
    const socket = create(...given);
    const late = setTimeout(() => socket?.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" })), within);
    return socket
      ?.once(made, onMade)
      .once(made, () => clearTimeout(late))
      .once("close", () => clearTimeout(late));
  };
  return agent;
}

/** What the work answers, or the signal's reason: the SDK looks for credentials without heeding it, and sends nothing after it. */
function untilEnd<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

/** A topic of SNS, with the credentials of the AWS environment. */
export function snsChannel({ topicArn, endpoint }: SnsOptions): Channel {
  const region = topicArn.split(":")[3] ?? "";
  const inbox = endpoint === null ? {} : { endpoint, credentials: { accessKeyId: "inbox", secretAccessKey: "inbox" } };
  return {
    name: "sns",
    repeats: topicArn.endsWith(".fifo") ? "recognised" : "taken twice",
    async send(message, { signal, connectWithin }: Limits) {
      let connected = false;
      const connecting: Connecting = {
        within: connectWithin,
        onMade() {
          connected = true;
        },
      };
      const requestHandler = {
        httpAgent: watched(new HttpAgent(), "connect", connecting),
        httpsAgent: watched(new HttpsAgent(), "secureConnect", connecting),
      };
      // The one place that repeats is `deliver`: it knows the limit.
      const client = new SNSClient({ region, maxAttempts: 1, requestHandler, ...inbox });
      // Credentials are fetched over the same agents, before the message is sent.
      client.middlewareStack.add(
        (next) => (args) => {
          connected = false;
          return next(args);
        },
        { step: "finalizeRequest", priority: "low" },
      );
      try {
        const command = new PublishCommand(snsInput(topicArn, message));
        await untilEnd(signal, client.send(command, { abortSignal: signal }));
        return "";
      } catch (error) {
        throw failed(error, connected);
      } finally {
        client.destroy();
      }
    },
  };
}
