import { randomUUID } from "node:crypto";
import { z } from "zod";
import { ACCOUNT_ID, arn } from "../accounts.ts";
import { arnOf, count, flag, inputsOf, jsonText, tags, text } from "./inputs.ts";
import { type AnyAwsType, defineType } from "./resource.ts";

const percent = count.min(0).max(100);

const PROTOCOLS = ["sqs", "sms", "lambda", "firehose", "application", "email", "email-json", "http", "https"] as const;

const feedback = {
  applicationFailureFeedbackRoleArn: arnOf("iam"),
  applicationSuccessFeedbackRoleArn: arnOf("iam"),
  applicationSuccessFeedbackSampleRate: percent,
  firehoseFailureFeedbackRoleArn: arnOf("iam"),
  firehoseSuccessFeedbackRoleArn: arnOf("iam"),
  firehoseSuccessFeedbackSampleRate: percent,
  httpFailureFeedbackRoleArn: arnOf("iam"),
  httpSuccessFeedbackRoleArn: arnOf("iam"),
  httpSuccessFeedbackSampleRate: percent,
  lambdaFailureFeedbackRoleArn: arnOf("iam"),
  lambdaSuccessFeedbackRoleArn: arnOf("iam"),
  lambdaSuccessFeedbackSampleRate: percent,
  sqsFailureFeedbackRoleArn: arnOf("iam"),
  sqsSuccessFeedbackRoleArn: arnOf("iam"),
  sqsSuccessFeedbackSampleRate: percent,
};

/** Topics, subscriptions and topic policies; nothing is sent. */
export function snsTypes(): AnyAwsType[] {
  const topic = defineType({
    type: "aws:sns/topic:Topic",
    inputs: inputsOf(
      {},
      {
        ...feedback,
        archivePolicy: jsonText,
        contentBasedDeduplication: flag,
        deliveryPolicy: jsonText,
        displayName: text.max(100, "has at most 100 characters"),
        fifoThroughputScope: text,
        fifoTopic: flag,
        kmsMasterKeyId: text,
        name: text.regex(/^[a-zA-Z0-9_-]{1,256}(\.fifo)?$/, "holds letters, digits, '_' and '-' alone, at most 256"),
        namePrefix: text,
        policy: jsonText,
        signatureVersion: count.min(1).max(2),
        tags,
        tracingConfig: z.enum(["PassThrough", "Active"]),
      },
    ),
    autoName: "name",
    replaces: ["name", "namePrefix", "fifoTopic"],
    defaults: { contentBasedDeduplication: false, fifoTopic: false, displayName: "" },
    unique: {
      key: ({ name }) => name ?? "",
      taken: (name) => `InvalidParameter: Topic ${name} already exists with different attributes`,
      again: "is a put",
    },
    id: ({ name }) => arn("sns", name ?? ""),
    outputs: (_inputs, id) => ({ arn: id, owner: ACCOUNT_ID }),
  });

  const mustExist = async (topicArn: string) => {
    if (!topic.entries.has(topicArn)) throw new Error(`NotFound: Topic ${topicArn} does not exist`);
    return {};
  };

  const subscription = defineType({
    type: "aws:sns/topicSubscription:TopicSubscription",
    inputs: inputsOf(
      { endpoint: text, protocol: z.enum(PROTOCOLS), topic: arnOf("sns") },
      {
        confirmationTimeoutInMinutes: count,
        deliveryPolicy: jsonText,
        endpointAutoConfirms: flag,
        filterPolicy: jsonText,
        filterPolicyScope: z.enum(["MessageAttributes", "MessageBody"]),
        rawMessageDelivery: flag,
        redrivePolicy: jsonText,
        replayPolicy: jsonText,
        subscriptionRoleArn: arnOf("iam"),
      },
    ),
    rules: [
      {
        of: ["protocol", "endpoint"],
        property: "endpoint",
        broken: ({ protocol, endpoint }) => protocol === "email" && !z.email().safeParse(endpoint).success,
        reason: "isn't an email address",
      },
    ],
    replaces: ["endpoint", "protocol", "topic"],
    defaults: { confirmationTimeoutInMinutes: 1, endpointAutoConfirms: false, rawMessageDelivery: false },
    id: ({ topic: topicArn }) => `${topicArn}:${randomUUID()}`,
    outputs: ({ protocol }, id) => ({
      arn: id,
      ownerId: ACCOUNT_ID,
      confirmationWasAuthenticated: false,
      pendingConfirmation: protocol === "email" || protocol === "email-json",
    }),
    effects: { create: ({ topic: topicArn }) => mustExist(topicArn) },
  });

  const policy = defineType({
    type: "aws:sns/topicPolicy:TopicPolicy",
    inputs: inputsOf({ arn: arnOf("sns"), policy: jsonText }, {}),
    replaces: ["arn"],
    id: (inputs) => inputs.arn,
    outputs: () => ({ owner: ACCOUNT_ID }),
    effects: { create: (inputs) => mustExist(inputs.arn) },
  });
  return [topic, subscription, policy];
}
