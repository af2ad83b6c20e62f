import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { JsonObject } from "../../src/model/json.ts";
import { chat, writeChats } from "../calibration/fixture.ts";
import {
  type Attached,
  attach,
  bareEnv,
  listening,
  rowsOf,
  run,
  runExampleAgent,
  serverEntry,
  temporaryHome,
  untrustedOf,
} from "../server/harness.ts";

// The example agent's eight conversations: a failed refund, a customer who repeats himself, an agent that loops.
const home = temporaryHome();
let server: Attached;
let census: JsonObject;

const Next = z.array(z.object({ tool: z.string(), arguments: z.record(z.string(), z.json()) }));

const sessionsOf = (answer: JsonObject) =>
  rowsOf(untrustedOf(answer))
    .map((row) => String(row["id"]))
    .sort();

const kindRows = (answer: JsonObject) =>
  new Map(rowsOf(untrustedOf(answer)["kinds"]).map((row) => [String(row["kind"]), row]));

const idOf = (answer: JsonObject) => String(answer["census"]).split("@")[0] ?? "";

beforeAll(async () => {
  server = await attach({ home: home.path });
  await listening(server.httpUrl);
  await runExampleAgent(server.httpUrl);
  await server.call("search_traces", { level: "sessions", waitSeconds: 10 });
  census = await server.call("find_issues", { notes: 0 });
}, 90_000);

afterAll(async () => {
  await server.close();
  home.remove();
});

