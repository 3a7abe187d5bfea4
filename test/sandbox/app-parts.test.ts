import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  type Behaviour,
  behaviourSchema,
  delayOf,
  exitAfter,
  failureShare,
  leakOf,
} from "../../sandbox/app/src/behaviour.ts";
import { parseEnvironment, secretValues } from "../../sandbox/app/src/environment.ts";
import { reasonOf, statusOf } from "../../sandbox/app/src/failures.ts";
import { createLog } from "../../sandbox/app/src/log.ts";
import { createReadiness } from "../../sandbox/app/src/readiness.ts";
import { eventually } from "./app-world.ts";

const FAULTY: Behaviour = behaviourSchema.parse({
  version: "v9",
  documents: "plain",
  readiness: "checked",
  failures: { after: 0, oneIn: 5, stages: ["production"] },
});

describe("failureShare", () => {
  it("fails exactly one in so many requests, and none elsewhere", () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 1, max: 20 }), fc.nat(300), (after, oneIn, requests) => {
        const behaviour = { ...FAULTY, failures: { after, oneIn, stages: ["production"] } };
        const count = (stage: string) => {
          const decide = failureShare(behaviour, stage);
          return Array.from({ length: requests }, decide).filter((decision) => decision === "fail").length;
        };
        assert.equal(count("production"), Math.floor(Math.max(0, requests - after) / oneIn));
        assert.equal(count("staging"), 0);
      }),
    );
  });
});

describe("a version's other faults", () => {
  const [here, path] = ["production", "/"];
  const decisions = <T>(decide: (path: string) => T, paths: readonly string[]) => paths.map((asked) => decide(asked));

  it("delay one in so many requests, on their stage and path alone", () => {
    const delays = { oneIn: 2, milliseconds: 250, stages: [here], path };
    const slow = (stage: string) => {
      const decide = delayOf({ ...FAULTY, delays }, stage);
      return decisions((asked) => decide(asked, 0), ["/", "/", "/api/session", "/", "/"]);
    };
    assert.deepEqual(slow(here), [0, 250, 0, 0, 250]);
    assert.deepEqual(slow("staging"), [0, 0, 0, 0, 0]);
  });

  it("delay for so long after the first request, where the version warms up", () => {
    const decide = delayOf({ ...FAULTY, delays: { oneIn: 1, milliseconds: 300, forSeconds: 8, stages: [here] } }, here);
    assert.deepEqual(
      [5_000, 9_000, 12_999, 13_000, 60_000].map((now) => decide(path, now)),
      [300, 300, 300, 0, 0],
    );
  });

  it("end the process after so many requests, and keep memory with each", () => {
    const exits = exitAfter({ ...FAULTY, exits: { after: 2, stages: [here], path } }, here);
    assert.deepEqual(decisions(exits, ["/", "/api/session", "/", "/"]), ["stay", "stay", "exit", "exit"]);
    const leaks = { mebibytes: 16, stages: [here], path };
    assert.deepEqual(decisions(leakOf({ ...FAULTY, leaks }, here), ["/", "/api/session"]), [16, 0]);
    assert.deepEqual(decisions(leakOf({ ...FAULTY, leaks }, "staging"), ["/"]), [0]);
  });
});

describe("parseEnvironment", () => {
  it("reports every variable that is missing at once", () => {
    assert.throws(
      () => parseEnvironment({ PORT: "8080", SESSION_STORE: "redis" }),
      /RELEASE_ID is missing.*REDIS_URL is missing.*SESSION_SECRET is missing.*DATABASE_URL is missing/,
    );
  });

  it("knows every secret value, the ring's keys and the URLs' passwords one by one", () => {
    const secrets = secretValues(
      parseEnvironment({
        PORT: "8080",
        RELEASE_ID: "r1",
        STAGE: "staging",
        SESSION_STORE: "redis",
        REDIS_URL: "rediss://app-a:redis%2Fpw@cache.example:6379",
        SESSION_SECRET: "one, two",
        SUPABASE_URL: "https://project.supabase.co",
        SUPABASE_KEY: "sb_secret_1",
        AFM_URL: "https://api.afm.example",
        AFM_KEY: "afm-1",
        DATABASE_URL: "postgresql://app:pgpw@db.example:5432/postgres",
      }),
    );
    for (const secret of ["one", "two", "redis/pw", "redis%2Fpw", "pgpw", "sb_secret_1", "afm-1"]) {
      assert.ok(secrets.includes(secret), secret);
    }
  });
});

