/** A mistake of a sender's set-up that the collector recognised. */
type Hint = "grpc_on_http_port" | "http_on_grpc_port" | "wrong_path" | "logs_as_spans" | "unsupported_type";

const HINTS: Readonly<Record<Hint, string>> = {
  grpc_on_http_port:
    "A gRPC sender connected to the HTTP port: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or its endpoint to the gRPC port.",
  http_on_grpc_port:
    "An HTTP sender connected to the gRPC port (it was served all the same): set its endpoint to the HTTP port.",
  wrong_path: "A sender posted to a path that does not exist: traces go to /v1/traces.",
  logs_as_spans: "A sender posted log records to /v1/traces: they go to /v1/logs.",
  unsupported_type: "A sender used a Content-Type other than application/x-protobuf and application/json.",
};

/**
 * What has arrived since the start: counts and hints only, no content. `logsIgnored` are records about no agent,
 * `rejected` single spans and records, `refused` whole requests.
 */
export interface Activity {
  count(kind: "spans" | "logs" | "logsIgnored" | "rejected" | "refused", amount?: number): void;
  hint(hint: Hint): void;
  hints(): readonly string[];
  counts(): Readonly<Record<string, number>>;
  onHint(callback: () => void): void;
}

export function createActivity(): Activity {
  const counts = { spans: 0, logs: 0, logsIgnored: 0, rejected: 0, refused: 0 };
  const hints = new Set<Hint>();
  let changed: () => void = () => undefined;
  return {
    count(kind, amount = 1) {
      counts[kind] += amount;
    },
    hint(hint) {
      if (hints.has(hint)) return;
      hints.add(hint);
      changed();
    },
    hints: () => [...hints].map((hint) => HINTS[hint]),
    counts: () => ({ ...counts }),
    onHint(callback) {
      changed = callback;
    },
  };
}
