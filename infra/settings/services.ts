import { z } from "zod";
import { httpsUrl } from "./parts.ts";

/** What the workload calls, and who issues its keys. */
export const services = z.strictObject({
  supabaseUrl: httpsUrl,
  afmUrl: httpsUrl,
  /** Supabase's Management API, which makes and deletes the project's keys with the secret `supabaseToken`. */
  supabaseManagementUrl: httpsUrl.default("https://api.supabase.com"),
  /** How AFM's keys are made: by the operator, or through an adapter of the team's, with the secret `afmAdapterToken`. */
  afmKeys: z
    .strictObject({
      /** Whether AFM takes two keys at once; without it a rotation has a gap, and its plan says so. */
      overlap: z.boolean(),
      adapter: z
        .strictObject({ url: httpsUrl, mint: z.boolean(), revoke: z.boolean(), introspect: z.boolean() })
        .refine(({ revoke, introspect }) => introspect || !revoke, {
          path: ["introspect"],
          error: "revoke: true needs introspect: true: the key to withdraw is found in the adapter's list",
        })
        .optional(),
    })
    .default({ overlap: false }),
});
