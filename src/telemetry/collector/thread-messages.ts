import { z } from "zod";

const optionalNumber = z.number().optional();

/** What the main thread hands to the collector's thread. */
export const ThreadData = z.object({
  storeLocation: z.string(),
  /** Tell when some project has a schedule of judges. */
  watchSchedules: z.boolean().optional(),
  settings: z.object({
    httpPort: optionalNumber,
    grpcPort: z.number().nullable().optional(),
    host: z.string().optional(),
    allowedOrigins: z.array(z.string()).optional(),
    allowedHosts: z.array(z.string()).optional(),
    maxBodyBytes: optionalNumber,
    maxInFlightBytes: optionalNumber,
    requestTimeoutMs: optionalNumber,
    standbyPollMs: optionalNumber,
  }),
});

/** What the thread tells the main thread. */
export const ThreadMessage = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("status"),
    status: z.object({
      state: z.enum(["starting", "listening", "standby", "failed", "off"]),
      httpUrl: z.string().nullable(),
      grpcUrl: z.string().nullable(),
      detail: z.string(),
    }),
  }),
  z.object({ kind: z.literal("schedules") }),
]);
export type ThreadMessage = z.infer<typeof ThreadMessage>;
