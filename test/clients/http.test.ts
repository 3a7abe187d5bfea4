import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { ask, type Call, NoAnswer } from "../../infra/clients/http.ts";

interface Place {
  url: string;
  /** What it was asked, in order. */
  asked: { method: string; path: string; headers: IncomingHttpHeaders; body: string }[];
}

type Answering = (request: IncomingMessage, response: ServerResponse, nth: number) => void;

/** Runs the work with a server that answers so. */
async function withServer<T>(answering: Answering, work: (place: Place) => Promise<T>): Promise<T> {
  const asked: Place["asked"] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const { method = "", url = "", headers } = request;
    asked.push({ method, path: url, headers, body });
    answering(request, response, asked.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  try {
    return await work({ url: `http://127.0.0.1:${address.port}`, asked });
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
}

const silent: Answering = () => undefined;
const answering =
  (status: number, text = "", headers: Record<string, string> = {}): Answering =>
  (_, response) => {
    response.writeHead(status, headers).end(text);
  };
const failing =
  (times: number): Answering =>
  (_, response, nth) => {
    response.writeHead(nth > times ? 200 : 503).end(nth > times ? "well" : "not now");
  };

describe("a call by HTTP", function () {
  this.timeout(20_000);

  it("gives whatever status comes, with the headers and the whole text", () =>
    withServer(answering(418, "tea", { "x-a": "b" }), async ({ url, asked }) => {
      const answer = await ask({ url: `${url}/pot?a=b`, method: "POST", json: { cup: 1 }, headers: { "x-key": "k" } });
      assert.deepEqual([answer.status, answer.text, answer.headers["x-a"]], [418, "tea", "b"]);
      const [{ method, path, headers, body } = assert.fail()] = asked;
      assert.deepEqual([method, path, body], ["POST", "/pot?a=b", `{"cup":1}`]);
      assert.deepEqual(
        [headers["content-type"], headers["x-key"], headers["user-agent"]],
        ["application/json", "k", "production-runbooks"],
      );
    }));

  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"] as const) {
    it(`is sent once unless it may arrive twice: ${method}`, () =>
      withServer(failing(9), async ({ url, asked }) => {
        assert.equal((await ask({ url, method })).status, 503);
        assert.equal(asked.length, 1);
      }));

    it(`is sent again where the answer is "not now", with its body: ${method}`, () =>
      withServer(failing(2), async ({ url, asked }) => {
        const call: Call = method === "GET" ? { url, method } : { url, method, json: { a: 1 } };
        assert.equal((await ask({ ...call, retries: 2 })).text, "well");
        assert.deepEqual(new Set(asked.map(({ body }) => body)), new Set([method === "GET" ? "" : `{"a":1}`]));
        assert.equal(asked.length, 3);
      }));
  }

  it("gives the last answer where it never comes to another", () =>
    withServer(failing(9), async ({ url, asked }) => {
      const answer = await ask({ url, retries: 2 });
      assert.deepEqual([answer.status, answer.text, asked.length], [503, "not now", 3]);
    }));

  for (const status of [200, 301, 400, 401, 403, 404, 409, 501]) {
    it(`isn't sent again after ${status}`, () =>
      withServer(answering(status, "said"), async ({ url, asked }) => {
        const answer = await ask({ url, retries: 3 });
        assert.deepEqual([answer.status, answer.text, asked.length], [status, "said", 1]);
      }));
  }

  it("is sent again where the connection breaks before an answer, and says so at last", () =>
    withServer(
      (request) => request.socket.destroy(),
      async ({ url, asked }) => {
        await assert.rejects(ask({ url, retries: 2 }), (error) => error instanceof NoAnswer && error.code !== null);
        assert.equal(asked.length, 3);
      },
    ));

  it("says that nobody is there, and nothing of the address, the headers or the body", async () => {
    const url = "http://127.0.0.1:1/secret-path?key=secret-query";
    const call: Call = { url, method: "POST", headers: { authorization: "secret-header" }, json: "secret-body" };
    await assert.rejects(ask(call), (error: Error) => {
      assert.ok(error instanceof NoAnswer);
      assert.deepEqual([error.code, error.message], ["ECONNREFUSED", "no answer (ECONNREFUSED)"]);
      assert.doesNotMatch(JSON.stringify(error, [...Object.getOwnPropertyNames(error), "cause"]), /secret/);
      return true;
    });
  });

  for (const [how, server] of [
    ["no answer begins", silent],
    [
      "an answer doesn't end",
      (_, response) => {
        response.writeHead(200).write("half");
      },
    ],
    [
      "an answer drips",
      (_, response) => {
        const timer = setInterval(() => response.write("."), 50);
        response.once("close", () => clearInterval(timer)).writeHead(200);
      },
    ],
  ] satisfies [string, Answering][]) {
    it(`ends in time where ${how}`, () =>
      withServer(server, async ({ url }) => {
        const begun = performance.now();
        await assert.rejects(ask({ url, within: 300 }), {
          name: "TimeoutError",
          message: "no answer within 0.3 s",
          code: null,
        });
        assert.ok(performance.now() - begun < 3_000);
      }));
  }

  it("ends with its caller's signal, for its reason, also between two tries", () =>
    withServer(failing(99), async ({ url, asked }) => {
      const leave = new AbortController();
      const called = ask({ url, retries: 50, signal: leave.signal });
      const reason = new Error("the change is called off");
      setTimeout(() => leave.abort(reason), 100);
      await assert.rejects(called, reason);
      const before = asked.length;
      await ask({ url });
      assert.equal(asked.length, before + 1);
    }));

  it("tells what an answer begins with, although its body never comes", () =>
    withServer(
      (_, response) => {
        response.writeHead(207).write("half");
      },
      async ({ url }) => {
        const heads: number[] = [];
        await assert.rejects(ask({ url, within: 300, onHead: ({ status }) => heads.push(status) }));
        assert.deepEqual(heads, [207]);
      },
    ));

  it("follows no redirect unless told to", () =>
    withServer(answering(302, "", { location: "/there" }), async ({ url, asked }) => {
      assert.equal((await ask({ url })).status, 302);
      assert.equal(asked.length, 1);
    }));

  it("follows redirects without its credential", () =>
    withServer(answering(200, "there"), (there) =>
      withServer(
        (request, response) => {
          const location = request.url === "/away" ? `${there.url}/blob` : "/away";
          response.writeHead(307, { location }).end();
        },
        async ({ url, asked }) => {
          const headers = { authorization: "Bearer hush", cookie: "session=hush" };
          const answer = await ask({ url: `${url}/first`, headers, redirects: 2 });
          assert.equal(answer.text, "there");
          assert.deepEqual(
            asked.map(({ path, headers: { authorization } }) => [path, authorization]),
            [
              ["/first", "Bearer hush"],
              ["/away", undefined],
            ],
          );
          const [{ headers: sent } = assert.fail()] = there.asked;
          assert.deepEqual([sent.authorization, sent.cookie], [undefined, undefined]);
        },
      ),
    ));

  it("gives the last redirect where there are more than may be followed", () =>
    withServer(answering(302, "", { location: "/on?again" }), async ({ url }) => {
      assert.equal((await ask({ url, redirects: 1 })).status, 302);
    }));
});
