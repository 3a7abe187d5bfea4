import { connect, Socket } from "node:net";
import type { Client } from "pg";
import { type Facts, hasAnswered, UNTRIED } from "../facts.ts";
import { ANSWER_WITHIN, connected, inTime, measured, spoken } from "./measure.ts";

const reach = ({ hostname, port }: URL) =>
  connected(connect({ host: hostname, port: Number(port) || 5432 }), "connect");

/** A write that leaves nothing behind: a temporary table, which a standby and a full disk refuse as they refuse any other. */
async function write(client: Client): Promise<void> {
  await client.query("begin");
  await client.query("create temporary table runbooks_probe (n int) on commit drop");
  await client.query("insert into runbooks_probe values (1)");
  const { rowCount } = await client.query("select n from runbooks_probe");
  await client.query("commit");
  if (rowCount !== 1) throw spoken("READBACK");
}

/** Asks Postgres, one question after the other; never rejects. @param text the URL that the pods have, with user and password */
export async function probePostgres(text: string): Promise<Facts["postgres"]> {
  const connection = await measured(() => reach(new URL(text)));
  if (!hasAnswered(connection)) return { connection, login: UNTRIED, write: UNTRIED };
  const { Client } = await import("pg"); // only where a probe needs it
  const socket = new Socket();
  const client = new Client({
    stream: () => socket,
    connectionString: text,
    connectionTimeoutMillis: ANSWER_WITHIN,
    query_timeout: ANSWER_WITHIN,
    application_name: "production-runbooks",
  });
  // A connection that breaks is told by the query under way; the event alone would end the process.
  client.on("error", () => undefined);
  try {
    const login = await measured(() => client.connect());
    if (!hasAnswered(login)) return { connection, login, write: UNTRIED };
    return { connection, login, write: await measured(() => write(client)) };
  } finally {
    // A server that keeps the connection open is waited for no longer.
    await inTime(client.end()).catch(() => undefined);
    socket.destroy();
  }
}
