import assert from "node:assert/strict";
import { countRequests } from "../../../infra/runner/respond/look.ts";

describe("the requests counted during an incident", () => {
  it("are nobody's to know where the source fails or has nothing, and the record says why", async () => {
    assert.deepEqual(await countRequests(() => Promise.reject(new Error("Prometheus at p:9090 answered 503"))), {
      counted: null,
      uncounted: "Prometheus at p:9090 answered 503",
    });
    assert.deepEqual(await countRequests(async () => []), {
      counted: null,
      uncounted: "the metrics have no reading",
    });
  });
});
