import type { Json, Props } from "../../handler.ts";
import { KINDS, type Kind, qualifiedName } from "../kinds.ts";

/** An answer of the API server. */
export interface Answer {
  code: number;
  contentType: string;
  body: string;
}

export function json(value: Json, code = 200): Answer {
  return { code, contentType: "application/json", body: JSON.stringify(value) };
}

/** What one may do. */
export function reviewed(allowed: boolean): Answer {
  return json(
    { kind: "SelfSubjectAccessReview", apiVersion: "authorization.k8s.io/v1", spec: {}, status: { allowed } },
    201,
  );
}

export function text(body: string, contentType = "text/plain"): Answer {
  return { code: 200, contentType, body };
}

const REASONS = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  422: "Invalid",
  500: "InternalError",
  503: "ServiceUnavailable",
} as const;

/** A failure in the API's own shape. */
export function failure(
  code: keyof typeof REASONS,
  message: string,
  details: Props = {},
  reason: string = REASONS[code],
): Answer {
  return json(
    {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      details,
      code,
    },
    code,
  );
}

/** `pods "web" not found`, as the API says it. */
export function objectNotFound(kind: Kind, name: string): Answer {
  const { group, plural } = KINDS[kind];
  return failure(404, `${qualifiedName(kind)} "${name}" not found`, {
    name,
    ...(group === "" ? {} : { group }),
    kind: plural,
  });
}

export function pathNotFound(): Answer {
  return failure(404, "the server could not find the requested resource");
}
