import { z } from "zod";
import type { Json } from "../../handler.ts";
import type { Store } from "../store.ts";
import type { EnvironmentSources } from "./environment.ts";

const stringMap = z.record(z.string(), z.string());

/** The ConfigMaps and Secrets of a namespace, decoded. */
export function sourcesOf(store: Store, namespace: string): EnvironmentSources {
  return {
    configMap(name) {
      const found = store.get("ConfigMap", namespace, name);
      return found && strings(found.body.data);
    },
    secret(name) {
      const found = store.get("Secret", namespace, name);
      if (found === undefined) return undefined;
      const entries = Object.entries(strings(found.body.data));
      return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
    },
  };
}

function strings(data: Json | undefined): Record<string, string> {
  return stringMap.parse(data ?? {});
}
