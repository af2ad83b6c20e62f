import type { FieldRef, Filter, FilterValue } from "../model/filter.ts";
import type { FieldType } from "./field-types.ts";
import { FIELDS } from "./fields.ts";
import { formatTime } from "./time-value.ts";

const BARE_KEY = /^[^\s()=!<>~,"']+$/;

const types: ReadonlyMap<string, FieldType> = new Map(FIELDS.map((field) => [field.name, field.type]));

function describeField({ name, key, source }: FieldRef): string {
  const keyed = key === undefined ? "" : `.${BARE_KEY.test(key) ? key : JSON.stringify(key)}`;
  return `${name}${keyed}${source === undefined ? "" : `(source: ${source})`}`;
}

function describeValue(value: FilterValue, type: FieldType | undefined): string {
  if (typeof value === "number") {
    if (type === "time") return formatTime(value);
    return type === "duration" ? `${value}ms` : String(value);
  }
  return typeof value === "string" && type !== "enum" && type !== "id"
    ? JSON.stringify(value)
    : String(value);
}

function describeTerm(filter: Filter): string {
  const text = describeFilter(filter);
  return filter.type === "and" || filter.type === "or" ? `(${text})` : text;
}

/** The canonical text of a filter: `parseFilter` of it is the same filter, at any later moment. */
export function describeFilter(filter: Filter): string {
  switch (filter.type) {
    case "all":
      return "";
    case "and":
    case "or":
      return filter.terms.map(describeTerm).join(filter.type === "and" ? " AND " : " OR ");
    case "not":
      return `NOT ${describeTerm(filter.term)}`;
    case "span":
      return `span(${describeFilter(filter.where)})`;
    case "compare": {
      const field = describeField(filter.field);
      const values = filter.values.map((value) => describeValue(value, types.get(filter.field.name)));
      if (filter.op === "in") return `${field} in (${values.join(", ")})`;
      return values.length === 0 ? `${field} ${filter.op}` : `${field} ${filter.op} ${values.join(", ")}`;
    }
  }
}
