import type { RawLog } from "../raw.ts";
import { idFromJson, optionalId } from "./ids.ts";
import { LOG_SHAPE, readJsonRequest } from "./json-resources.ts";
import { anyValue, attributesAt, field, textAt, timeAt } from "./json-value.ts";
import { finishLog } from "./log-record.ts";
import type { Rejections } from "./rejected.ts";

/** Reads the parsed JSON of an ExportLogsServiceRequest. Throws `invalid_input` when it is something else. */
export function readJsonLogsRequest(request: unknown, rejections: Rejections): RawLog[] {
  const logs: RawLog[] = [];
  readJsonRequest(request, LOG_SHAPE, rejections, (item, origin) => {
    if (field(item, "startTimeUnixNano", "start_time_unix_nano") !== undefined) {
      rejections.add("not a log record but a span");
      return;
    }
    const log = finishLog(
      {
        timeNs: timeAt(item, "timeUnixNano", "time_unix_nano"),
        observedNs: timeAt(item, "observedTimeUnixNano", "observed_time_unix_nano"),
        eventName: textAt(item, "eventName", "event_name") || null,
        body: anyValue(item["body"], 0),
        attributes: attributesAt(item),
        traceId: optionalId(idFromJson(field(item, "traceId", "trace_id"), 16)),
        spanId: optionalId(idFromJson(field(item, "spanId", "span_id"), 8)),
        origin,
      },
      rejections,
    );
    if (log) logs.push(log);
  });
  return logs;
}
