import type { Json, JsonObject } from "../../model/json.ts";
import type { RawLog } from "../raw.ts";
import { isStorableTime } from "./any-value.ts";
import type { Rejections } from "./rejected.ts";

interface DecodedLog {
  readonly timeNs: bigint;
  readonly observedNs: bigint;
  readonly eventName: string | null;
  readonly body: Json;
  readonly attributes: JsonObject;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly origin: Pick<RawLog, "resource" | "scope">;
}

/** Fills what both encodings fill alike: the event's name and time where they stand in their second place. */
export function finishLog(log: DecodedLog, rejections: Rejections): RawLog | null {
  const timeNs = log.timeNs === 0n ? log.observedNs : log.timeNs;
  if (!isStorableTime(timeNs)) return rejections.add("a time is after the year 2255");
  const attribute = log.attributes["event.name"];
  return {
    eventName: log.eventName ?? (typeof attribute === "string" && attribute !== "" ? attribute : null),
    timeNs,
    traceId: log.traceId,
    spanId: log.spanId,
    body: log.body,
    attributes: log.attributes,
    resource: log.origin.resource,
    scope: log.origin.scope,
  };
}