describe("createLog", () => {
  it("never lets a secret through, wherever it stands in the line", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, maxLength: 30 }), (tail) => {
        const secret = `s3cret-${tail}`;
        const lines: string[] = [];
        const log = createLog({ level: "info", base: {}, secrets: [secret], write: (line) => lines.push(line) });
        log.error(`about ${secret}`, { error: new Error(`bad ${secret}`, { cause: new Error(secret) }), path: secret });
        const text = JSON.stringify(JSON.parse(lines[0] ?? ""));
        assert.equal(text.includes(JSON.stringify(secret).slice(1, -1)), false);
        assert.match(text, /\[redacted\]/);
      }),
    );
  });

  it("writes what its level asks for, and of an error no property that a driver has attached", () => {
    const lines: string[] = [];
    const log = createLog({ level: "warn", base: { release: "r1" }, secrets: [], write: (line) => lines.push(line) });
    log.info("not this");
    log.warn("this", { requestId: "q1", error: Object.assign(new Error("no"), { command: { args: ["hunter2"] } }) });
    assert.equal(lines.length, 1);
    const line = JSON.parse(lines[0] ?? "");
    assert.deepEqual(
      [line.level, line.requestId, line.release, line.error],
      ["warn", "q1", "r1", { name: "Error", message: "no" }],
    );
  });
});

describe("createReadiness", () => {
  it("shares a run among callers and runs again after the result has aged", async () => {
    let runs = 0;
    const readiness = createReadiness({
      broken: async () => {
        runs += 1;
        throw Object.assign(new Error("postgres://user:pw@host refused"), { code: "ECONNREFUSED" });
      },
    });
    const results = await Promise.all([readiness(), readiness(), readiness()]);
    assert.equal(runs, 1);
    for (const { status, checks } of results) {
      assert.equal(status, "not_ready");
      assert.equal(checks.broken?.reason, "ECONNREFUSED");
    }
    await eventually("it runs again", async () => {
      await readiness();
      return runs === 2;
    });
  });

  it("gives up on a check that hangs after a second, whatever the others say", async () => {
    const started = performance.now();
    const { status, checks } = await createReadiness({
      hung: () => new Promise(() => undefined),
      well: async () => undefined,
    })();
    assert.ok(performance.now() - started < 1500);
    assert.equal(status, "not_ready");
    assert.deepEqual([checks.hung?.status, checks.hung?.reason, checks.well?.status], ["fail", "timeout", "pass"]);
  });
});

describe("reasonOf and statusOf", () => {
  it("say what failed in a word, never the message", () => {
    assert.equal(reasonOf(new Error("WRONGPASS invalid username-password pair or user is disabled.")), "WRONGPASS");
    assert.equal(
      reasonOf(new Error("connect failed", { cause: Object.assign(new Error("x"), { code: "ECONNRESET" }) })),
      "ECONNRESET",
    );
    assert.equal(
      reasonOf(Object.assign(new Error("password authentication failed for user app"), { code: "28P01" })),
      "28P01",
    );
    assert.equal(reasonOf(new Error("Command timed out")), "timeout");
    fc.assert(fc.property(fc.string(), (message) => /^[A-Za-z0-9_]+$/.test(reasonOf(new Error(message)))));
  });

  it("answer with an error's own status only where it is one of an error", () => {
    assert.equal(statusOf(Object.assign(new Error(), { status: 413 })), 413);
    assert.equal(statusOf(Object.assign(new Error(), { status: 200 })), 500);
    assert.equal(statusOf("thrown text"), 500);
  });
});
