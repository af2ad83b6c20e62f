/** Whoever read our output may have seen enough (`| head`): then we end as other programs do, by SIGPIPE's code. */
export function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(141);
  });
}
