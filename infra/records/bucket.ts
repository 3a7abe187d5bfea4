import { randomUUID } from "node:crypto";
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { badInput, type Exit, Refusal } from "../errors.ts";

/** An object's text and its version's tag. */
export interface Stored {
  text: string;
  etag: string;
}

/** When a put may take effect: always, only where nothing is there, or only over the version with this tag. */
export type Condition = "always" | "absent" | { etag: string };

/** A folder of a bucket. Keys are relative to it. */
export interface Bucket {
  /** `s3://BUCKET/PREFIX/`. */
  place: string;
  get(key: string): Promise<Stored | null>;
  /** The new version's tag, or null where the condition didn't hold. */
  put(key: string, text: string, condition: Condition): Promise<string | null>;
  has(key: string): Promise<boolean>;
  /** The keys below a folder and after one of them, in their order. */
  keys(folder: string, after?: string): Promise<string[]>;
  /** The folders right below this one whose names begin so. */
  folders(beginning: string): Promise<string[]>;
}

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  json: "application/json",
  jsonl: "text/plain; charset=utf-8",
};

const MEANING: Record<string, string> = {
  NoSuchBucket: "doesn't exist: the stack's first `pulumi up` creates the bucket that the setting records names",
  AccessDenied: "may not be used by these credentials: allow s3:GetObject, s3:PutObject and s3:ListBucket",
  InvalidAccessKeyId: "refuses the credentials: renew them",
  ExpiredToken: "refuses the credentials, which have expired: renew them",
  SignatureDoesNotMatch: "refuses the credentials: renew them",
  CredentialsProviderError: "can't be asked without credentials: set AWS_PROFILE or log in",
};

const NOT_REACHED = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "TimeoutError"]);

/** Turns what S3 says into a refusal with a remedy; other errors stay as they are. */
export function troubleWithBucket(place: string, error: unknown, exit: Exit): unknown {
  if (!(error instanceof Error) || error instanceof Refusal) return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const meaning = MEANING[error.name];
  if (meaning !== undefined) {
    const problems = [`records: the record store ${place} ${meaning}`];
    return new Refusal({ exit, problems, ...(error.name === "NoSuchBucket" ? { code: "no-store" } : {}) });
  }
  if (!NOT_REACHED.has(code) && !(error instanceof S3ServiceException)) return error;
  const what = error instanceof S3ServiceException ? `${error.name}: ${error.message}` : code;
  const problem = `records: the record store ${place} can't be reached (${what}): see that S3 and the network are up`;
  return new Refusal({ exit, problems: [problem] });
}

async function unless<T>(status: readonly number[], act: Promise<T>): Promise<T | null> {
  return act.catch((error: unknown) => {
    // A bucket that isn't there is no bucket without the key: both are answered with 404.
    const answered = error instanceof S3ServiceException && error.name !== "NoSuchBucket";
    if (answered && status.includes(error.$metadata.httpStatusCode ?? 0)) return null;
    throw error;
  });
}

/**
 * Opens a folder of a bucket. Region, credentials and an endpoint of one's own come from the AWS environment.
 * @param url `s3://BUCKET/PREFIX`
 */
export function openBucket(url: string): Bucket {
  const { hostname: name, pathname } = new URL(url);
  if (name === "") throw badInput(`records: "${url}" names no bucket: write s3://BUCKET/PREFIX`);
  const trimmed = pathname.replace(/^\/+|\/+$/g, "");
  const prefix = trimmed === "" ? "" : `${trimmed}/`;
  const ownEndpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const client = new S3Client({
    maxAttempts: 3,
    forcePathStyle: ownEndpoint !== undefined,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000 },
  });
  const at = (key: string) => ({ Bucket: name, Key: `${prefix}${key}` });
  const list = async (below: string, after: string | undefined, delimiter: string | undefined) => {
    const keys: string[] = [];
    const folders: string[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket: name,
          Prefix: `${prefix}${below}`,
          Delimiter: delimiter,
          StartAfter: after === undefined ? undefined : `${prefix}${after}`,
          ContinuationToken: token,
        }),
      );
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key?.slice(prefix.length) ?? []));
      folders.push(...(page.CommonPrefixes ?? []).flatMap(({ Prefix }) => Prefix?.slice(prefix.length, -1) ?? []));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return { keys, folders };
  };
  return {
    place: `s3://${name}/${prefix}`,
    async get(key) {
      const answer = await unless([404], client.send(new GetObjectCommand(at(key))));
      return answer === null ? null : { text: (await answer.Body?.transformToString()) ?? "", etag: answer.ETag ?? "" };
    },
    async put(key, text, condition) {
      const writer = randomUUID();
      const answer = await unless(
        condition === "always" ? [] : [409, 412],
        client.send(
          new PutObjectCommand({
            ...at(key),
            Body: text,
            // The client warns of an empty text whose length it isn't told.
            ContentLength: Buffer.byteLength(text),
            ContentType: TYPES[key.slice(key.lastIndexOf(".") + 1)],
            Metadata: { writer },
            ...(condition === "absent" ? { IfNoneMatch: "*" } : {}),
            ...(typeof condition === "object" ? { IfMatch: condition.etag } : {}),
          }),
        ),
      );
      if (answer !== null) return answer.ETag ?? "";
      // The client repeats a put whose answer got lost, and the repetition finds the first one's object there.
      const written = await unless([404], client.send(new HeadObjectCommand(at(key))));
      return written?.Metadata?.writer === writer ? (written.ETag ?? "") : null;
    },
    async has(key) {
      return (await unless([404], client.send(new HeadObjectCommand(at(key))))) !== null;
    },
    keys: async (folder, after) => (await list(`${folder}/`, after, undefined)).keys,
    folders: async (beginning) => (await list(beginning, undefined, "/")).folders,
  };
}
