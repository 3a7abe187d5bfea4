import assert from "node:assert/strict";
import { READ_ONLY } from "../../infra/board/identity.ts";
import { Refusal } from "../../infra/errors.ts";
import { boardIdentityIn } from "../../infra/service/board-identity.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

describe("who may act on the board, by the environment", () => {
  it("is nobody where nothing is set, or all is empty", () => {
    assert.deepEqual(boardIdentityIn({}), READ_ONLY);
    assert.deepEqual(boardIdentityIn({ RUNBOOKS_BOARD_ORIGIN: "", RUNBOOKS_BOARD_TOKENS: "" }), READ_ONLY);
  });

  it("is whom the proxy names, or who has a token", () => {
    const identity = boardIdentityIn({
      RUNBOOKS_BOARD_ORIGIN: "https://board.example.com",
      RUNBOOKS_BOARD_PROXY_HEADER: "X-Auth-Request-Email",
      RUNBOOKS_BOARD_PROXY_SECRET: SECRET,
      RUNBOOKS_BOARD_TOKENS: JSON.stringify({ Ada: "a".repeat(64) }),
    });
    assert.deepEqual(identity, {
      origin: "https://board.example.com",
      proxy: { header: "X-Auth-Request-Email", secret: SECRET },
      tokens: { Ada: "a".repeat(64) },
    });
  });

  it("is refused with every problem at once, and no secret in it", () => {
    const wrong = {
      RUNBOOKS_BOARD_ORIGIN: "board.example.com/path",
      RUNBOOKS_BOARD_PROXY_SECRET: "too-short-secret",
      RUNBOOKS_BOARD_TOKENS: '{"Ada": "the-token-itself"}',
    };
    assert.throws(
      () => boardIdentityIn(wrong),
      (error) => {
        assert.ok(error instanceof Refusal);
        assert.equal(error.problems.length, 4);
        assert.doesNotMatch(error.message, /too-short-secret|the-token-itself/);
        return true;
      },
    );
  });
});
