import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const folder = process.env["EVALWRIGHT_TEST_DATA"] ?? "";
export const AIRLINE_FILES = ["gpt-5.4", "opus-4.6-a", "sonnet-4.5"] as const;

const SourceMessage = z.object({
  role: z.enum(["user", "assistant", "tool"]),
  content: z.string().nullish(),
  tool_calls: z.array(z.object({ id: z.string(), name: z.string(), arguments: z.json() })).nullish(),
  id: z.string().nullish(),
});
const SourceFile = z.object({
  simulations: z.array(z.object({ id: z.string(), messages: z.array(SourceMessage) })),
});
export type SourceMessage = z.infer<typeof SourceMessage>;

export const readSource = (name: string) =>
  SourceFile.parse(JSON.parse(readFileSync(join(folder, "tau2-airline", `${name}.json`), "utf8")))
    .simulations;
