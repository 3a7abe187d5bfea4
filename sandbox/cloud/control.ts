import { randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { noStack, STAGES } from "./accounts.ts";
import { faultSchema } from "./faults.ts";
import { type Answer, type Asked, type Service, serveHttp } from "./services/http.ts";
import type { World } from "./world.ts";

const stackSchema = z.strictObject({ stack: z.enum(STAGES, { error: ({ input }) => noStack(input) }) });
const buildSchema = z.strictObject({ folder: z.string(), name: z.string() });

/** The control API: how the commands talk to the daemon. */
export interface Control extends Service {
  token: string;
}

function isAllowed(token: string, { headers }: Asked): boolean {
  const given = Buffer.from(String(headers.authorization ?? ""));
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Parses a body and does the work; what the input or the work has wrong with it is told with 400. */
async function carryOut<T>(schema: z.ZodType<T>, body: string, work: (input: T) => Promise<Answer>): Promise<Answer> {
  const input = schema.safeParse(JSON.parse(body));
  if (!input.success) return { status: 400, body: { problems: input.error.issues.map(({ message }) => message) } };
  try {
    return await work(input.data);
  } catch (error) {
    return { status: 400, body: { problems: [error instanceof Error ? error.message : String(error)] } };
  }
}

/** Serves `GET /status`, `POST /fault`, `POST /alarms`, `POST /afm-keys`, `POST /images` and `POST /down` on loopback, to whoever has the token. */
export async function serveControl(world: World, leave: () => void): Promise<Control> {
  const token = randomBytes(24).toString("base64url");
  const operations: Record<string, (asked: Asked) => Promise<Answer>> = {
    "GET /status": async () => ({ status: 200, body: z.json().parse(await world.status()) }),
    "POST /fault": ({ body }) =>
      carryOut(faultSchema, body, async (fault) => ({ status: 200, body: { told: await world.fault(fault) } })),
    "POST /alarms": ({ body }) =>
      carryOut(stackSchema, body, async ({ stack }) => ({
        status: 200,
        body: { alarms: world.alarms(stack).map((alarm) => ({ ...alarm })) },
      })),
    "POST /afm-keys": ({ body }) =>
      carryOut(stackSchema, body, async ({ stack }) => ({ status: 200, body: { key: world.issueAfmKey(stack) } })),
    "POST /images": ({ body }) =>
      carryOut(buildSchema, body, async ({ folder, name }) => {
        const { reference } = await world.build(folder, name);
        return { status: 200, body: { reference } };
      }),
    "POST /down": async () => {
      // The answer goes out first: leaving closes this connection too.
      setImmediate(leave);
      return { status: 202 };
    },
  };
  const service = await serveHttp(async (asked) => {
    if (!isAllowed(token, asked)) return { status: 401 };
    const operation = operations[`${asked.method} ${asked.url.pathname}`];
    return operation === undefined ? { status: 404 } : operation(asked);
  });
  return { ...service, token };
}
