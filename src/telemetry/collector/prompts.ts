import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError, invalidInput } from "../../errors.ts";
import type { Project } from "../../model/project.ts";
import type { PromptVersion } from "../../model/prompt.ts";
import type { Store } from "../../store/store.ts";
import { send, sendJson } from "./answer.ts";

/** Seconds for which an application may use what an alias, or no version, named. */
const ALIAS_SECONDS = 10;
const VERSION_CACHE = "private, max-age=31536000, immutable";
const ALIAS_CACHE = `private, max-age=${ALIAS_SECONDS}, must-revalidate`;
const MOST_PROJECTS = 12;

const HOW = "Name it in the header x-evalwright-project, or ask for /p/PROJECT/v1/prompts/NAME.";

async function projectOf(store: Store, named: string | null): Promise<Project> {
  const found = named === null ? undefined : await store.records.findProject(named);
  if (found) return found;
  const known = (await store.records.listProjects()).map(({ id }) => id);
  const names = `Projects: ${known.slice(0, MOST_PROJECTS).join(", ") || "none yet"}.`;
  if (named === null) throw invalidInput("The request names no project", `${HOW} ${names}`);
  throw new AppError("not_found", `No project "${named.slice(0, 80)}"`, { hint: names });
}

/** What an application gets: the same for every reference to a version, and exactly the text that was saved. */
const bodyOf = ({ name, version, hash, content }: PromptVersion) => ({
  name,
  version,
  reference: `${name}@${version}`,
  hash,
  type: typeof content.template === "string" ? "text" : "chat",
  ...content,
});

/** RFC 9110, 13.1.2: a list of tags or `*`, compared weakly. */
const isMatch = (header: string | undefined, tag: string): boolean =>
  (header ?? "").split(",").some((item) => item.trim() === "*" || item.trim().replace(/^W\//, "") === tag);

/**
 * GET /v1/prompts/NAME, NAME@VERSION or NAME@ALIAS. Pages of browsers get no leave to read it, whatever their origin.
 * @throws AppError `invalid_input` without a project, `not_found` with the names that there are.
 */
export async function servePrompt(
  request: IncomingMessage,
  response: ServerResponse,
  { project, reference }: { readonly project: string | null; readonly reference: string },
  store: Store,
): Promise<void> {
  const { findPrompt } = await import("../../registry/find.ts");
  const { parsePromptReference } = await import("../../registry/reference.ts");
  const isVersion = parsePromptReference(reference).version !== undefined;
  const found = await findPrompt({ store, project: await projectOf(store, project) }, reference);
  const tag = `"${found.hash}"`;
  const headers = {
    etag: tag,
    "cache-control": isVersion ? VERSION_CACHE : ALIAS_CACHE,
    vary: "x-evalwright-project",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
  };
  if (isMatch(request.headers["if-none-match"], tag))
    return send(request, response, 304, new Uint8Array(0), headers);
  sendJson(request, response, 200, bodyOf(found), headers);
}
