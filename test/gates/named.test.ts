import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { headersIn, keyedHeader, type ReleaseHeaders } from "../../infra/domain/release-header.ts";
import { keptFinding } from "../../infra/gates/finding.ts";
import { newAgent, openClient } from "../../infra/gates/http.ts";
import { newRecorder, type OwnRecorder } from "../../infra/metrics/own-requests.ts";

const RELEASE = "rc0ffee001";
const VALUE = keyedHeader(RELEASE, "key");
const KEYED = headersIn([
  { release: RELEASE, header: VALUE },
  { release: null, header: keyedHeader(null, "key") },
  { release: null, header: null },
]);
const PLAIN = headersIn([
  { release: RELEASE, header: RELEASE },
  { release: null, header: null },
]);

describe("a gate's request to a release", () => {
  let server: Server;
  let asked: string | undefined;
  let answer: { status: number; said: string | null };
  let recorder: OwnRecorder;
  const agent = newAgent();

  beforeEach(async () => {
    recorder = newRecorder();
    answer = { status: 200, said: RELEASE };
    server = createServer((request, response) => {
      asked = request.headers["x-runbooks-release"]?.toString();
      if (answer.said !== null) response.setHeader("x-runbooks-release", answer.said);
      response.writeHead(answer.status).end("{}");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  after(() => agent.destroy());

  async function get(headers: ReleaseHeaders) {
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const target = {
      baseUrl: `http://127.0.0.1:${address.port}`,
      hostname: null,
      release: RELEASE,
      stable: null,
      headers,
      healthPath: "/api/health",
      readyPath: "/api/health/ready",
      user: "",
      password: "",
      meter: recorder,
    };
    const client = openClient({
      target,
      release: RELEASE,
      jar: new Map(),
      agent,
      signal: () => new AbortController().signal,
      calls: [],
    });
    const reply = await client.call("GET", "/api/health").then(
      ({ status }) => status,
      (error: unknown) => keptFinding(error),
    );
    const { releases, unclear } = recorder.take() ?? {};
    return { reply, releases, unclear };
  }

  it("carries the value of the route, and the id where the route knows no value", async () => {
    await get(KEYED);
    assert.equal(asked, VALUE);
    await get(PLAIN);
    assert.equal(asked, RELEASE);
    await get(headersIn([]));
    assert.equal(asked, RELEASE);
  });

  it("is counted to the release that says that it answered", async () => {
    const { reply, releases } = await get(KEYED);
    assert.deepEqual([reply, releases], [200, { [RELEASE]: { requests: 1, errors: 0 } }]);
  });

  it("says nothing of the release where an answer to the key names nobody: the weights gave it to anyone", async () => {
    for (const status of [200, 401, 404]) {
      answer = { status, said: null };
      const { reply, unclear } = await get(KEYED);
      const detail = `GET /api/health was meant for ${RELEASE}, and its answer (${status}) doesn't say who gave it`;
      assert.deepEqual([reply, unclear], [{ kind: "elsewhere", detail }, 1]);
    }
  });

  it("takes a 5xx that names nobody as it is: the Gateway answers so for a release without pods", async () => {
    answer = { status: 503, said: null };
    const { reply, unclear } = await get(KEYED);
    assert.deepEqual([reply, unclear], [503, 1]);
  });

  it("believes a Gateway that names nobody where no key is asked for", async () => {
    answer = { status: 200, said: null };
    const { reply, releases } = await get(PLAIN);
    assert.deepEqual([reply, releases], [200, { [RELEASE]: { requests: 1, errors: 0 } }]);
  });

  it("is elsewhere where another release says that it answered", async () => {
    answer = { status: 200, said: "r5table001" };
    for (const headers of [KEYED, PLAIN]) {
      const { reply } = await get(headers);
      const detail = `GET /api/health was meant for ${RELEASE} and answered by r5table001`;
      assert.deepEqual(reply, { kind: "elsewhere", detail });
    }
  });
});
