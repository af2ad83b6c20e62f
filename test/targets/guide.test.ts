import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject } from "../../src/model/json.ts";
import { parseTarget } from "../../src/targets/parse.ts";
import { readGuide } from "../guides/guide.ts";
import { never, newFolder, open, request } from "./fixtures.ts";

const guide = readGuide("target-file", "shop", "http://127.0.0.1:4318");

const MY_AGENT = `
from collections import namedtuple
SYSTEM_PROMPT = "Be kind."
Call = namedtuple("Call", "name arguments")
def answer(question, history, system):
    return f"{system} {len(history)} {question}", [Call("look", {"q": question})]
`;

describe("the guide of target files", () => {
  it("holds one file of each kind that runs, as it is read", async () => {
    const specs = await Promise.all(guide.blocks("yaml").map((block) => parseTarget(block)));
    expect(specs.map(({ kind }) => kind)).toEqual(["command", "worker", "http", "prompt", "command"]);
    expect(specs[2]).toMatchObject({ headers: { authorization: expect.stringContaining("AGENT_TOKEN") } });
    expect(specs[3]).toMatchObject({ prompt: [{ content: "Be brief." }, { content: "{{ question }}" }] });
    expect(specs[4]).toMatchObject({ meter: { OPENAI_BASE_URL: "https://api.openai.com/v1" } });
  });

  const noPython = spawnSync("python3", ["--version"]).status !== 0;

  it.skipIf(noPython)("holds programs that run as written (skipped without python3)", async () => {
    const [command = "", worker = ""] = guide.blocks("yaml");
    const [once = "", stays = ""] = guide.blocks("python");
    const files = { "my_agent.py": MY_AGENT, "agent_target.py": once, "worker.py": stays, ".env": "" };
    const root = newFolder(files);
    const openBlock = async (block: string) => {
      const spec: unknown = JSON.parse(JSON.stringify(await parseTarget(block)));
      if (!isJsonObject(spec)) throw new Error("no fields");
      return open({ ...(spec satisfies JsonObject) }, { root });
    };
    const asked = { messages: [{ role: "user", content: "Why?" }] };
    expect(
      await (await openBlock(command)).run(request({ question: "How?" }), { signal: never }),
    ).toMatchObject({
      status: "ok",
      output: "Be kind. 0 How?",
      toolCalls: [{ name: "look", arguments: { q: "How?" } }],
    });
    const prompts = { system: "Be rude." };
    const replaced = await (await openBlock(command)).run(request({}, { ...asked, prompts }), {
      signal: never,
    });
    expect(replaced.output).toBe("Be rude. 0 Why?");
    const answered = await (await openBlock(worker)).run(request({}, asked), { signal: never });
    expect(answered).toMatchObject({ status: "ok", output: "None 0 Why?" });
  });
});
