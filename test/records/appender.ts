import { openStore } from "../../infra/records/open-store.ts";

/** Appends to a change until it is killed, telling each event that is durable: `appender.ts URL CHANGE`. */
const [url = "", change = ""] = process.argv.slice(2);
const store = await openStore(url, { secrets: [] });
for (let seq = (await store.read(change)).length + 1; ; seq += 1) {
  const data = { filling: "x".repeat(200 * (seq % 40)) };
  await store.append(change, seq, { at: new Date().toISOString(), step: null, type: "note", data });
  process.stdout.write(`${seq}\n`);
}
