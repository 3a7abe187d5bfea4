import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Admission } from "../../infra/admission/admission.ts";
import { formToken } from "../../infra/board/form-token.ts";
import type { BoardIdentity } from "../../infra/board/identity.ts";
import { sessionActions } from "../../infra/board/session-actions.ts";
import { withRelease, withWeights } from "../../infra/domain/releases.ts";
import { EXIT, Refusal } from "../../infra/errors.ts";
import { thisProcess } from "../../infra/records/lease.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { parseSettings } from "../../infra/settings/index.ts";
import { deployOf, firstState, manifest, nextRelease } from "../../verification/mocks/release-state.ts";
import { validSettings } from "../program/fixtures/settings.ts";
import { steppedClock } from "../runner/session.ts";
import { memoryStack, memoryStore, silent, tape } from "../runner/world.ts";
import { storeInMemory } from "../service/rotations/world.ts";
import { boardFor, closeBoards } from "./serving.ts";
import { boardOf, boardStack } from "./world.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const IDENTITY: BoardIdentity = {
  origin: null,
  proxy: { header: "X-Forwarded-Email", secret: "s3cret" },
  tokens: { Grace: createHash("sha256").update(TOKEN).digest("hex") },
  problem: null,
};
const HOST = "runbooks.example.com";
const signedIn = (name: string) => ({ "X-Forwarded-Email": name, "X-Runbooks-Proxy": "s3cret", Host: HOST });

