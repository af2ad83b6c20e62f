import { defineConfig } from "vitest/config";

export default defineConfig({
  // Threads and processes that the sources start run as they ship, bundled: Node would strip their types by a
  // WebAssembly module in each thread, and V8 can abort when many such threads end (nodejs/node#64500).
  define: { EVALWRIGHT_BUNDLED: "true" },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/global-setup.ts",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Real servers, processes and files: two at a time is what two cores carry.
    maxWorkers: 2,
  },
});
