import { ask } from "../../clients/http.ts";
import { EXIT, Refusal } from "../../errors.ts";
import type { Log } from "../log.ts";
import type { Place } from "../place.ts";
import { openIncident } from "./open-incident.ts";
import type { Hooks } from "./routes.ts";
import type { HookSettings } from "./settings.ts";

/** The hooks of a service: each stack with sessions of its own, also one whose settings weren't read yet. */
export function hooksOf(places: readonly Place[], { settings, log }: { settings: HookSettings; log: Log }): Hooks {
  return {
    settings,
    log,
    now: Date.now,
    served: () =>
      places.map(({ stack, session }) => ({
        stack,
        prefix: session === null ? null : `${session.settings.application.name}-${session.settings.stage}`,
      })),
    async openIncident(stack, alert) {
      const place = places.find((one) => one.stack === stack);
      if (place === undefined) throw new Error(`no stack ${stack} is served`);
      return openIncident(await place.open(), alert);
    },
    async fetchText(url) {
      const { status, text } = await ask({ url, headers: { accept: "*/*" } });
      if (status === 200) return text;
      throw new Refusal({ exit: EXIT.refused, problems: [`${new URL(url).hostname} answered ${status}`] });
    },
  };
}
