import { z } from "zod";
import type { LogQuery } from "../pods/logs.ts";
import type { Pods } from "../pods/registry.ts";
import { type Answer, failure, objectNotFound, text } from "./answers.ts";

const whole = z.coerce.number().int().min(0);
const parameters = z.object({
  container: z.string().optional(),
  follow: z.literal("false", { error: "the sandbox doesn't follow a log: ask again with sinceTime" }).optional(),
  limitBytes: whole.min(1).optional(),
  previous: z.enum(["true", "false"]).optional(),
  sinceSeconds: whole.min(1).optional(),
  sinceTime: z.iso.datetime({ offset: true }).optional(),
  tailLines: whole.optional(),
  timestamps: z.enum(["true", "false"]).optional(),
});

/** Answers pods/NAME/log. A pod keeps one log over its container's restarts. */
export function podLog(pods: Pods, namespace: string, name: string, query: URLSearchParams): Answer {
  const pod = pods.find(namespace, name);
  if (pod === undefined) return objectNotFound("Pod", name);
  const parsed = parameters.safeParse(Object.fromEntries(query));
  if (!parsed.success)
    return failure(400, parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
  const { container } = parsed.data;
  if (container !== undefined && container !== pod.state().container.name) {
    return failure(400, `container ${container} is not valid for pod ${name}`);
  }
  return text(pod.output.read(logQuery(parsed.data, Date.now())));
}

function logQuery(asked: z.infer<typeof parameters>, now: number): LogQuery {
  const since =
    asked.sinceTime === undefined ? asked.sinceSeconds && now - asked.sinceSeconds * 1000 : Date.parse(asked.sinceTime);
  return {
    timestamps: asked.timestamps === "true" ? "shown" : "hidden",
    ...(since === undefined ? {} : { since }),
    ...(asked.tailLines === undefined ? {} : { tailLines: asked.tailLines }),
    ...(asked.limitBytes === undefined ? {} : { limitBytes: asked.limitBytes }),
  };
}
