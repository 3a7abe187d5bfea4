import assert from "node:assert/strict";
import { parseSettings } from "../../infra/settings/index.ts";
import { settingsWith, validSettings } from "../program/fixtures/settings.ts";
import { problemsIn } from "./problems-in.ts";

const MINUTE = 60_000;

const problemsWith = (changes: Record<string, unknown>) => problemsIn(() => parseSettings(settingsWith(changes)));

describe("the settings", () => {
  it("compare a canary with a fresh copy of the stable release only where that is asked for", () => {
    assert.equal(parseSettings(settingsWith({ "canary.baseline": "fresh" })).canary.baseline, "fresh");
    assert.throws(() => parseSettings(settingsWith({ "canary.baseline": "warm" })), /canary\.baseline/);
  });

  it("come out typed, with durations in milliseconds", () => {
    const settings = parseSettings(validSettings());
    assert.equal(settings.stage, "staging");
    assert.equal(settings.soak, 24 * 60 * MINUTE);
    assert.deepEqual(settings.canary, {
      baseline: "none",
      steps: [5, 25, 50, 100],
      stepFor: 10 * MINUTE,
      checks: [15 * MINUTE, 60 * MINUTE, 24 * 60 * MINUTE],
    });
    assert.deepEqual(settings.gates.errorRate, { alpha: 0.05, hardLimitPercent: 5 });
    assert.equal(settings.timeScale, undefined);
  });

  it("are read from JSON text as Pulumi hands it to a program, and from objects alike", () => {
    const asText = Object.fromEntries(
      Object.entries(validSettings()).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    );
    assert.deepEqual(parseSettings({ ...asText, timeScale: "14400" }), {
      ...parseSettings(validSettings()),
      timeScale: 14_400,
    });
  });

  it("let sessions in memory and redis:// pass: the policies refuse them", () => {
    const environment = { SESSION_STORE: "memory", REDIS_URL: "redis://cache:6379" };
    assert.deepEqual(problemsWith({ "application.environment": environment }), []);
  });

  it("take an adapter for AFM's keys that withdraws only where it lists them too", () => {
    const adapter = { url: "https://afm-keys.example", mint: false, revoke: true, introspect: true };
    const problemsOf = (introspect: boolean) =>
      problemsWith({ "services.afmKeys": { overlap: true, adapter: { ...adapter, introspect } } });
    assert.deepEqual(problemsOf(true), []);
    assert.match(
      problemsOf(false).join(),
      /services\.afmKeys\.adapter\.introspect is false: .*found in the adapter's list/,
    );
  });

  it("take what AWS takes of an on-call owner and of buckets' names", () => {
    for (const onCall of ["platform-on-call", "Söhne GmbH / on-call: a.b+c=d@e_f", "当番"]) {
      assert.deepEqual(problemsWith({ onCall }), []);
    }
    for (const records of ["s3://app-staging-records-123456789012", "s3://my.records/changes", "file:///tmp/records"]) {
      assert.deepEqual(problemsWith({ records }), []);
    }
  });

  it("take a database at a port that pods may call: those of every stack, its scheme's, and those that the settings name", () => {
    for (const place of ["db.example.com", "db.example.com:5432", "db.example.com:6543", "pooler.example.com:6432"]) {
      const changes = { databaseUrl: `postgresql://app:word@${place}/app`, "cluster.egressPorts": [6432] };
      assert.deepEqual(problemsWith(changes), [], place);
    }
  });

  it("take Prometheus as a source of metrics", () => {
    const metrics = { source: "prometheus", url: "http://prometheus.monitoring:9090", query: "requests" };
    assert.deepEqual(parseSettings(settingsWith({ metrics })).metrics, { ...metrics, scrapeInterval: 60_000 });
  });

  it("let production soak for as long as it wants", () => {
    assert.deepEqual(problemsWith({ stage: "production", soak: "1h" }), []);
  });

  const refused: [string, Record<string, unknown>, string[]][] = [
    ["an unknown stage", { stage: "prod" }, [`stage is "prod": write one of "staging", "production"`]],
    [
      "no on-call owner",
      { onCall: undefined },
      ["onCall is missing: write a text (numbers and true or false in quotes)"],
    ],
    ["an empty on-call owner", { onCall: "  " }, [`onCall is "  ": is empty: write a text`]],
    [
      "an on-call owner that is a number",
      { onCall: 7 },
      ["onCall is 7: write a text (numbers and true or false in quotes)"],
    ],
    [
      "an on-call owner that no tag takes",
      { onCall: "Platform (EU), O'Brien & Söhne <x@y.z>" },
      [
        `onCall is "Platform (EU), O'Brien & Söhne <x@y.z>": no tag of AWS takes ( ) , ' & < >: write letters, digits, spaces and _ . : / = + - @ alone, such as "platform-on-call"`,
      ],
    ],
    [
      "an on-call owner that is too long for a tag",
      { onCall: "a".repeat(257) },
      [`onCall is "${"a".repeat(59)}...: write at most 256 characters: a tag of AWS takes no more`],
    ],
    [
      "an application's name that ElastiCache cuts off",
      { "application.name": "a".repeat(22) },
      [
        `application.name is "${"a".repeat(22)}": write at most 21 characters: "-production-default" comes behind it, and ElastiCache's names have 40 in all`,
      ],
    ],
    [
      "an application's name with two hyphens in a row",
      { "application.name": "my--app" },
      [`application.name is "my--app": write single hyphens: ElastiCache's names take no "--"`],
    ],
    ...["6.2", "7.2", "8.0"].map((version): [string, Record<string, unknown>, string[]] => [
      `Redis ${version}`,
      { "sessionStore.engineVersion": version },
      [
        `sessionStore.engineVersion is "${version}": write "7.1" or "7.0": ElastiCache has no later Redis, and an earlier one can't be told to take TLS alone`,
      ],
    ]),
    [
      "a maintenance window of half an hour",
      { "sessionStore.maintenanceWindow": "sun:23:45-mon:00:15" },
      [`sessionStore.maintenanceWindow is "sun:23:45-mon:00:15": write an hour at least: ElastiCache takes no less`],
    ],
    [
      "a maintenance window at 25 o'clock",
      { "sessionStore.maintenanceWindow": "sun:25:00-sun:26:00" },
      [
        `sessionStore.maintenanceWindow is "sun:25:00-sun:26:00": write a weekly window in UTC such as "sun:03:00-sun:04:00"`,
      ],
    ],
    ...["s3://My-Records", "s3://ab", "s3://records-", "s3://a..b", "s3://10.0.0.1", `s3://${"r".repeat(64)}`].map(
      (records): [string, Record<string, unknown>, string[]] => [
        `a bucket called ${records.slice(5, 20)}`,
        { records },
        [
          `records is ${JSON.stringify(records).length > 60 ? `${JSON.stringify(records).slice(0, 60)}...` : JSON.stringify(records)}: S3 takes no bucket of that name: write 3 to 63 small letters, digits, '.' and '-', with a letter or digit at both ends`,
        ],
      ],
    ),
    ["a missing group", { canary: undefined }, ["canary is missing: write a group of keys"]],
    ["a group that is no JSON", { canary: "{steps" }, [`canary is "{steps": write a group of keys`]],
    ["an unknown key", { sock: "24h" }, ["sock: unknown key; the nearest known one is production-runbooks:soak"]],
    [
      "an unknown key inside a group",
      { "canary.stpes": [100] },
      ["canary.stpes: unknown key; the nearest known one is production-runbooks:canary.steps"],
    ],
    [
      "a known key in the wrong group",
      { steps: [100] },
      ["steps: unknown key; the nearest known one is production-runbooks:canary.steps"],
    ],
    [
      "an unknown key inside a list",
      { "release.migrations[0].sha": "x" },
      [
        "release.migrations[0].sha: unknown key; the nearest known one is production-runbooks:release.migrations[0].sha256",
      ],
    ],
    [
      "steps that don't rise",
      { "canary.steps": [5, 25, 20, 100] },
      ["canary.steps[2] is 20: must be above the entry before it (25): write them in rising order"],
    ],
    [
      "an age limit that is none",
      { rotation: { maxAge: "0s" } },
      [`rotation.maxAge is "0s": must be longer than nothing`],
    ],
    [
      "an age limit beyond ten years",
      { rotation: { maxAge: "3651d" } },
      [`rotation.maxAge is "3651d": is no limit: write 3650d at most`],
    ],
    [
      "a board with an address that is no origin, and a header that is none",
      { board: { origin: "https://board.example.com/path", proxyHeader: "X Email" } },
      [
        `board.origin is "https://board.example.com/path": write an origin such as "https://board.example.com", without a path`,
        `board.proxyHeader is "X Email": write the name of a header such as "X-Auth-Request-Email"`,
      ],
    ],
    [
      "a rotation of what is no secret",
      { rotation: { auto: ["SESSION_SECRET", "session"] } },
      [`rotation.auto[1] is "session": write one of "SUPABASE_KEY", "SESSION_SECRET", "AFM_KEY", "REDIS_URL"`],
    ],
    [
      "a step twice",
      { "canary.steps": [5, 5, 100] },
      ["canary.steps[1] is 5: must be above the entry before it (5): write them in rising order"],
    ],
    [
      "steps that never reach everybody",
      { "canary.steps": [5, 50] },
      ["canary.steps[1] is 50: the last step must be 100: add it, or no release ever has all traffic"],
    ],
    ["a step of nothing", { "canary.steps": [0, 100] }, ["canary.steps[0] is 0: write 1 or more"]],
    [
      "a step above everything",
      { "canary.steps": [5, 101] },
      [
        "canary.steps[1] is 101: write at most 100",
        "canary.steps[1] is 101: the last step must be 100: add it, or no release ever has all traffic",
      ],
    ],
    ["a step in parts", { "canary.steps": [2.5, 100] }, ["canary.steps[0] is 2.5: write a whole number"]],
    ["no steps", { "canary.steps": [] }, ["canary.steps is []: write 1 or more entries"]],
    [
      "checks that don't rise",
      { "canary.checks": ["1h", "15m"] },
      [`canary.checks[1] is "15m": must be above the entry before it (1h): write them in rising order`],
    ],
    [
      "a soak that isn't a duration",
      { soak: "a day" },
      [`soak: "a day" is not a duration: write for example "30s", "15m", "24h" or "1d 12h"`],
    ],
    [
      "a soak that is too short for staging",
      { soak: "23h" },
      [`soak is "23h": on staging a release soaks for 24h to 48h: write a duration in between`],
    ],
    [
      "a soak that is too long for staging",
      { soak: "49h" },
      [`soak is "49h": on staging a release soaks for 24h to 48h: write a duration in between`],
    ],
    ["one replica", { "application.replicas.min": 1 }, ["application.replicas.min is 1: write 2 or more"]],
    [
      "fewer replicas at most than at least",
      { "application.replicas": { min: 4, max: 3 } },
      ["application.replicas.max is 3: is below replicas.min (4): raise max or lower min"],
    ],
    [
      "one subnet",
      { "network.subnetIds": ["subnet-0a1b2c3d"] },
      [`network.subnetIds is ["subnet-0a1b2c3d"]: write 2 or more entries`],
    ],
    [
      "an image by tag",
      { "release.image": "registry.example.com/app:latest" },
      [
        `release.image: "registry.example.com/app:latest" is not pinned by digest: a tag can move, so write NAME@sha256:<64 hexadecimal digits>`,
      ],
    ],
    [
      "a variable that the program sets",
      { "application.environment": { PORT: "1" } },
      [`application.environment.PORT is "1": the program sets PORT itself: remove it`],
    ],
    [
      "a variable with a bad name",
      { "application.environment": { "A-B": "1" } },
      [`application.environment.A-B is "1": is no name for an environment variable: use letters, digits and '_'`],
    ],
    [
      "several zones without a replica",
      { "sessionStore.multiAz": true, "sessionStore.replicas": 0 },
      ["sessionStore.replicas is 0: multiAz needs a replica to fail over to: set replicas to 1 or more"],
    ],
    [
      "a version that YAML took for a number",
      { "sessionStore.engineVersion": 7.1 },
      ["sessionStore.engineVersion is 7.1: write a text (numbers and true or false in quotes)"],
    ],
    [
      "an alpha above a half",
      { "gates.errorRate.alpha": "0.9" },
      [`gates.errorRate.alpha is "0.9": write a share between 0 and 0.5 in quotes, such as "0.05"`],
    ],
    [
      "a gate that looks once",
      { "gates.timeout": "1s" },
      [`gates.timeout is "1s": must be longer than gates.interval, or a gate never gets a second look`],
    ],
    [
      "a source of metrics that there isn't",
      { "metrics.source": "csv" },
      [
        `metrics.source is "csv": write source: "scrape", "prometheus", "application", "traefik", "istio", "nginx-gateway-fabric" or "aws-load-balancer"`,
      ],
    ],
    [
      "plain HTTP to AFM",
      { "services.afmUrl": "http://afm" },
      [`services.afmUrl is "http://afm": write an address that begins with "https://"`],
    ],
    ["records nowhere", { records: "/tmp" }, [`records is "/tmp": write "s3://BUCKET" or "file://FOLDER"`]],
    ["time that stands still", { timeScale: 0 }, ["timeScale is 0: write 1 or more"]],
    [
      "a missing secret",
      { supabaseKey: undefined },
      ["supabaseKey is missing: set it with `pulumi config set --secret supabaseKey`"],
    ],
    [
      "a database URL of another kind",
      { databaseUrl: "mysql://app:hunter2@db" },
      [`databaseUrl: must begin with "postgresql://"`],
    ],
    ...["default", "kube-system", "kube-public", "kube-node-lease"].map(
      (namespace): [string, Record<string, unknown>, string[]] => [
        `a stack in the namespace ${namespace}`,
        { "cluster.namespace": namespace },
        [
          `cluster.namespace is "${namespace}": is a namespace of Kubernetes' own: the first update creates the stack's, so name one that doesn't exist yet`,
        ],
      ],
    ),
    [
      "a database at a port that pods may not call, without telling it: where the host was forgotten, it is the password",
      { databaseUrl: "postgresql://app:12345" },
      [
        "databaseUrl: pods may call the ports 443, 5432, 6543, 6379 alone, and its port is another: add it to production-runbooks:cluster.egressPorts",
      ],
    ],
    [
      "a port that is none, beside a database that needs another",
      { "cluster.egressPorts": [70_000], databaseUrl: "postgresql://app:word@pooler.example.com:6432/app" },
      [
        "cluster.egressPorts[0] is 70000: write at most 65535",
        "databaseUrl: pods may call the ports 443, 5432, 6543, 6379 alone, and its port is another: add it to production-runbooks:cluster.egressPorts",
      ],
    ],
    [
      "an address of DNS that is no range",
      { "cluster.dns": ["10.0.0.10"] },
      [`cluster.dns[0] is "10.0.0.10": write a range such as "10.0.0.0/20"`],
    ],
    ...["p#ss", "1#2", "p/ss", "p@ss/w?rd"].map((password): [string, Record<string, unknown>, string[]] => [
      `a database URL that ${password} makes malformed`,
      { databaseUrl: `postgresql://app:${password}@db.example.com:5432/app` },
      [
        "databaseUrl: is a malformed URL: in the user's name and the password write @ as %40, # as %23, / as %2F, ? as %3F and % as %25",
      ],
    ]),
  ];
  for (const [what, changes, problems] of refused) {
    it(`refuse ${what}`, () => {
      assert.deepEqual(
        problemsWith(changes),
        problems.map((problem) => `production-runbooks:${problem}`),
      );
    });
  }

  it("name every problem at once", () => {
    const changes = {
      stage: "prod",
      soak: "long",
      "canary.steps": [50, 5],
      oncall: "x",
      afmKey: undefined,
      release: "v1",
    };
    assert.deepEqual(problemsWith(changes), [
      `production-runbooks:stage is "prod": write one of "staging", "production"`,
      `production-runbooks:soak: "long" is not a duration: write for example "30s", "15m", "24h" or "1d 12h"`,
      "production-runbooks:canary.steps[1] is 5: must be above the entry before it (50): write them in rising order",
      "production-runbooks:canary.steps[1] is 5: the last step must be 100: add it, or no release ever has all traffic",
      `production-runbooks:release is "v1": write a group of keys`,
      "production-runbooks:oncall: unknown key; the nearest known one is production-runbooks:onCall",
      "production-runbooks:afmKey is missing: set it with `pulumi config set --secret afmKey`",
    ]);
  });

  it("name the soak beside other problems", () => {
    const problems = problemsWith({ soak: "1h", onCall: undefined });
    assert.equal(problems.length, 2, problems.join("\n"));
  });

  it("never tell a secret's value", () => {
    const told = problemsWith({ databaseUrl: "mysql://app:hunter2@db", afmKey: ["hunter2"], supabaseKey: "" }).join(
      "\n",
    );
    assert.match(told, /databaseUrl/);
    assert.match(told, /afmKey: must be a text/);
    assert.match(told, /supabaseKey: is empty/);
    assert.doesNotMatch(told, /hunter2/);
  });
});