describe("a census of the example agent", () => {
  it("counts kinds exactly where everything was looked at", () => {
    expect(census).toMatchObject({
      level: "sessions",
      of: 8,
      lookedAt: 8,
      outcomes: { failed: 3, ok: 3, unknown: 2 },
    });
    const kinds = kindRows(census);
    expect(kinds.get("negative_feedback")).toMatchObject({
      count: 3,
      "95% interval": "exact",
      "predicts failure": "is the outcome itself",
    });
    expect(kinds.get("failed_tools")).toMatchObject({ layer: "tool" });
    expect(kinds.get("asks_for_person")).toMatchObject({ count: 1 });
    expect(kinds.get("corrections")).toMatchObject({ count: 1 });
    expect(JSON.stringify(census).length).toBeLessThan(8_000);
  });

  it("says what mending a kind could gain at most, and never calls a signal a predictor without its interval", () => {
    const gain = String(kindRows(census).get("negative_feedback")?.["gain at most"]);
    expect(gain).toMatch(/^0\.5 \[/);
    // Three failed and three did not: too few for an AUC.
    expect(census["predictors"]).toEqual([]);
  });

  it("refuses an outcome that nobody ever told, and says where the names are", async () => {
    expect(await server.fail("find_issues", { outcome: "thumb" })).toMatch(
      /^invalid_input: No feedback is named "thumb"\. summarize_traces lists/,
    );
  });

  it("shows one kind with the words that show it, and calls that work", async () => {
    const answer = await server.call("get_record", { kind: "census", id: `${idOf(census)}/asks_for_person` });
    const [example] = rowsOf(untrustedOf(answer)["examples"]);
    expect(example).toMatchObject({ id: "chat-05", outcome: "failed" });
    expect(example?.["quote"]).toMatch(/I want a human please/);
    const next = Next.parse(answer["next"]);
    expect(next.map(({ tool }) => tool)).toEqual(["search_traces", "save_dataset", "save_judge"]);
    const [search, dataset, judge] = next;
    expect(sessionsOf(await server.call("search_traces", search?.arguments))).toEqual(["chat-05"]);
    expect(await server.call("save_dataset", dataset?.arguments)).toMatchObject({
      counts: { examples: 1 },
    });
    const saved = await server.call("save_judge", judge?.arguments);
    const judged = await server.call("run_judges", { judges: [String(saved["judge"])], level: "sessions" });
    expect(judged).toMatchObject({ state: "done", done: 8 });
  });

  it("calls made for every kind are accepted", async () => {
    for (const kind of kindRows(census).keys()) {
      const answer = await server.call("get_record", { kind: "census", id: `${idOf(census)}/${kind}` });
      for (const { tool, arguments: given } of Next.parse(answer["next"]))
        await server.call(tool, tool === "search_traces" ? given : { ...given, dryRun: true });
    }
  });

  it("being of a kind is no verdict: a dataset's examples keep their roles", async () => {
    await server.call("save_dataset", { name: "all", filter: "since 24h", level: "sessions" });
    const shown = JSON.stringify(await server.call("get_record", { kind: "dataset", id: "all" }));
    expect(shown).not.toContain("a later census");
    expect(shown).not.toContain("asks for a person");
  });

  it("the same again finds the same and adds no feedback twice", async () => {
    const sql = "SELECT count(*) AS n FROM assessments WHERE name LIKE 'issue.%'";
    const count = async () =>
      JSON.stringify((await server.call("query_sql", { sql }))["untrusted"]).match(/\[\[\d+\]\]/)?.[0];
    const before = await count();
    const again = await server.call("find_issues", { notes: 0 });
    expect(untrustedOf(again)["kinds"]).toEqual(untrustedOf(census)["kinds"]);
    expect(before).toBeDefined();
    expect(await count()).toBe(before);
    const listed = await server.call("list_records", { kind: "census" });
    expect(rowsOf(listed["censuses"])).toHaveLength(2);
  });

  it("kinds are merged, split and renamed; the edits are on record and the feedback follows", async () => {
    const id = idOf(census);
    const merged = await server.call("find_issues", {
      action: "merge",
      census: id,
      kinds: ["corrections", "negative_feedback"],
      into: "Angry customers",
    });
    const [kind] = rowsOf(untrustedOf(merged)["kinds"]).filter(({ kind }) => String(kind).startsWith("k_"));
    expect(kind).toMatchObject({ count: 3 });
    const filter = `feedback.issue.${String(kind?.["kind"])} = true`;
    const members = ["chat-03", "chat-05", "chat-07"];
    expect(sessionsOf(await server.call("search_traces", { level: "sessions", filter }))).toEqual(members);
    const split = await server.call("find_issues", {
      action: "split",
      census: id,
      kinds: [String(kind?.["kind"])],
      filter: "session.turns > 2",
      into: "Angry for long",
    });
    expect(split["howToRead"]).toContain("Kinds were edited 2 times since they were found.");
    expect(sessionsOf(await server.call("search_traces", { level: "sessions", filter }))).toEqual([
      "chat-03",
      "chat-07",
    ]);
    const renamed = await server.call("find_issues", {
      action: "rename",
      census: id,
      kinds: ["failed_tools"],
      into: "Refund tool fails",
    });
    expect(renamed["census"]).toBe(`${id}@4`);
    expect(await server.call("get_record", { kind: "census", id: `${id}@1` })).toMatchObject({ lookedAt: 8 });
    expect(
      await server.fail("find_issues", {
        action: "merge",
        census: id,
        kinds: ["nothing", "loops"],
        into: "x",
      }),
    ).toMatch(/^not_found: No kind "nothing".*Kinds of/);
    expect(await server.fail("find_issues", { action: "merge" })).toMatch(/needs census, kinds and into/);
  });

  it("the command line makes the same census", async () => {
    const made = await run([serverEntry, "issues", "-p", "test", "--json"], bareEnv(home.path));
    expect(made.code).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ of: 8, lookedAt: 8, outcomes: { failed: 3, ok: 3 } });
    const compared = await run(
      [serverEntry, "issues", idOf(census), "--compare-to", `${idOf(census)}@1`, "-p", "test"],
      bareEnv(home.path),
    );
    expect(compared.stdout).toContain("8 are in both samples");
    const refused = await run([serverEntry, "issues", "--merge", "loops", "-p", "test"], bareEnv(home.path));
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("Name the census") });
  });

  it("deleting a conversation takes its quotes and its place in the filter", async () => {
    const done = await run(
      [serverEntry, "delete", 'session = "chat-05"', "--yes", "-p", "test"],
      bareEnv(home.path),
    );
    expect(done.code).toBe(0);
    const answer = await server.call("get_record", { kind: "census", id: `${idOf(census)}@1` });
    expect(JSON.stringify(answer)).not.toContain("human please");
  });
});

it("a sealed conversation is counted and never looked at", async () => {
  const own = temporaryHome();
  const attached = await attach({ home: own.path });
  try {
    const chats = Array.from({ length: 40 }, (_, i) =>
      chat(i, true, " I'm sorry, but I can't help with that."),
    );
    await attached.call("import_traces", { paths: [writeChats(own.path, chats)] });
    await attached.call("save_dataset", { name: "sealing", filter: "", level: "sessions", holdout: true });
    const answer = await attached.call("find_issues", { notes: 0 });
    const [left] = z.array(z.object({ kind: z.string(), count: z.number() })).parse(answer["omitted"]);
    expect(left?.kind).toBe("sealed sessions");
    expect(left?.count).toBeGreaterThan(0);
    expect(answer["of"]).toBe(40 - (left?.count ?? 0));
  } finally {
    await attached.close();
    own.remove();
  }
}, 60_000);
