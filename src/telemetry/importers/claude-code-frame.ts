export interface RunOptions {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly agentName: string;
  readonly sessionId: string | null;
  readonly tags: Record<string, string>;
}

/** What all spans of a run share. */
export const frameOf = (options: RunOptions) => ({
  traceId: options.traceId,
  sessionId: options.sessionId,
  service: "claude-code",
  scope: "claude-code-transcript",
});