/** A board with a deploy that waits for two approvals, or for what is given. */
async function opened(admission: Partial<Admission> | null = {}) {
  const base = firstState();
  const [store, clock] = [memoryStore(), steppedClock()];
  const settings = parseSettings(validSettings());
  const stack = memoryStack(base, tape([]), () => undefined);
  const session = { stack, store, clock, reporter: silent, settings, onCall: "Ada", override: null };
  const change = await store.open("staging", new Date(clock.now()), {
    stack: "staging",
    runbook: "deploy",
    startedBy: "ada@example.com",
    onCall: "Ada",
  });
  const journal = await openJournal(store, change, clock, silent);
  if (admission !== null) {
    const needed: Admission = {
      author: "ada@example.com",
      quorum: 2,
      expiresAt: "2026-11-23T00:00:00.000Z",
      approvers: null,
      aliases: {},
      calendar: null,
      override: null,
      ...admission,
    };
    await journal.write("admission", null, { ...needed });
  }
  await journal.write("planned", null, JSON.parse(JSON.stringify(deployOf(base, "2"))));
  const source = boardOf(boardStack({ name: "staging", store, actions: sessionActions(async () => session) }));
  const { app } = boardFor(source, IDENTITY);
  const page = async (headers: Record<string, string>, path = `/changes/${change}`) => {
    const answer = await app.request(path, { headers });
    return { status: answer.status, text: await answer.text() };
  };
  /** Sends the form that somebody's page has, with what is given instead. */
  const post = async (
    name: string,
    action: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) => {
    const { text } = await page(signedIn(name));
    const token = /name="token" value="([^"]+)"/.exec(text)?.[1] ?? "";
    const answer = await app.request(`/changes/${change}/${action}`, {
      method: "POST",
      headers: {
        ...signedIn(name),
        Origin: `https://${HOST}`,
        "Content-Type": "application/x-www-form-urlencoded",
        ...headers,
      },
      body: new URLSearchParams({ stack: "staging", reason: "looked at it", token, ...fields }).toString(),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const events = async (type: string) => (await store.read(change)).filter((event) => event.type === type);
  return { app, store, session, source, change, page, post, events, base, journal };
}

describe("what people do on the board", () => {
  afterEach(closeBoards);

  it("is offered to those alone whose name is known", async () => {
    const { page } = await opened();
    const known = await page(signedIn("grace@example.com"));
    assert.match(known.text, /Signed in as <strong>grace@example.com/);
    for (const action of ["approve", "abort", "resume"]) assert.match(known.text, new RegExp(`/${action}"`));
    const unknown = await page({ Host: HOST });
    assert.match(unknown.text, /Read-only: you bypassed the proxy/);
    assert.doesNotMatch(unknown.text, /<form|<button/);
  });

  it("is refused to those whose name isn't, and to a forged header, with nothing in the record", async () => {
    const { app, change, events } = await opened();
    const body = new URLSearchParams({ stack: "staging", reason: "x" }).toString();
    const send = (headers: Record<string, string>) =>
      app.request(`/changes/${change}/abort`, {
        method: "POST",
        body,
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          Host: HOST,
          Origin: `https://${HOST}`,
          ...headers,
        },
      });
    assert.equal((await send({})).status, 403);
    const forged = await send({ "X-Forwarded-Email": "ada@example.com", Accept: "text/html" });
    assert.equal(forged.status, 403);
    assert.match(await forged.text(), /doesn&#39;t come through the proxy/);
    assert.equal((await events("abort-requested")).length, 0);
  });

  it("an approval is in the record with the person's name and reason, and follows the author and quorum rules", async () => {
    const { post, events, store } = await opened();
    const author = await post("Ada@Example.com", "approve");
    assert.equal(author.status, 400);
    assert.match(author.text, /is the author/);
    assert.match((await post("grace@example.com", "approve")).text, /1 of 2 approvals: 1 more must approve/);
    const twice = await post("grace@example.com", "approve");
    assert.equal(twice.status, 200);
    assert.match(twice.text, /grace@example.com has approved before; 1 of 2/);
    assert.match((await post("linus@example.com", "approve", { reason: "the migration is small" })).text, /2 of 2/);
    assert.deepEqual(
      (await events("approved")).map(({ data }) => data),
      [
        { by: "grace@example.com", reason: "looked at it" },
        { by: "linus@example.com", reason: "the migration is small" },
      ],
    );
    assert.notEqual(await store.newsMark("staging"), null, "the service is told");
  });

  it("an approval that is sent twice at the same moment counts once", async () => {
    const { post, events, store } = await opened();
    const shared = storeInMemory();
    store.lease = shared().lease;
    const answers = await Promise.all([1, 2, 3].map(() => post("grace@example.com", "approve")));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
      answers.map(({ text }) => text).join(),
    );
    assert.equal((await events("approved")).length, 1);
    assert.equal(answers.filter(({ text }) => /has approved before; 1 of 2/.test(text)).length, 2);
  });

  it("an approval from a page that was opened a day ago is refused, and asks to load it again; an abort too", async () => {
    const { post, events, source, store, change } = await opened();
    const token = formToken(IDENTITY.proxy?.secret ?? "", "grace@example.com", source.now() - 26 * 3_600_000);
    for (const action of ["approve", "abort"]) {
      const { status, text } = await post("grace@example.com", action, { token });
      assert.equal(status, 403);
      assert.match(text, /the page is older than a day: load it again/);
    }
    assert.deepEqual([(await events("approved")).length, await store.askedToCallOff(change)], [0, null]);
  });

  it("an approval from somebody whom the settings don't name, or that nobody waits for, is refused", async () => {
    const named = await opened({ approvers: ["grace@example.com", "linus@example.com", "ada@example.com"] });
    assert.match((await named.post("mallory@example.com", "approve")).text, /is not among the approvers/);
    assert.match((await (await opened(null)).post("grace@example.com", "approve")).text, /needs no approval/);
  });

  it("an abort asks the runner of the change, once, with the person's name", async () => {
    const { post, store, change } = await opened();
    assert.match(
      (await post("grace@example.com", "abort", { reason: "users complain" })).text,
      /aborted by grace@example.com/,
    );
    const asked = await store.askedToCallOff(change);
    assert.deepEqual([asked?.by, asked?.reason], ["grace@example.com", "users complain"]);
    const again = await post("linus@example.com", "abort");
    assert.equal(again.status, 400);
    assert.match(again.text, /grace@example.com has asked to abort it already/);
  });

  it("an abort or approval that was written and not told of is told of when it is sent again", async () => {
    const { post, store, change, events } = await opened();
    const { markNews } = store;
    const away = () => Promise.reject(new Refusal({ exit: EXIT.stuck, problems: ["the store is away"] }));
    for (const action of ["approve", "abort"]) {
      const before = await store.newsMark("staging");
      store.markNews = away;
      assert.match((await post("grace@example.com", action)).text, /the store is away/);
      assert.equal(await store.newsMark("staging"), before);
      store.markNews = markNews;
      const { status, text } = await post("grace@example.com", action);
      assert.equal(status, 200, text);
      assert.notEqual(await store.newsMark("staging"), before);
    }
    assert.deepEqual(
      [(await events("approved")).length, (await store.askedToCallOff(change))?.by],
      [1, "grace@example.com"],
    );
  });

  it("a change that has ended since the page was made is not touched", async () => {
    const { post, journal, events } = await opened();
    await journal.write("closed", null, { exit: 1, outcome: "restored", summary: "" });
    for (const action of ["approve", "abort", "resume"]) {
      const { status, text } = await post(
        "grace@example.com",
        action,
        { token: "" },
        { Authorization: `Bearer ${TOKEN}` },
      );
      assert.equal(status, 400, text);
      assert.match(text, /has ended \(restored\)/);
    }
    assert.equal((await events("closed")).length, 1);
  });

  it("a resume is in the record with the person's name, and refused while the change waits or runs", async () => {
    const waiting = await opened();
    assert.match((await waiting.post("grace@example.com", "resume")).text, /nothing of it is due before/);
    const { post, events, store } = await opened(null);
    assert.match(
      (await post("grace@example.com", "resume", { reason: "the cluster is back" })).text,
      /resumed by grace@example.com/,
    );
    assert.deepEqual(
      (await events("resume-requested")).map(({ data }) => data),
      [{ by: "grace@example.com", reason: "the cluster is back" }],
    );
    store.lease = async () => ({ held: false, holder: thisProcess(null) });
    const refused = await post("grace@example.com", "resume");
    assert.equal(refused.status, 409);
    assert.match(refused.text, /another runner is at work/);
  });

  it("needs a reason, and a form from a page of the board that isn't older than a day", async () => {
    const { post, events, source } = await opened();
    assert.match((await post("grace@example.com", "approve", { reason: "  " })).text, /the reason is empty/);
    assert.match((await post("grace@example.com", "approve", { reason: "x".repeat(1_001) })).text, /1001 characters/);
    assert.match(
      (await post("grace@example.com", "approve", { token: "1.x" })).text,
      /this board didn't give you its form token/,
    );
    assert.match(
      (await post("grace@example.com", "approve", {}, { Origin: "https://evil.example" })).text,
      /not the board's address/,
    );
    assert.match((await post("grace@example.com", "approve", {}, { "Content-Type": "text/plain" })).text, /as a form/);
    assert.equal((await post("grace@example.com", "approve", { reason: "x".repeat(20_000) })).status, 413);
    assert.equal((await events("approved")).length, 0);
    assert.deepEqual(source.told, []);
  });

  it("is taken with a token too, which no browser sends by itself", async () => {
    const { app, change, events } = await opened();
    const answer = await app.request(`/changes/${change}/approve`, {
      method: "POST",
      headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/x-www-form-urlencoded" },
      body: "stack=staging&reason=looked+at+it",
    });
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /^CHG-.*approved by Grace, 1 of 2/);
    assert.equal((await events("approved"))[0]?.data.by, "Grace");
  });

  it("a rollback from a page that is older than the traffic is refused", async () => {
    const base = firstState();
    const release = nextRelease(base, manifest("2"));
    const moved = withWeights(withRelease(base, release), { [release.id]: 100 }, { change: "CHG-1", onCall: "Ada" });
    const { app, session, store } = await opened(null);
    for (const change of await store.list()) {
      await (await openJournal(store, change, session.clock, silent)).write("closed", null, {
        exit: 0,
        outcome: "done",
        summary: "",
      });
    }
    session.stack.state = async () => ({ ...moved, change: null });
    const send = (from: string, to: string) =>
      app.request("/stacks/staging/rollback", {
        method: "POST",
        headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ from, to, reason: "users complain" }).toString(),
      });
    const [first] = base.releases;
    assert.ok(first !== undefined);
    const stale = await send(first.id, first.id);
    assert.equal(stale.status, 400);
    assert.match(await stale.text(), /has changed since this page was made/);
    const done = await send(release.id, first.id);
    assert.match(await done.text(), /staging goes back to 2026.11.22-1, started by Grace/);
    const [opening] = await store.read((await store.list()).at(-1) ?? "");
    assert.deepEqual(
      [opening?.data.runbook, opening?.data.startedBy, opening?.data.reason],
      ["rollback", "Grace", "users complain"],
    );
    const twice = await send(release.id, first.id);
    assert.match(await twice.text(), /is open on staging/);
  });
});
