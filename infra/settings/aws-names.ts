import { z } from "zod";
import { DNS_LABEL } from "./kubernetes-names.ts";
import { textOf } from "./parts.ts";

/**
 * ElastiCache's names have 40 characters (CreateReplicationGroup and CreateUser), and the longest of ours puts `-production-default`
 * behind the application's.
 */
const LONGEST_APPLICATION = 40 - "-production-default".length;

/** The application's name, of which everything on AWS is named. */
export const applicationName = textOf(...DNS_LABEL)
  .max(
    LONGEST_APPLICATION,
    `write at most ${LONGEST_APPLICATION} characters: "-production-default" comes behind it, and ElastiCache's names have 40 in all`,
  )
  .refine((name) => !name.includes("--"), `write single hyphens: ElastiCache's names take no "--"`);

/** What a tag of AWS may hold (CloudWatch Logs' TagValue; KMS, ElastiCache and the others take no more). */
const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const LONGEST_TAG = 256;

/** A text that becomes a tag of every resource. */
export const tagText = z
  .string()
  .trim()
  .min(1)
  .superRefine((text, context) => {
    const others = [...new Set([...text].filter((character) => !TAG.test(character)))];
    if (others.length > 0) {
      context.addIssue({
        code: "custom",
        message: `no tag of AWS takes ${others.join(" ")}: write letters, digits, spaces and _ . : / = + - @ alone, such as "platform-on-call"`,
      });
    }
    if (text.length <= LONGEST_TAG) return;
    context.addIssue({
      code: "custom",
      message: `write at most ${LONGEST_TAG} characters: a tag of AWS takes no more`,
    });
  });

/** ElastiCache's versions of Redis that have what the store needs: users, and TLS alone (`transitEncryptionMode` is of 7.0 and later). */
export const engineVersion = textOf(
  /^7\.[01]$/,
  `write "7.1" or "7.0": ElastiCache has no later Redis, and an earlier one can't be told to take TLS alone`,
);

const WINDOW =
  /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):([0-5]\d)-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):([0-5]\d)$/;
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const WEEK = 7 * 24 * 60;

/** Minutes from a window's beginning to its end (pure). */
function lengthOf(window: string): number {
  const [, fromDay = "", fromHour, fromMinute, toDay = "", toHour, toMinute] = WINDOW.exec(window) ?? [];
  const minute = (day: string, hour: string | undefined, rest: string | undefined) =>
    DAYS.indexOf(day) * 24 * 60 + Number(hour) * 60 + Number(rest);
  return (minute(toDay, toHour, toMinute) - minute(fromDay, fromHour, fromMinute) + WEEK) % WEEK;
}

/** A weekly window of ElastiCache's. */
export const maintenanceWindow = textOf(WINDOW, `write a weekly window in UTC such as "sun:03:00-sun:04:00"`).refine(
  (window) => !WINDOW.test(window) || lengthOf(window) >= 60,
  "write an hour at least: ElastiCache takes no less",
);

const BUCKET = /^(?!xn--|sthree-|amzn-s3-demo-)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9]([a-z0-9-]|\.(?!\.))*[a-z0-9]$/;
/** The ends that S3 keeps for itself. */
const RESERVED = ["-s3alias", "--ol-s3", "--x-s3", ".mrap"];

function isBucketName(name: string): boolean {
  return name.length >= 3 && name.length <= 63 && BUCKET.test(name) && !RESERVED.some((end) => name.endsWith(end));
}

/** Where change records are kept. */
export const recordsUrl = textOf(
  /^(s3:\/\/[^\s/]+(\/\S*)?|file:\/\/\S+)$/,
  `write "s3://BUCKET" or "file://FOLDER"`,
).refine(
  (url) => !url.startsWith("s3://") || isBucketName(url.slice("s3://".length).split("/")[0] ?? ""),
  "S3 takes no bucket of that name: write 3 to 63 small letters, digits, '.' and '-', with a letter or digit at both ends",
);

/** A region of AWS'. */
export const awsRegion = textOf(/^[a-z]{2}(-[a-z]+)+-\d$/, `write a region such as "eu-west-1"`);
