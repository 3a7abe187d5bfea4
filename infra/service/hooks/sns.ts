import { createVerify, X509Certificate } from "node:crypto";
import { z } from "zod";
import type { Alert } from "./alert.ts";

const shared = {
  MessageId: z.string(),
  TopicArn: z.string(),
  Message: z.string(),
  Timestamp: z.iso.datetime(),
  SignatureVersion: z.enum(["1", "2"]),
  Signature: z.string(),
  SigningCertURL: z.string(),
};
const schema = z.discriminatedUnion("Type", [
  z.object({ Type: z.literal("Notification"), Subject: z.string().nullish(), ...shared }),
  z.object({ Type: z.literal("SubscriptionConfirmation"), Token: z.string(), SubscribeURL: z.string(), ...shared }),
  z.object({ Type: z.literal("UnsubscribeConfirmation"), Token: z.string(), SubscribeURL: z.string(), ...shared }),
]);

/** A message of SNS. */
export type SnsMessage = z.infer<typeof schema>;

/** @throws ZodError where it is no message of SNS' */
export function messageIn(body: unknown): SnsMessage {
  return schema.parse(body);
}

/** How old a message may be, in milliseconds: SNS tries again for an hour at most, where the topic says nothing else. */
const OLDEST = 3_600_000;
/** The algorithm by version of the signature (SNS developer guide, "Verifying the signatures of Amazon SNS messages"). */
const ALGORITHMS = { 1: "RSA-SHA1", 2: "RSA-SHA256" } as const;

/** The text that is signed: these fields by name, each on a line of its own with its value below, as the guide has them (pure). */
export function signedText(message: SnsMessage): string {
  const { Message, MessageId, Timestamp, TopicArn, Type } = message;
  const fields =
    message.Type === "Notification"
      ? { Message, MessageId, Subject: message.Subject, Timestamp, TopicArn, Type }
      : { Message, MessageId, SubscribeURL: message.SubscribeURL, Timestamp, Token: message.Token, TopicArn, Type };
  return Object.entries(fields)
    .flatMap(([name, value]) => (value === undefined || value === null ? [] : [`${name}\n${value}\n`]))
    .join("");
}

/** Whether an address is SNS' own, in the region of the topic: nothing else is fetched, and nothing else believed (pure). */
export function isOfSns(address: string, topicArn: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, port, username } = new URL(address);
  const region = topicArn.split(":")[3] ?? "";
  const hosts = [`sns.${region}.amazonaws.com`, `sns.${region}.amazonaws.com.cn`];
  return region !== "" && protocol === "https:" && port === "" && username === "" && hosts.includes(hostname);
}

/**
 * What is wrong with a message; null where it is what SNS has sent for one of the topics.
 * @param certificate gets the certificate's text from its address
 */
export async function problemWith(
  message: SnsMessage,
  {
    topics,
    certificate,
    now,
  }: { topics: readonly string[]; certificate: (url: string) => Promise<string>; now: number },
): Promise<string | null> {
  const { TopicArn, SigningCertURL, Signature, SignatureVersion, Timestamp } = message;
  if (!topics.includes(TopicArn)) return "the topic isn't in RUNBOOKS_HOOK_SNS_TOPICS";
  if (!isOfSns(SigningCertURL, TopicArn) || !new URL(SigningCertURL).pathname.endsWith(".pem")) {
    return "the certificate's address isn't SNS'";
  }
  if (Math.abs(now - Date.parse(Timestamp)) > OLDEST) return "the message is too old";
  const signer = new X509Certificate(await certificate(SigningCertURL));
  if (now < Date.parse(signer.validFrom) || now > Date.parse(signer.validTo)) return "the certificate isn't valid now";
  const verify = createVerify(ALGORITHMS[SignatureVersion]).update(signedText(message), "utf8");
  return verify.verify(signer.publicKey, Signature, "base64") ? null : "the signature is forged";
}

const alarmSchema = z.object({
  AlarmName: z.string(),
  NewStateValue: z.string(),
  StateChangeTime: z.string(),
  NewStateReason: z.string().default(""),
});

/** The alarm of CloudWatch that a notification tells of, where it fires (pure); none for anything else. */
export function alertsIn(message: SnsMessage): Alert[] {
  if (message.Type !== "Notification") return [];
  const alarm = alarmSchema.safeParse(parsed(message.Message));
  if (!alarm.success || alarm.data.NewStateValue !== "ALARM") return [];
  const { AlarmName, StateChangeTime } = alarm.data;
  return [{ source: "sns", key: `${AlarmName}/${StateChangeTime}`, title: AlarmName, stack: null, alarm: AlarmName }];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
