import { z } from "zod";
import { count, flag, tags, text } from "./inputs.ts";

const storageClass = z.enum([
  "GLACIER",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "DEEP_ARCHIVE",
  "GLACIER_IR",
]);

const size = {
  objectSizeGreaterThan: count.optional(),
  objectSizeLessThan: count.optional(),
  prefix: text.optional(),
};

/** One rule of a bucket's lifecycle. */
export const lifecycleRule = z.strictObject({
  id: text.max(255),
  status: z.enum(["Enabled", "Disabled"]),
  abortIncompleteMultipartUpload: z.strictObject({ daysAfterInitiation: count.optional() }).optional(),
  expiration: z
    .strictObject({
      date: text.optional(),
      days: count.optional(),
      expiredObjectDeleteMarker: flag.optional(),
    })
    .optional(),
  filter: z
    .strictObject({
      ...size,
      and: z.strictObject({ ...size, tags: tags.optional() }).optional(),
      tag: z.strictObject({ key: text, value: text }).optional(),
    })
    .optional(),
  noncurrentVersionExpiration: z
    .strictObject({ noncurrentDays: count.min(1), newerNoncurrentVersions: count.optional() })
    .optional(),
  noncurrentVersionTransitions: z
    .array(
      z.strictObject({
        noncurrentDays: count,
        storageClass,
        newerNoncurrentVersions: count.optional(),
      }),
    )
    .optional(),
  prefix: text.optional(),
  transitions: z.array(z.strictObject({ storageClass, date: text.optional(), days: count.optional() })).optional(),
});
