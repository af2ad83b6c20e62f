import { extname } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { type ConfigPlace, expandPattern, fileRef, isProgram, readData, readPlaced } from "./config-files.ts";
import { casesFromCsv } from "./csv-cases.ts";
import { asList } from "./fields.ts";
import type { Notes } from "./notes.ts";

export interface CaseReading {
  readonly place: ConfigPlace;
  readonly notes: Notes;
  /** Types of assertions that there are. */
  readonly types: ReadonlySet<string>;
}

async function fromFile(reading: CaseReading, path: string): Promise<JsonObject[]> {
  const { place, notes, types } = reading;
  const ending = extname(path).toLowerCase();
  if (isProgram({ path, function: undefined })) {
    notes.add("tests that a program makes");
    return [];
  }
  if (ending === ".csv" || ending === ".jsonl") {
    const file = await readPlaced(place, path);
    if ("problem" in file) {
      notes.add(`tests in ${file.problem}`);
      return [];
    }
    if (ending === ".csv") return casesFromCsv(file.text, types, notes);
    const lines = file.text.split("\n").filter((line) => line.trim() !== "");
    const values = lines.map((line): Json => {
      try {
        return JSON.parse(line);
      } catch {
        return null;
      }
    });
    notesOfBroken(notes, values);
    return values.filter(isJsonObject);
  }
  if (![".yaml", ".yml", ".json"].includes(ending)) {
    notes.add("tests in a spreadsheet or another format");
    return [];
  }
  const data = await readData(place, path);
  if ("problem" in data) {
    notes.add(`tests in ${data.problem}`);
    return [];
  }
  return rawCases(reading, data.value);
}

function notesOfBroken(notes: Notes, values: readonly Json[]): void {
  const broken = values.filter((value) => !isJsonObject(value)).length;
  if (broken > 0) notes.add("tests that are no JSON object", broken);
}

/** Tests as they stand: in place, or in files. */
export async function rawCases(reading: CaseReading, tests: Json | undefined): Promise<JsonObject[]> {
  const cases: JsonObject[] = [];
  for (const entry of asList(tests)) {
    if (isJsonObject(entry) && typeof entry["path"] === "string" && entry["vars"] === undefined) {
      reading.notes.add("tests that a program makes");
    } else if (isJsonObject(entry)) cases.push(entry);
    else if (typeof entry === "string") {
      if (/^(?!file:)[a-z]+:\/\//.test(entry)) reading.notes.add("tests on another machine");
      else {
        const { path } = fileRef(entry) ?? { path: entry };
        for (const one of await expandPattern(reading.place, path))
          cases.push(...(await fromFile(reading, one)));
      }
    } else reading.notes.add("tests that are neither fields nor a file");
  }
  return cases;
}
