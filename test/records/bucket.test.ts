import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { S3ServiceException } from "@aws-sdk/client-s3";
import { EXIT, Refusal } from "../../infra/errors.ts";
import { troubleWithBucket } from "../../infra/records/bucket.ts";
import { openStore } from "../../infra/records/open-store.ts";
import { createRedactor } from "../../infra/records/redaction/redact.ts";
import { bucketStore } from "../../infra/records/s3-store.ts";
import type { RecordStore } from "../../infra/records/store.ts";
import { countedBucket } from "../../verification/bench/growth/counted-bucket.ts";

const answered = (name: string, status: number) =>
  new S3ServiceException({ name, message: name, $fault: "server", $metadata: { httpStatusCode: status } });

describe("the record store in a bucket", () => {
  const explained: [Error, RegExp][] = [
    [answered("NoSuchBucket", 404), /s3:\/\/records\/ doesn't exist: the stack's first `pulumi up` creates the bucket/],
    [answered("AccessDenied", 403), /may not be used by these credentials: allow s3:GetObject/],
    [answered("ExpiredToken", 400), /which have expired: renew them/],
    [answered("SlowDown", 503), /can't be reached \(SlowDown: SlowDown\)/],
    [Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), /can't be reached \(ECONNREFUSED\)/],
    [Object.assign(new Error("late"), { name: "TimeoutError" }), /can't be reached \(TimeoutError\)/],
  ];
  for (const [error, meaning] of explained) {
    it(`explains ${error.name} ${error.message}`, () => {
      const trouble = troubleWithBucket("s3://records/", error, EXIT.refused);
      assert.ok(trouble instanceof Refusal);
      assert.equal(trouble.code, error.name === "NoSuchBucket" ? "no-store" : null);
      assert.match(trouble.message, meaning);
    });
  }

  it("writes nothing more to a record whose head can't be read", async () => {
    const { bucket, texts } = countedBucket();
    const store = bucketStore("s3://counted/", bucket, createRedactor([]));
    const change = await store.open("staging", new Date("2026-11-22T09:00:00Z"), {});
    texts.set(`${change}/head.json`, "{");
    assert.match((await store.verify(change))[0]?.problem ?? "", /the head is missing or unreadable/);
    assert.equal((await store.read(change)).length, 1, "it is still shown");
    await assert.rejects(
      store.append(change, 2, { at: "2026-11-22T10:00:00.000Z", step: null, type: "note", data: { text: "two" } }),
      (error) =>
        error instanceof Refusal && error.exit === EXIT.stuck && /head\.json.* can't be read/.test(error.message),
    );
  });

  it("leaves a defect and a refusal as they are", () => {
    for (const error of [new TypeError("a defect"), new Refusal({ exit: EXIT.busy, problems: ["busy"] })]) {
      assert.equal(troubleWithBucket("s3://records/", error, EXIT.stuck), error);
    }
  });

  /** Opens the store with its own endpoint in the environment, for as long as the work takes. */
  async function at<T>(endpoint: string, work: (store: RecordStore) => Promise<T>): Promise<T> {
    const variables = {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
    };
    const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, variables);
    try {
      return await work(await openStore("s3://records/team", { secrets: [] }));
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  }

  it("tells a bucket that isn't there from one without the object: S3 answers both with 404", async () => {
    let code = "NoSuchKey";
    const server = createServer((_, response) => {
      response.writeHead(404, { "content-type": "application/xml" }).end(`<Error><Code>${code}</Code></Error>`);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    await at(`http://127.0.0.1:${address.port}`, async (store) => {
      assert.equal(await store.askedToCallOff("CHG-2026-11-22-001"), null);
      code = "NoSuchBucket";
      await assert.rejects(
        store.askedToCallOff("CHG-2026-11-22-001"),
        (error) => error instanceof Refusal && /s3:\/\/records\/team\/ doesn't exist/.test(error.message),
      );
    });
    server.closeAllConnections();
    server.close();
  });

  it("is refused before a change where nobody answers at its endpoint", async function () {
    this.timeout(20_000);
    await at("http://127.0.0.1:1", (store) =>
      assert.rejects(
        store.check(),
        (error) => error instanceof Refusal && error.exit === EXIT.refused && /can't be reached/.test(error.message),
      ),
    );
  });
});
