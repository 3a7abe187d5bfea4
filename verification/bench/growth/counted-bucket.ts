import type { Bucket } from "../../../infra/records/bucket.ts";

/** Keys of one page of ListObjectsV2 (its API reference: at most 1,000; a common prefix counts as one). */
const PAGE = 1_000;

/** Requests that were sent to a bucket, by kind; a listing counts once for each page. */
export interface Requests {
  get: number;
  put: number;
  list: number;
  head: number;
}

/** A bucket in memory that counts what S3 would have been asked. */
export function countedBucket(): { bucket: Bucket; requests: Requests; texts: Map<string, string> } {
  const texts = new Map<string, string>();
  const tags = new Map<string, number>();
  const requests: Requests = { get: 0, put: 0, list: 0, head: 0 };
  const tagOf = (key: string) => String(tags.get(key) ?? 0);
  const listed = (found: string[]): string[] => {
    requests.list += Math.max(1, Math.ceil(found.length / PAGE));
    return found.sort();
  };
  const bucket: Bucket = {
    place: "s3://counted/",
    async get(key) {
      requests.get += 1;
      const text = texts.get(key);
      return text === undefined ? null : { text, etag: tagOf(key) };
    },
    async put(key, text, condition) {
      requests.put += 1;
      if (condition === "absent" && texts.has(key)) return null;
      if (typeof condition === "object" && (!texts.has(key) || condition.etag !== tagOf(key))) return null;
      texts.set(key, text);
      tags.set(key, (tags.get(key) ?? 0) + 1);
      return tagOf(key);
    },
    async has(key) {
      requests.head += 1;
      return texts.has(key);
    },
    keys: async (folder, after = "") =>
      listed([...texts.keys()].filter((key) => key.startsWith(`${folder}/`) && key > after)),
    folders: async (beginning) =>
      listed([
        ...new Set(
          [...texts.keys()].flatMap((key) => {
            const end = key.indexOf("/", beginning.length);
            return key.startsWith(beginning) && end !== -1 ? [key.slice(0, end)] : [];
          }),
        ),
      ]),
  };
  return { bucket, requests, texts };
}
