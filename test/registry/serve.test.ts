import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Json, type JsonObject } from "../../src/model/json.ts";
import { type Attached, attach, listening, temporaryHome } from "../server/harness.ts";
import { DOGS, HIDDEN, LONG } from "./texts.ts";

const home = temporaryHome();
let server: Attached;
beforeAll(async () => {
  server = await attach({ home: home.path, project: "shop" });
  await listening(server.httpUrl);
  await server.call("save_prompt", { name: "team/support", text: "one" });
  await server.call("save_prompt", {
    name: "team/support",
    text: "two {{x}}",
    settings: { model: "m" },
    alias: "production",
  });
  await server.call("save_prompt", { name: "team/support", text: "three" });
}, 60_000);
afterAll(async () => {
  await server.close();
  home.remove();
});

const PROJECT = { "x-evalwright-project": "shop" };
const bodyOf = async (response: Response): Promise<JsonObject> =>
  z.record(z.string(), Json).parse(await response.json());
const get = (path: string, headers: Record<string, string> = PROJECT, method = "GET") =>
  fetch(`${server.httpUrl}${path}`, { headers, method });

describe("GET /v1/prompts", () => {
  it("serves a version for ever, an alias and the newest for a moment", async () => {
    const version = await get("/v1/prompts/team/support@2");
    expect(version.status).toBe(200);
    expect(version.headers.get("cache-control")).toBe("private, max-age=31536000, immutable");
    expect(version.headers.get("vary")).toBe("x-evalwright-project");
    const body = await version.json();
    expect(body).toEqual({
      name: "team/support",
      version: 2,
      reference: "team/support@2",
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      type: "text",
      template: "two {{x}}",
      variables: { x: { type: "any", required: true } },
      settings: { model: "m" },
    });
    const alias = await get("/v1/prompts/team/support@production");
    expect(await alias.json()).toEqual(body);
    expect(alias.headers.get("cache-control")).toBe("private, max-age=10, must-revalidate");
    expect(alias.headers.get("etag")).toBe(version.headers.get("etag"));
    const newest = await get("/v1/prompts/team%2Fsupport");
    expect(await newest.json()).toMatchObject({ version: 3, template: "three" });
    expect(await (await get("/p/shop/v1/prompts/team/support%402", {})).json()).toEqual(body);
  });

  it("answers 304 to who has it, until the alias moves", async () => {
    const path = "/v1/prompts/team/support@production";
    const tag = (await get(path)).headers.get("etag") ?? "";
    for (const header of [tag, `W/${tag}`, `"x", ${tag}`, "*"]) {
      const again = await get(path, { ...PROJECT, "if-none-match": header });
      expect(again.status).toBe(304);
      expect(again.headers.get("etag")).toBe(tag);
      expect(again.headers.get("cache-control")).toContain("must-revalidate");
      expect(await again.text()).toBe("");
    }
    await server.call("save_prompt", { name: "team/support", version: 1, alias: "production" });
    const moved = await get(path, { ...PROJECT, "if-none-match": tag });
    expect(moved.status).toBe(200);
    expect(await moved.json()).toMatchObject({ version: 1, template: "one" });
    const head = await get(path, PROJECT, "HEAD");
    expect(head.status).toBe(200);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(100);
    expect(await head.text()).toBe("");
  });

  it("names what there is when it is not there, and none of it is cached", async () => {
    const refused = async (path: string, headers = PROJECT) => {
      const response = await get(path, headers);
      expect(response.headers.get("cache-control")).toBe("no-store");
      return [response.status, (await bodyOf(response))["message"]];
    };
    expect(await refused("/v1/prompts/team/suport")).toEqual([
      404,
      expect.stringMatching(/Did you mean "team\/support"\? Prompts: /),
    ]);
    expect(await refused("/v1/prompts/team/support@9")).toEqual([
      404,
      expect.stringMatching(/versions 1 to 3/),
    ]);
    expect(await refused("/v1/prompts/team/support@staging")).toEqual([
      404,
      expect.stringMatching(/aliases: production/),
    ]);
    expect(await refused("/v1/prompts/a b")).toEqual([400, expect.stringMatching(/no prompt's name/)]);
    expect(await refused("/v1/prompts/x", { "x-evalwright-project": "nobody" })).toEqual([
      404,
      expect.stringMatching(/No project "nobody"\. Projects: shop\./),
    ]);
    const unnamed = await get("/v1/prompts/team/support", {});
    expect(unnamed.status).toBe(400);
    expect((await bodyOf(unnamed))["message"]).toMatch(/x-evalwright-project.*\/p\/PROJECT\/v1\/prompts/);
    const { projects } = Object(await server.call("search_traces", { filter: "cost > 1" }));
    expect(JSON.stringify(projects ?? [])).not.toContain("nobody");
  });

  it("takes GET and HEAD only, and nothing that a foreign page may have caused", async () => {
    const posted = await get("/v1/prompts/team/support", PROJECT, "POST");
    expect(posted.status).toBe(405);
    expect(posted.headers.get("allow")).toBe("GET, HEAD");
    expect(
      (await get("/v1/prompts/team/support", { ...PROJECT, origin: "https://evil.example" })).status,
    ).toBe(403);
    const { port } = new URL(server.httpUrl);
    const status = await new Promise((resolve, reject) => {
      const headers = { ...PROJECT, host: "evil.example" };
      httpRequest({ host: "127.0.0.1", port, path: "/v1/prompts/team/support", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it("serves exactly the text that was saved", async () => {
    const all = [...Object.values(DOGS), ...Object.values(HIDDEN), LONG];
    for (const [n, text] of all.entries()) {
      await server.call("save_prompt", { name: `exact.${n}`, text });
      expect((await bodyOf(await get(`/v1/prompts/exact.${n}`)))["template"]).toBe(text);
    }
    const messages = all.map((content) => ({ role: "user", content }));
    await server.call("save_prompt", { name: "exact.chat", messages });
    const chat = await bodyOf(await get("/v1/prompts/exact.chat@1"));
    expect(chat).toMatchObject({ type: "chat" });
    expect(chat["template"]).toEqual(messages);
  });
});

describe("resources", () => {
  const read = async (uri: string) => {
    const { contents } = await server.client.readResource({ uri });
    const [first] = contents;
    return JSON.parse(first && "text" in first ? String(first.text) : "null");
  };

  it("are read by version, alias and name, whole", async () => {
    const answer = await read("evalwright://prompt/team/support@2");
    expect(answer).toMatchObject({
      prompt: "team/support@2",
      untrusted: { nonce: expect.any(String), template: "two {{x}}", settings: { model: "m" } },
    });
    expect(await read("evalwright://prompt/team/support@production")).toMatchObject({
      prompt: "team/support@1",
    });
    await server.call("save_prompt", { name: "big", text: LONG });
    expect((await read("evalwright://prompt/big")).untrusted.template).toBe(LONG);
    for (const text of Object.values(DOGS).filter((dog) => !dog.includes("\r"))) {
      await server.call("save_prompt", { name: "dog", text });
      expect((await read("evalwright://prompt/dog")).untrusted.template).toBe(text);
      await server.call("save_prompt", { name: "dog", text: "other" });
      await server.call("save_prompt", { name: "dog", text: `${text}.` });
    }
    await expect(read("evalwright://prompt/nobody@1")).rejects.toThrow(/not_found|No prompt/);
  });

  it("are listed with their aliases", async () => {
    const { resources } = await server.client.listResources();
    const uris = resources.map(({ uri }) => uri);
    expect(uris).toContain("evalwright://prompt/team/support@3");
    expect(uris).toContain("evalwright://prompt/team/support@production");
  });
});
