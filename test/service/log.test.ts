import assert from "node:assert/strict";
import { jsonLog } from "../../infra/service/log.ts";
import { captured } from "../reports/reporter/fixture.ts";

describe("the service's log", () => {
  it("is a JSON document a line, without the password of a URL that an error quotes", () => {
    const streams = captured(false);
    const log = jsonLog(streams.stdout, () => 0);
    const problems = ['Job app-migrate: parse "postgres://app:Pa55word@db/app": it failed'];
    log({ level: "error", stack: "staging", change: null, message: "couldn't go on", problems });
    const line: unknown = JSON.parse(streams.out());
    assert.deepEqual(line, {
      at: "1970-01-01T00:00:00.000Z",
      level: "error",
      stack: "staging",
      change: null,
      message: "couldn't go on",
      problems: ['Job app-migrate: parse "postgres://app:«redacted»@db/app": it failed'],
    });
  });
});
