import assert from "node:assert/strict";
import { z } from "zod";
import { ACCOUNTS, databaseUrl, SUPABASE_MANAGEMENT_TOKEN } from "../../sandbox/cloud/accounts.ts";
import { hostResolver } from "../../sandbox/cloud/hosts.ts";
import { type Afm, startAfm } from "../../sandbox/cloud/services/afm.ts";
import type { Service } from "../../sandbox/cloud/services/http.ts";
import { serveKms } from "../../sandbox/cloud/services/kms.ts";
import { serveManagement, startProject } from "../../sandbox/cloud/services/supabase.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const answerSchema = z.record(z.string(), z.unknown());

describe("the KMS stand-in", () => {
  const { alias, id } = ACCOUNTS.staging.stackKey;
  let kms: Service;

  before(async () => {
    kms = await serveKms();
  });
  after(() => kms.close());

  const ask = async (operation: string, body: object): Promise<Record<string, unknown>> => {
    const headers = { "x-amz-target": `TrentService.${operation}`, "content-type": "application/x-amz-json-1.1" };
    const response = await fetch(kms.url, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, ...answerSchema.parse(await response.json()) };
  };

  it("decrypts what it encrypted, by any name of the key", async () => {
    const { CiphertextBlob } = await ask("Encrypt", { KeyId: alias, Plaintext: base64("hello") });
    for (const KeyId of [undefined, id, alias, `arn:aws:kms:eu-west-1:123456789012:key/${id}`]) {
      const { Plaintext } = await ask("Decrypt", { CiphertextBlob, ...(KeyId === undefined ? {} : { KeyId }) });
      assert.equal(Plaintext, base64("hello"));
    }
  });

  it("refuses another key, another context and a changed blob", async () => {
    const EncryptionContext = { stack: "staging" };
    const sealed = await ask("Encrypt", { KeyId: alias, Plaintext: base64("hello"), EncryptionContext });
    const CiphertextBlob = z.string().parse(sealed.CiphertextBlob);
    const other = { CiphertextBlob, EncryptionContext, KeyId: ACCOUNTS.production.stackKey.alias };
    assert.equal((await ask("Decrypt", other)).__type, "IncorrectKeyException");
    const foreign = { CiphertextBlob, EncryptionContext: { stack: "production" } };
    assert.equal((await ask("Decrypt", foreign)).__type, "InvalidCiphertextException");
    const bytes = Buffer.from(CiphertextBlob, "base64");
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    const changed = { CiphertextBlob: bytes.toString("base64"), EncryptionContext };
    assert.deepEqual((await ask("Decrypt", changed)).status, 400);
  });

  it("names an alias that it doesn't have", async () => {
    const answer = await ask("Encrypt", { KeyId: "alias/nobody", Plaintext: base64("x") });
    assert.equal(answer.__type, "NotFoundException");
    assert.match(String(answer.message), /alias\/nobody/);
  });

  it("makes data keys that decrypt to themselves", async () => {
    const { Plaintext, CiphertextBlob } = await ask("GenerateDataKey", { KeyId: alias, KeySpec: "AES_256" });
    assert.equal(Buffer.from(String(Plaintext), "base64").length, 32);
    assert.equal((await ask("Decrypt", { CiphertextBlob })).Plaintext, Plaintext);
  });

  it("decrypts the data keys of the committed stack files", async () => {
    const committed =
      "NWE0ZGIwYzUtN2E5MS00YzFlLTlhNTMtNWY3YTZjMWUwMDAx9B3Ji7DrMjRQFjFlnaPH8rRnu+aoWYMc4MtS9IcABirggp7k4VsarkmwTkVUz71Crzgh37g4/+Co7b4o";
    const { Plaintext } = await ask("Decrypt", { CiphertextBlob: committed });
    assert.equal(Buffer.from(String(Plaintext), "base64").length, 32);
  });
});

