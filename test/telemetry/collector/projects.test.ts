import { describe, expect, test } from "vitest";
import { json, jsonSpan } from "../otlp/samples.ts";
import { type Started, startTestCollector } from "./start.ts";

interface Send {
  readonly path?: string;
  readonly header?: string;
  readonly resource?: Record<string, string>;
}

const send = ({ url }: Started, { path = "/v1/traces", header, resource = {} }: Send) =>
  fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(header ? { "x-evalwright-project": header } : {}) },
    body: json({
      resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ spans: [jsonSpan()] }] }],
    }),
  });

const projectsOf = ({ store }: Started) => store.batches.map((batch) => batch.projectId);

describe("the project of a span", () => {
  test("header before path before attribute before service before unsorted", async () => {
    const started = await startTestCollector();
    started.store.services.set("api", "from-service");
    const all = { path: "/p/from-path/v1/traces", resource: { "evalwright.project": "from-attribute" } };
    await send(started, { ...all, header: "from-header" });
    await send(started, all);
    await send(started, { resource: { "evalwright.project": "from-attribute", "service.name": "api" } });
    await send(started, { resource: { "service.name": "api" } });
    await send(started, { resource: { "service.name": "other" } });
    expect(projectsOf(started)).toEqual([
      "from-header",
      "from-path",
      "from-attribute",
      "from-service",
      "unsorted",
    ]);
    expect([...started.store.projects.keys()]).toContain("from-header");
  });

  test("a known slug means its project", async () => {
    const started = await startTestCollector();
    started.store.projects.set("shop", { id: "shop-1a2b", slug: "shop" });
    await send(started, { path: "/p/shop/v1/traces" });
    expect(projectsOf(started)).toEqual(["shop-1a2b"]);
  });

  test("a service is remembered once, by the first that says it, and never under an SDK's default name", async () => {
    const started = await startTestCollector();
    await send(started, { header: "first", resource: { "service.name": "api" } });
    await send(started, { header: "second", resource: { "service.name": "api" } });
    await send(started, { header: "first", resource: { "service.name": "unknown_service:node" } });
    await send(started, { resource: { "service.name": "api" } });
    expect(Object.fromEntries(started.store.services)).toEqual({ api: "first" });
    expect(projectsOf(started).at(-1)).toBe("first");
  });

  test("a bad name is 400 where the sender chose it, and a finding where an attribute says it", async () => {
    const started = await startTestCollector();
    expect((await send(started, { header: "Not Valid" })).status).toBe(400);
    expect((await send(started, { path: "/p/%E0%A4%A/v1/traces" })).status).toBe(400);
    expect(started.store.inserts()).toBe(0);
    expect((await send(started, { resource: { "evalwright.project": "Not Valid" } })).status).toBe(200);
    const [span] = started.store.spans("unsorted").slice(-1);
    expect(span?.findings).toContainEqual({
      code: "bad_attribute",
      detail: "evalwright.project is not the name of a project",
    });
  });

  test("resources of one request go each to their own project, in one write", async () => {
    const started = await startTestCollector();
    const group = (project: string) => ({
      resource: { attributes: { "evalwright.project": project } },
      scopeSpans: [{ spans: [jsonSpan()] }],
    });
    await fetch(`${started.url}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: json({ resourceSpans: [group("a"), group("b"), group("a")] }),
    });
    expect(started.store.batches.map((batch) => [batch.projectId, batch.spans.length])).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
    expect(started.store.inserts()).toBe(1);
  });
});
