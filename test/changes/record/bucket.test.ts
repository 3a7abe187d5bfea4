import assert from "node:assert/strict";
import { S3ServiceException } from "@aws-sdk/client-s3";
import { troubleWithBucket } from "../../../infra/changes/record/bucket.ts";
import { openStore } from "../../../infra/changes/record/open-store.ts";
import { EXIT, Refusal } from "../../../infra/changes/refusal.ts";

const answered = (name: string, status: number) =>
  new S3ServiceException({ name, message: name, $fault: "server", $metadata: { httpStatusCode: status } });

describe("the record store in a bucket", () => {
  const explained: [Error, RegExp][] = [
    [answered("NoSuchBucket", 404), /s3:\/\/records\/ doesn't exist: the stack's first `pulumi up` makes the bucket/],
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
      assert.match(trouble.message, meaning);
    });
  }

  it("leaves a defect and a refusal as they are", () => {
    for (const error of [new TypeError("a defect"), new Refusal({ exit: EXIT.busy, problems: ["busy"] })]) {
      assert.equal(troubleWithBucket("s3://records/", error, EXIT.stuck), error);
    }
  });

  it("is refused before a change where nobody answers at its endpoint", async function () {
    this.timeout(20_000);
    const names = ["AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;
    const before = names.map((name) => [name, process.env[name]] as const);
    process.env.AWS_ENDPOINT_URL_S3 = "http://127.0.0.1:1";
    process.env.AWS_REGION = "eu-west-1";
    process.env.AWS_ACCESS_KEY_ID = "key";
    process.env.AWS_SECRET_ACCESS_KEY = "secret";
    try {
      const store = await openStore("s3://records/team", { secrets: [] });
      await assert.rejects(
        store.check(),
        (error) => error instanceof Refusal && error.exit === EXIT.refused && /can't be reached/.test(error.message),
      );
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });
});