describe("the Supabase stand-in", () => {
  const KEY = ACCOUNTS.staging.supabaseKey;
  let database: "up" | "down" = "up";
  let project: Awaited<ReturnType<typeof startProject>>;
  let management: Service;

  beforeEach(async () => {
    database = "up";
    project = await startProject({ ref: "p1", key: KEY, databaseState: () => database });
    management = await serveManagement([project]);
  });
  afterEach(async () => {
    await project.gateway.close();
    await management.close();
  });

  const gateway = async (path: string, apikey?: string): Promise<number> => {
    const headers = apikey === undefined ? undefined : { apikey };
    const response = await fetch(`${project.gateway.url}${path}`, headers === undefined ? {} : { headers });
    await response.text();
    return response.status;
  };
  const manage = async (method: string, path: string, body?: object, token = SUPABASE_MANAGEMENT_TOKEN) => {
    const response = await fetch(`${management.url}/v1/projects/p1/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    return { status: response.status, answer };
  };
  const keySchema = z.looseObject({ id: z.string(), api_key: z.string(), name: z.string() });

  it("lets nothing pass without a key that exists", async () => {
    assert.equal(await gateway("/auth/v1/health", KEY), 200);
    assert.equal(await gateway("/rest/v1/", KEY), 200);
    assert.equal(await gateway("/auth/v1/health"), 401);
    assert.equal(await gateway("/rest/v1/", "sb_secret_wrong"), 401);
  });

  it("takes a second key, and refuses the first once that is deleted", async () => {
    const created = await manage("POST", "api-keys?reveal=true", { type: "secret", name: "chg_2026_11_22_001" });
    assert.equal(created.status, 201);
    const key = keySchema.parse(created.answer);
    assert.deepEqual([await gateway("/rest/v1/", KEY), await gateway("/rest/v1/", key.api_key)], [200, 200]);
    const twice = await manage("POST", "api-keys", { type: "secret", name: "chg_2026_11_22_001" });
    assert.equal(twice.status, 409);
    const listed = z.array(keySchema).parse((await manage("GET", "api-keys")).answer);
    assert.ok(
      listed.every(({ api_key }) => api_key !== KEY && api_key !== key.api_key),
      "a list hides the keys",
    );
    const [first] = listed.filter(({ name }) => name === "default");
    assert.equal((await manage("DELETE", `api-keys/${first?.id}`)).status, 200);
    assert.deepEqual([await gateway("/rest/v1/", KEY), await gateway("/rest/v1/", key.api_key)], [401, 200]);
  });

  it("says in its health which service is away", async () => {
    database = "down";
    const { answer } = await manage("GET", "health?services=auth,rest,db");
    const states = z.array(z.looseObject({ name: z.string(), status: z.string() })).parse(answer);
    assert.deepEqual(
      states.map(({ name, status }) => [name, status]),
      [
        ["auth", "ACTIVE_HEALTHY"],
        ["rest", "UNHEALTHY"],
        ["db", "UNHEALTHY"],
      ],
    );
    assert.equal(await gateway("/rest/v1/", KEY), 503);
    assert.equal((await manage("GET", "api-keys", undefined, "wrong")).status, 401);
  });

  it("goes away and comes back on the same port", async () => {
    await project.gateway.down();
    await assert.rejects(gateway("/rest/v1/", KEY));
    await project.gateway.up();
    assert.equal(await gateway("/rest/v1/", KEY), 200);
    assert.equal(project.revokeKeys(), 1);
    assert.equal(await gateway("/rest/v1/", KEY), 401);
  });
});

describe("the AFM stand-in", () => {
  let afm: Afm;

  before(async () => {
    afm = await startAfm([
      { value: "k1", owner: "t1" },
      { value: "k2", owner: "t2" },
    ]);
  });
  after(() => Promise.all([afm.service.close(), afm.adapter.close()]));

  const ask = async (method: string, path: string, headers: Record<string, string>): Promise<number> => {
    const body = method === "POST" ? { body: "{}" } : {};
    return (await fetch(`${afm.service.url}${path}`, { method, headers, ...body })).status;
  };

  it("takes both ways of giving a key, and refuses a revoked one", async () => {
    assert.equal(await ask("GET", "/v1/status", { authorization: "Bearer k1" }), 200);
    assert.equal(await ask("POST", "/v1/reconciliations", { "x-api-key": "k2" }), 202);
    assert.equal(await ask("GET", "/v1/status", { "x-api-key": "k3" }), 401);
    assert.deepEqual([afm.revoke("k1"), afm.revoke("k1")], [true, false]);
    assert.equal(await ask("GET", "/v1/status", { authorization: "Bearer k1" }), 401);
  });
});

describe("the sandbox's DNS", () => {
  const resolve = hostResolver([
    { name: "staging-project.supabase.co", protocol: "http:", port: 1001 },
    { name: "db.staging-project.supabase.co", protocol: "postgresql:", port: 1002 },
  ]);

  it("maps a known host to loopback and keeps the rest of the URL", () => {
    assert.equal(resolve("https://staging-project.supabase.co"), "http://127.0.0.1:1001");
    assert.equal(resolve("https://staging-project.supabase.co/rest/v1?a=b"), "http://127.0.0.1:1001/rest/v1?a=b");
    const { databasePassword } = ACCOUNTS.staging;
    assert.equal(resolve(databaseUrl("staging")), `postgresql://app:${databasePassword}@127.0.0.1:1002/postgres`);
  });

  it("leaves everything else alone", () => {
    const others = [
      "https://example.com",
      "info",
      "",
      "rediss://app-a:p@127.0.0.1:6379",
      "https://evil.staging-project.supabase.co.example",
    ];
    for (const value of others) assert.equal(resolve(value), value);
  });
});
