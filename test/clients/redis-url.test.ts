import assert from "node:assert/strict";
import fc from "fast-check";
import { connectionTo, redisPlaceOf } from "../../infra/clients/redis-url.ts";

describe("a REDIS_URL", () => {
  it("is read with any user and password, as the program writes it", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 });
    fc.assert(
      fc.property(text, text, fc.integer({ min: 1, max: 65_535 }), (user, password, port) => {
        const url = `rediss://${encodeURIComponent(user)}:${encodeURIComponent(password)}@cache.example.com:${port}`;
        const place = { host: "cache.example.com", port, user, password, secure: "tls" };
        assert.deepEqual(redisPlaceOf(url), place);
      }),
    );
  });

  it("leads to Redis' own port where it names none, for every reader", () => {
    assert.equal(redisPlaceOf("rediss://app:secret@cache.example.com").port, 6379);
    assert.equal(redisPlaceOf("redis://127.0.0.1").secure, "plain");
  });

  it("asks for a certificate by a host's name, never by an address", () => {
    const tls = (url: string) => connectionTo(redisPlaceOf(url)).tls;
    assert.deepEqual(tls("rediss://cache.example.com"), { servername: "cache.example.com" });
    assert.deepEqual(tls("rediss://127.0.0.1:6380"), {});
    assert.equal(tls("redis://cache.example.com"), undefined);
  });

  it("is not repeated where it is none", () => {
    const message = "REDIS_URL is no URL that begins with redis:// or rediss://";
    for (const text of ["app:hunter2@cache", "hunter2", "https://app:hunter2@cache"]) {
      assert.throws(() => redisPlaceOf(text), { message });
    }
  });
});
