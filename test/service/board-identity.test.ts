import assert from "node:assert/strict";
import { Refusal } from "../../infra/errors.ts";
import { type BoardSecrets, boardIdentityOf, boardSecretsIn } from "../../infra/service/board-identity.ts";
import { READ_ONLY } from "../board/world.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const NO_SECRETS: BoardSecrets = { proxySecret: null, tokens: {} };
const SECRETS: BoardSecrets = { proxySecret: SECRET, tokens: { Ada: "a".repeat(64) } };
const HEADER = "X-Auth-Request-Email";
const ORIGIN = "https://board.example.com";

describe("the board's secrets, from the environment", () => {
  it("are none where nothing is set, or all is empty", () => {
    assert.deepEqual(boardSecretsIn({}), NO_SECRETS);
    assert.deepEqual(boardSecretsIn({ RUNBOOKS_BOARD_PROXY_SECRET: "", RUNBOOKS_BOARD_TOKENS: "" }), NO_SECRETS);
  });

  it("are the proxy's and the tokens' digests", () => {
    const tokens = JSON.stringify({ Ada: "a".repeat(64) });
    assert.deepEqual(boardSecretsIn({ RUNBOOKS_BOARD_PROXY_SECRET: SECRET, RUNBOOKS_BOARD_TOKENS: tokens }), SECRETS);
  });

  it("are refused with every problem at once, no secret in it, and the setting in place of a variable of before", () => {
    const wrong = {
      RUNBOOKS_BOARD_ORIGIN: ORIGIN,
      RUNBOOKS_BOARD_PROXY_HEADER: HEADER,
      RUNBOOKS_BOARD_PROXY_SECRET: "too-short-secret",
      RUNBOOKS_BOARD_TOKENS: '{"Ada": "the-token-itself"}',
    };
    assert.throws(
      () => boardSecretsIn(wrong),
      (error) => {
        assert.ok(error instanceof Refusal);
        assert.equal(error.problems.length, 4);
        assert.match(error.message, /unset it and write production-runbooks:board\.proxyHeader/);
        assert.doesNotMatch(error.message, /too-short-secret|the-token-itself/);
        return true;
      },
    );
  });
});

describe("who may act on the board, by the stacks' settings", () => {
  const of = (secrets: BoardSecrets, ...boards: ({ origin?: string; proxyHeader?: string } | null)[]) =>
    boardIdentityOf(
      secrets,
      boards.map((board, place) => ({ stack: ["staging", "production"][place] ?? "another", board })),
    );

  it("is nobody where nothing is set, and whom the proxy names where both of its parts are", () => {
    assert.deepEqual(of(NO_SECRETS, {}, {}), READ_ONLY);
    assert.deepEqual(of(SECRETS, { origin: ORIGIN, proxyHeader: HEADER }, {}), {
      origin: ORIGIN,
      proxy: { header: HEADER, secret: SECRET },
      tokens: SECRETS.tokens,
      problem: null,
    });
  });

  it("is nobody through the proxy where a part is missing or not read yet, and the board says which", () => {
    const unset = of(NO_SECRETS, { proxyHeader: HEADER });
    assert.deepEqual([unset.proxy, unset.problem?.split(" ")[0]], [null, "RUNBOOKS_BOARD_PROXY_SECRET"]);
    assert.match(of(SECRETS, {}, {}).problem ?? "", /board\.proxyHeader isn't set on any stack/);
    assert.match(of(SECRETS, {}, null).problem ?? "", /settings aren't read yet/);
  });

  it("is nobody through the proxy where two stacks don't agree: neither one's header counts", () => {
    const { proxy, problem, tokens } = of(SECRETS, { proxyHeader: HEADER }, { proxyHeader: "X-Forwarded-User" });
    assert.equal(proxy, null);
    assert.match(
      problem ?? "",
      /"X-Auth-Request-Email" on staging and "X-Forwarded-User" on production: write the same/,
    );
    assert.deepEqual(tokens, SECRETS.tokens);
    assert.equal(
      of(SECRETS, { proxyHeader: HEADER, origin: ORIGIN }, { origin: "https://other.example.com" }).proxy,
      null,
    );
  });
});
