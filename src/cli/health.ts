import { z } from "zod";

const Health = z.object({
  product: z.literal("evalwright"),
  storeId: z.string(),
  pid: z.number(),
  received: z.record(z.string(), z.number()),
  hints: z.array(z.string()),
});
type Health = z.infer<typeof Health>;

/** What answers at a collector's address: its own account of itself, `foreign` (another program) or `free`. */
export async function readHealth(url: string): Promise<Health | "foreign" | "free"> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) });
    const parsed = Health.safeParse(await response.json());
    return parsed.success ? parsed.data : "foreign";
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED" ? "free" : "foreign";
  }
}
