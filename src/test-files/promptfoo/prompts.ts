import { basename, extname } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { fillTemplate, variablesOf } from "../../targets/template.ts";
import { type ConfigPlace, expandPattern, fileRef, isProgram, readPlaced } from "./config-files.ts";
import { asList, asObject, asText } from "./fields.ts";
import type { Notes } from "./notes.ts";
import { isTemplate } from "./templates.ts";

/** A prompt with a model, as the content of a target file. */
export interface PromptTargetFile {
  readonly label: string;
  readonly content: JsonObject;
}

const SETTINGS = [
  "temperature",
  "top_p",
  "max_tokens",
  "seed",
  "stop",
  "frequency_penalty",
  "presence_penalty",
];
const KINDS = /^(?:chat|completion|completions|responses|messages|text)$/;

/** `openai:chat:gpt-5-mini` is the model gpt-5-mini. */
function modelOf(id: string): string {
  const [, second = "", ...rest] = id.split(":");
  const name = KINDS.test(second) && rest.length > 0 ? rest.join(":") : [second, ...rest].join(":");
  return name === "" ? id : name;
}

interface Provider {
  readonly model: string;
  readonly settings: JsonObject;
}

function providersOf(config: JsonObject, notes: Notes): Provider[] {
  return asList(config["providers"] ?? config["targets"]).flatMap((entry): Provider[] => {
    const [only] = isJsonObject(entry) && entry["id"] === undefined ? Object.entries(entry) : [];
    const id = asText(entry) ?? asText(asObject(entry)["id"]) ?? only?.[0];
    const options = asObject(only ? only[1] : entry);
    if (
      id === undefined ||
      /^(?:file:|exec:|https?:|wss?:|python:|package:|webhook|\.|\/)/.test(id) ||
      !id.includes(":")
    ) {
      notes.add("provider that is a program or a service: write a target file of kind command or http");
      return [];
    }
    const given = asObject(options["config"]);
    const settings = Object.fromEntries(Object.entries(given).filter(([name]) => SETTINGS.includes(name)));
    const left = Object.keys(given).filter((name) => !SETTINGS.includes(name)).length;
    if (left > 0) notes.add("fields of a provider's config", left);
    if (options["transform"] !== undefined) notes.add("transform of a provider");
    return [{ model: modelOf(id), settings }];
  });
}

interface Prompt {
  readonly label: string;
  readonly prompt: string | JsonObject[];
}

const isMessage = (value: Json): value is { role: string; content: string } =>
  isJsonObject(value) &&
  typeof value["content"] === "string" &&
  ["system", "user", "assistant"].includes(asText(value["role"]) ?? "");

/** A text, or the chat that its JSON is; undefined where the JSON is another one. */
function promptOf(text: string): Prompt["prompt"] | undefined {
  if (!/^\s*\[/.test(text)) return text;
  try {
    const value: Json = JSON.parse(text);
    return Array.isArray(value) && value.length > 0 && value.every(isMessage)
      ? value.map(({ role, content }) => ({ role, content }))
      : undefined;
  } catch {
    return text;
  }
}

const PLACEHOLDER = "x";

/** Whether nothing but `{{variables}}` is to be filled in. */
const isSimple = (text: string): boolean =>
  !isTemplate(
    fillTemplate(text, Object.fromEntries(variablesOf(text).map((path) => [path, PLACEHOLDER]))).replaceAll(
      /\{\{\s*[\w.-]+\s*\}\}/g,
      PLACEHOLDER,
    ),
  );

async function textsOf(
  entry: Json,
  place: ConfigPlace,
  notes: Notes,
): Promise<{ label: string; text: string }[]> {
  const fields = asObject(entry);
  const stated = asText(entry) ?? asText(fields["raw"]) ?? asText(fields["id"]);
  if (stated === undefined) {
    notes.add("prompt that is neither a text nor a file");
    return [];
  }
  const looksLikeFile =
    !stated.includes("\n") && /\.(?:txt|md|json|j2|ya?ml|csv|[cm]?[jt]s|py|sh)(?::\w+)?$/.test(stated);
  const ref = fileRef(stated) ?? (looksLikeFile ? fileRef(`file://${stated}`) : undefined);
  const label = asText(fields["label"]);
  if (/^(?:exec:|langfuse:|portkey:|helicone:|https?:)/.test(stated) || (ref && isProgram(ref))) {
    notes.add("prompt that a program or a service gives");
    return [];
  }
  if (!ref) return [{ label: label ?? "prompt", text: stated }];
  const texts: { label: string; text: string }[] = [];
  for (const path of await expandPattern(place, ref.path)) {
    const file = await readPlaced(place, path);
    if ("problem" in file || extname(path) === ".csv") {
      notes.add(`prompt in ${"problem" in file ? file.problem : "a CSV file"}`);
      continue;
    }
    const parts = extname(path) === ".txt" ? file.text.split(/^---\s*$/m) : [file.text];
    for (const part of parts)
      if (part.trim() !== "")
        texts.push({ label: label ?? basename(path, extname(path)), text: part.trim() });
  }
  return texts;
}

/**
 * The prompts of a configuration with each of its models as target files of kind `prompt`, where nothing but simple
 * variables is in them.
 */
export async function promptTargets(
  config: JsonObject,
  place: ConfigPlace,
  notes: Notes,
): Promise<readonly PromptTargetFile[]> {
  const prompts: Prompt[] = [];
  for (const entry of asList(config["prompts"]))
    for (const { label, text } of await textsOf(entry, place, notes)) {
      const prompt = promptOf(text);
      const parts =
        prompt === undefined
          ? []
          : typeof prompt === "string"
            ? [prompt]
            : prompt.map(({ content }) => String(content));
      if (prompt === undefined) notes.add("prompt whose JSON is no chat of texts");
      else if (!parts.every(isSimple)) notes.add("prompt that needs more of Nunjucks than {{variables}}");
      else prompts.push({ label, prompt });
    }
  const providers = providersOf(config, notes);
  return prompts.flatMap(({ label, prompt }) =>
    providers.map(({ model, settings }) => ({
      label: `${label} with ${model}`,
      content: {
        kind: "prompt",
        name: `${label} with ${model}`.slice(0, 80),
        model,
        prompt,
        ...(Object.keys(settings).length > 0 ? { settings } : {}),
      },
    })),
  );
}
