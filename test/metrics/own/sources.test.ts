import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { refusalOf } from "../../../infra/metrics/cloudwatch-api.ts";
import { cloudWatchMetric, newestValue, questionOf } from "../../../infra/metrics/own/cloudwatch.ts";
import { datadogMetric, newestPoint } from "../../../infra/metrics/own/datadog.ts";
import { httpMetric, numberAt } from "../../../infra/metrics/own/http.ts";
import { prometheusMetric } from "../../../infra/metrics/own/prometheus.ts";
import { signerFor } from "../../../infra/metrics/own/signed.ts";
import { metricCredentials } from "../../../infra/metrics/own/sources.ts";

const SECRET = "s3cr3t-of-the-source";
const signFor = (service: "aps" | "monitoring") =>
  signerFor(service, "eu-west-1", {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: SECRET,
    sessionToken: `${SECRET}-session`,
  });
const signal = new AbortController().signal;

interface Answer {
  status?: number;
  text: string;
}

/** What a source came to whose server answers so, and what it was asked. */
async function asked<Result>(answer: Answer, ask: (url: string) => Promise<Result>) {
  const requests: { url: URL; headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    requests.push({ url, headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(answer.status ?? 200, { "content-type": "application/json", location: "/elsewhere" });
    response.end(answer.text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port }: Pick<AddressInfo, "port"> = addressOf(server.address());
  try {
    const outcome = await ask(`http://127.0.0.1:${port}`).then(
      (value) => ({ value, error: "" }),
      (error: unknown) => ({ value: null, error: error instanceof Error ? error.message : String(error) }),
    );
    return { ...outcome, requests, request: requests[0] ?? null };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function addressOf(address: string | AddressInfo | null): AddressInfo {
  return address === null || typeof address === "string" ? assert.fail("the server has no port") : address;
}

const vector = (...values: string[]) =>
  JSON.stringify({
    status: "success",
    data: {
      resultType: "vector",
      result: values.map((value, index) => ({ metric: { pod: `p${index}` }, value: [1, value] })),
    },
  });

describe("a Prometheus' own metric", () => {
  const ask = (answer: Answer, region: string | null = null) =>
    asked(answer, (url) =>
      prometheusMetric({ url: `${url}/workspaces/ws-1`, region }, region === null ? null : signFor("aps"))(
        "sum(a + b)",
        signal,
      ),
    );

  it("is the value of the one series", async () => {
    const { value, request } = await ask({ text: vector("4.5") });
    assert.equal(value, 4.5);
    assert.equal(request?.url.searchParams.get("query"), "sum(a + b)");
    assert.equal(request?.headers.authorization, undefined);
  });

  it("is signed for Amazon's", async () => {
    const { value, request } = await ask({ text: vector("1") }, "eu-west-1");
    assert.equal(value, 1);
    assert.match(
      request?.headers.authorization ?? "",
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/aps\/aws4_request, SignedHeaders=.*host.*, Signature=[0-9a-f]{64}$/,
    );
    assert.equal(request?.url.search.includes("+"), false);
  });

  for (const [what, answer, why] of [
    ["no series", { text: vector() }, /has no series/],
    ["several series", { text: vector("1", "2") }, /answered 2 series: make it one/],
    ["NaN", { text: vector("NaN") }, /answered NaN/],
    ["infinity", { text: vector("+Inf") }, /answered Infinity/],
    ["no JSON", { text: "<html>" }, /not JSON/],
    ["nonsense", { text: `{"status":"success"}` }, /nonsense/],
    [
      "a refusal",
      { status: 400, text: `{"status":"error","errorType":"bad_data","error":"parse error"}` },
      /parse error/,
    ],
    ["an error", { status: 403, text: SECRET }, /answered 403$/],
  ] as const) {
    it(`has no value where ${what} comes back`, async () => {
      const { value, error } = await ask(answer, "eu-west-1");
      assert.equal(value, null);
      assert.match(error, why);
      assert.equal(error.includes(SECRET), false);
    });
  }
});

it("a signature is made over the body and the session's token", async () => {
  const url = new URL("https://monitoring.eu-west-1.amazonaws.com/");
  const headers = await signFor("monitoring")({ method: "POST", url, headers: {}, body: "{}" });
  assert.equal(headers["x-amz-content-sha256"], createHash("sha256").update("{}").digest("hex"));
  assert.match(headers.authorization ?? "", /SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,/);
});

describe("a metric of CloudWatch's", () => {
  const results = (...all: { Values: number[]; StatusCode?: string }[]) => JSON.stringify({ MetricDataResults: all });
  const ask = (answer: Answer) =>
    asked(answer, (url) =>
      cloudWatchMetric({ region: "eu-west-1", period: 60_000 }, signFor("monitoring"), url)("SUM(x)", signal),
    );

  it("is the newest value of the one series, asked for with a signature", async () => {
    const { value, request } = await ask({ text: results({ Values: [7, 3], StatusCode: "Complete" }) });
    assert.equal(value, 7);
    assert.equal(request?.headers["x-amz-target"], "GraniteServiceVersion20100801.GetMetricData");
    assert.match(request?.headers.authorization ?? "", /\/eu-west-1\/monitoring\/aws4_request/);
    assert.match(request?.body ?? "", /"Expression":"SUM\(x\)","Period":60/);
  });

  it("is asked for over whole periods, the last of which ended two minutes ago or more", () => {
    const { StartTime, EndTime } = questionOf("x", 60_000, 1_700_000_039_000);
    assert.equal(EndTime, 1_699_999_860);
    assert.equal(EndTime - StartTime, 300);
    assert.equal(questionOf("x", 60_000, 1_699_999_980_000).EndTime, 1_699_999_860);
    assert.equal(questionOf("x", 60_000, 1_699_999_979_999).EndTime, 1_699_999_800);
    assert.equal(questionOf("x", 300_000, 1_700_000_039_000).EndTime, 1_699_999_800);
  });

  for (const [what, text, why] of [
    ["no series", results(), /has no series/],
    ["several series", results({ Values: [1] }, { Values: [2] }), /answered 2 series/],
    ["no data point", results({ Values: [] }), /no data point/],
    ["a part", results({ Values: [1], StatusCode: "PartialData" }), /PartialData/],
    [
      "a message",
      JSON.stringify({ MetricDataResults: [], Messages: [{ Code: "ArithmeticError", Value: "1/0" }] }),
      /ArithmeticError/,
    ],
    ["a text", JSON.stringify({ MetricDataResults: [{ Values: ["NaN"] }] }), /nonsense/],
    ["more than a page", JSON.stringify({ MetricDataResults: [{ Values: [1] }], NextToken: "n" }), /more series/],
    ["no JSON", "", /not JSON/],
  ] as const) {
    it(`has no value where ${what} comes back`, () => {
      assert.throws(() => newestValue(text), why);
    });
  }

  it("tells why the query was refused, and nothing of a signature's refusal, which repeats the token", async () => {
    const refused = JSON.stringify({ __type: "com.amazonaws#ValidationError", message: "bad expression" });
    assert.equal(refusalOf(400, refused), "CloudWatch answered 400: ValidationError: bad expression");
    const echo = JSON.stringify({
      __type: "InvalidSignatureException",
      message: `x-amz-security-token:${SECRET}-session`,
    });
    const { error } = await ask({ status: 403, text: echo });
    assert.equal(error, "CloudWatch answered 403: InvalidSignatureException");
  });
});

describe("a metric of Datadog's", () => {
  const env = { DD_API_KEY: SECRET, DD_APP_KEY: `${SECRET}-app` };
  const TO = 1_700_000_003;
  const series = (...all: (number | null)[][]) =>
    JSON.stringify({
      status: "ok",
      series: all.map((values) => ({ interval: 20, pointlist: values.map((value, at) => [at, value]) })),
    });
  const answering = (one: object) => JSON.stringify({ status: "ok", series: [one] });
  /** Points of some seconds, the newest of which began 3 s before the end of the time asked for. */
  const pointsUntil = (interval: number, ...values: (number | null)[]) =>
    values.map((value, at) => [(TO - 3 - (values.length - 1 - at) * interval) * 1_000, value]);
  const ask = (answer: Answer, keys: Record<string, string> = env) =>
    asked(answer, (url) => datadogMetric({ site: "datadoghq.eu", over: 300_000 }, keys, url)("avg:x{*}", signal));

  it("is the newest point that has a value", async () => {
    const asked = Math.floor(Date.now() / 1_000);
    const { value, request } = await ask({ text: series([1, 2, null]) });
    assert.equal(value, 2);
    const end = Number(request?.url.searchParams.get("to")) - asked;
    assert.ok(end >= -30 && end < -20, `${end}: what was counted later may not have been sent yet`);
    assert.equal(request?.headers["dd-api-key"], SECRET);
    assert.equal(request?.headers["dd-application-key"], `${SECRET}-app`);
    assert.equal(Number(request?.url.searchParams.get("to")) - Number(request?.url.searchParams.get("from")), 300);
  });

  it("is that of a time that is over: the sum of one that isn't still grows", () => {
    const twenty = (...values: (number | null)[]) => answering({ interval: 20, pointlist: pointsUntil(20, ...values) });
    assert.equal(newestPoint(twenty(50, 40, 1), TO), 40);
    assert.equal(newestPoint(twenty(50, 40, 1), TO + 16), 40);
    assert.equal(newestPoint(twenty(50, 40, 33), TO + 17), 33);
    assert.equal(newestPoint(twenty(50, null, 1), TO), 50);
    assert.throws(() => newestPoint(twenty(1), TO), /no value .* but of 20 s that weren't over: .* with `over`/);
    const unsaid = answering({ pointlist: pointsUntil(20, 50, 40, 33, 20, 1) });
    assert.equal(newestPoint(unsaid, TO), 40, "a minute where the answer doesn't say");
  });

  it("is there within the time that is asked for where nothing else is set, whenever it is asked", () => {
    for (const interval of [10, 20, 60, 120]) {
      for (let to = TO; to < TO + interval; to += 1) {
        const began = Math.floor(to / interval) * interval;
        const times = Array.from({ length: 30 }, (_, index) => began - index * interval).filter((at) => at >= to - 300);
        const newest = newestPoint(answering({ interval, pointlist: times.map((at) => [at * 1_000, at]) }), to);
        assert.ok(to - newest >= interval && to - newest < 2 * interval, `${interval} s: ${to - newest} s ago`);
      }
    }
  });

  it("isn't asked without keys", async () => {
    const { error, requests } = await ask({ text: series([1]) }, { DD_API_KEY: "" });
    assert.match(error, /^DD_API_KEY and DD_APP_KEY must be set/);
    assert.equal(requests.length, 0);
  });

  for (const [what, text, why] of [
    ["no series", series(), /has no series/],
    ["several series", series([1], [2]), /answered 2 series/],
    ["no value", series([null, null]), /no value/],
    ["no point", series([]), /no value/],
    ["an error", JSON.stringify({ status: "error", error: SECRET }), /could not answer/],
    ["nonsense", JSON.stringify({ series: 3 }), /nonsense/],
    ["no JSON", "oops", /not JSON/],
  ] as const) {
    it(`has no value where ${what} comes back`, () => {
      assert.throws(
        () => newestPoint(text, TO),
        (error: Error) => why.test(error.message) && !error.message.includes(SECRET),
      );
    });
  }

  it("has none where it is refused, and names no key", async () => {
    const { error } = await ask({ status: 403, text: `{"errors":["${SECRET}"]}` });
    assert.match(error, /^Datadog at 127\.0\.0\.1:\d+ answered 403$/);
  });
});

describe("a metric of any endpoint", () => {
  const ask = (answer: Answer, env: Record<string, string> = { METRICS_TOKEN: SECRET }) =>
    asked(answer, (url) =>
      httpMetric({ path: "data.0.value", tokenFrom: "METRICS_TOKEN" }, env)(`${url}/orders?release=r1`, signal),
    );

  it("is the number at its path, asked for with the token", async () => {
    const { value, request } = await ask({ text: `{"data":[{"value":0.25}]}` });
    assert.equal(value, 0.25);
    assert.equal(request?.headers.authorization, `Bearer ${SECRET}`);
    assert.equal(request?.url.searchParams.get("release"), "r1");
    assert.equal(numberAt("e", "3", ""), 3);
  });

  it("isn't asked without its token", async () => {
    const { error, requests } = await ask({ text: "{}" }, {});
    assert.match(error, /^METRICS_TOKEN must be set in the environment/);
    assert.equal(requests.length, 0);
  });

  it("is not looked for elsewhere: the token stays where it was sent", async () => {
    const { error, requests } = await ask({ status: 302, text: "" });
    assert.match(error, /answered 302$/);
    assert.equal(requests.length, 1);
  });

  for (const [what, text, why] of [
    ["nothing", `{"data":[]}`, /has nothing at data\.0\.value/],
    ["null", `{"data":[{"value":null}]}`, /has null at/],
    ["a text", `{"data":[{"value":"${SECRET}"}]}`, /has a text at/],
    ["a list", `{"data":[{"value":[1]}]}`, /has a list at/],
    ["a boolean", `{"data":[{"value":true}]}`, /has a boolean at/],
    ["something inherited", `{"data":[{"__proto__":1}]}`, /has nothing at/],
    ["more than a number holds", `{"data":[{"value":1e999}]}`, /answered Infinity/],
    ["no JSON", "NaN", /not JSON/],
  ] as const) {
    it(`has no value where ${what} is there`, () => {
      assert.throws(
        () => numberAt("e", text, "data.0.value"),
        (error: Error) => why.test(error.message) && !error.message.includes(SECRET),
      );
    });
  }

  it("has none where nobody listens, and the error names the host alone", async () => {
    const outcome = await httpMetric({ path: "", tokenFrom: null }, {})(
      `http://127.0.0.1:9/x?key=${SECRET}`,
      signal,
    ).catch((error: unknown) => String(error));
    assert.match(String(outcome), /127\.0\.0\.1:9 could not be reached/);
    assert.equal(String(outcome).includes(SECRET), false);
  });
});

it("the keys that sources are asked with are known, so that no record takes them", () => {
  const sources = [
    { source: "datadog", site: "datadoghq.com", over: 1 },
    { source: "http", path: "", tokenFrom: "METRICS_TOKEN" },
    { source: "http", path: "" },
  ] as const;
  assert.deepEqual(metricCredentials(sources, { DD_API_KEY: "a", METRICS_TOKEN: "b", DD_APP_KEY: "" }), ["a", "b"]);
});
