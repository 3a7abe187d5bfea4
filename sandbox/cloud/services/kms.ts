import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { ACCOUNTS, arn, STAGES, type StageAccount } from "../accounts.ts";
import type { Json } from "../wire.ts";
import { type Answer, type Asked, type Service, serveHttp } from "./http.ts";

type StackKey = StageAccount["stackKey"];

const KEYS: readonly StackKey[] = STAGES.map((stage) => ACCOUNTS[stage].stackKey);
const KEY_ID_BYTES = 36;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const context = z.record(z.string(), z.string()).optional();
const encryptSchema = z.object({ KeyId: z.string(), Plaintext: z.base64(), EncryptionContext: context });
const decryptSchema = z.object({
  KeyId: z.string().optional(),
  CiphertextBlob: z.base64(),
  EncryptionContext: context,
});
const describeSchema = z.object({ KeyId: z.string() });
const dataKeySchema = z.object({
  KeyId: z.string(),
  KeySpec: z.enum(["AES_128", "AES_256"]).optional(),
  NumberOfBytes: z.int().min(1).max(1024).optional(),
  EncryptionContext: context,
});

/** An error as the real service names it. */
class KmsError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function findKey(reference: string): StackKey {
  const name = reference.startsWith("arn:") ? reference.split(":").slice(5).join(":") : reference;
  const found = KEYS.find(({ id, alias }) => name === id || name === `key/${id}` || name === alias);
  if (found !== undefined) return found;
  const kind = name.startsWith("alias/") ? "Alias" : "Key";
  const known = KEYS.map(({ alias }) => alias).join(", ");
  throw new KmsError("NotFoundException", `${kind} ${reference} is not found (the sandbox has ${known})`);
}

/** The material is the same everywhere: the committed stack files must decrypt on every machine. */
function materialOf(key: StackKey): Buffer {
  return createHash("sha256").update(`production-runbooks sandbox key ${key.id}`).digest();
}

function boundTo(key: StackKey, values: Record<string, string> | undefined): Buffer {
  return Buffer.from(JSON.stringify([key.id, Object.entries(values ?? {}).sort()]));
}

/** Encrypts with AES-256-GCM; the blob is key id, nonce, tag and ciphertext. */
function encrypt(key: StackKey, plaintext: Buffer, values: Record<string, string> | undefined): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", materialOf(key), nonce).setAAD(boundTo(key, values));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.from(key.id), nonce, cipher.getAuthTag(), sealed]);
}

function decrypt(blob: Buffer, values: Record<string, string> | undefined): { key: StackKey; plaintext: Buffer } {
  const id = blob.subarray(0, KEY_ID_BYTES).toString("utf8");
  const key = KEYS.find((candidate) => candidate.id === id);
  if (key === undefined)
    throw new KmsError("InvalidCiphertextException", "the ciphertext isn't of a key of the sandbox");
  const nonce = blob.subarray(KEY_ID_BYTES, KEY_ID_BYTES + NONCE_BYTES);
  const rest = blob.subarray(KEY_ID_BYTES + NONCE_BYTES);
  try {
    const decipher = createDecipheriv("aes-256-gcm", materialOf(key), nonce)
      .setAAD(boundTo(key, values))
      .setAuthTag(rest.subarray(0, TAG_BYTES));
    return { key, plaintext: Buffer.concat([decipher.update(rest.subarray(TAG_BYTES)), decipher.final()]) };
  } catch {
    throw new KmsError("InvalidCiphertextException", "the ciphertext or its encryption context was changed");
  }
}

const keyArn = (key: StackKey): string => arn("kms", `key/${key.id}`);

function generateDataKey(input: unknown): Json {
  const { KeyId, KeySpec, NumberOfBytes, EncryptionContext } = dataKeySchema.parse(input);
  const key = findKey(KeyId);
  const plaintext = randomBytes(NumberOfBytes ?? (KeySpec === "AES_128" ? 16 : 32));
  return {
    KeyId: keyArn(key),
    Plaintext: plaintext.toString("base64"),
    CiphertextBlob: encrypt(key, plaintext, EncryptionContext).toString("base64"),
  };
}

const OPERATIONS: Record<string, (input: unknown) => Json> = {
  Encrypt: (input) => {
    const { KeyId, Plaintext, EncryptionContext } = encryptSchema.parse(input);
    const key = findKey(KeyId);
    const blob = encrypt(key, Buffer.from(Plaintext, "base64"), EncryptionContext);
    return { KeyId: keyArn(key), CiphertextBlob: blob.toString("base64"), EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
  },
  Decrypt: (input) => {
    const { KeyId, CiphertextBlob, EncryptionContext } = decryptSchema.parse(input);
    const { key, plaintext } = decrypt(Buffer.from(CiphertextBlob, "base64"), EncryptionContext);
    if (KeyId !== undefined && findKey(KeyId) !== key) {
      throw new KmsError("IncorrectKeyException", `the ciphertext isn't of the key ${KeyId}`);
    }
    return {
      KeyId: keyArn(key),
      Plaintext: plaintext.toString("base64"),
      EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    };
  },
  DescribeKey: (input) => {
    const key = findKey(describeSchema.parse(input).KeyId);
    return {
      KeyMetadata: {
        KeyId: key.id,
        Arn: keyArn(key),
        Enabled: true,
        KeyState: "Enabled",
        KeyUsage: "ENCRYPT_DECRYPT",
        KeySpec: "SYMMETRIC_DEFAULT",
      },
    };
  },
  GenerateDataKey: generateDataKey,
};

function refused(error: unknown): Answer {
  const code = error instanceof KmsError ? error.code : "ValidationException";
  const message = error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : "";
  return { status: 400, body: { __type: code, message }, contentType: "application/x-amz-json-1.1" };
}

function handle({ headers, body }: Asked): Answer {
  const target = String(headers["x-amz-target"] ?? "");
  const operation = OPERATIONS[target.replace(/^TrentService\./, "")];
  try {
    if (operation === undefined) throw new KmsError("UnknownOperationException", `KMS' ${target} isn't answered here`);
    return { status: 200, body: operation(JSON.parse(body)), contentType: "application/x-amz-json-1.1" };
  } catch (error) {
    return refused(error);
  }
}

/** Answers KMS' JSON 1.1 protocol for the stacks' secrets providers: Encrypt, Decrypt, DescribeKey, GenerateDataKey. */
export function serveKms(options: { port: number } = { port: 0 }): Promise<Service> {
  return serveHttp(handle, options);
}
