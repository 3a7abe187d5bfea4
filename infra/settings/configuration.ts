import type { Settings } from "./index.ts";

/**
 * The literal environment that a release made now would carry: a snapshot, so that a later change of the settings
 * reaches no release that exists. `application.environment` comes last and may override; the policies judge it.
 */
export function configurationOf(settings: Settings): Record<string, string> {
  const { stage, application, services } = settings;
  return {
    STAGE: stage,
    LOG_LEVEL: application.logLevel,
    SESSION_STORE: "redis",
    SUPABASE_URL: services.supabaseUrl,
    AFM_URL: services.afmUrl,
    ...application.environment,
  };
}
