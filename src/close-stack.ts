/** What has been opened so far, closed in the opposite order. */
export interface CloseStack extends AsyncDisposable {
  use<Opened extends AsyncDisposable>(opened: Opened): Opened;
  defer(close: () => Promise<unknown> | undefined): void;
  /** Takes all out: from now on whoever has what is returned closes it. */
  move(): CloseStack;
}

/**
 * As `AsyncDisposableStack` (ECMAScript explicit resource management), which Node.js 22 lacks. Everything is closed,
 * whatever fails to; the first failure is thrown at the end.
 */
export function createCloseStack(closers: (() => Promise<unknown> | undefined)[] = []): CloseStack {
  return {
    use(opened) {
      closers.push(async () => opened[Symbol.asyncDispose]());
      return opened;
    },
    defer(close) {
      closers.push(close);
    },
    move: () => createCloseStack(closers.splice(0)),
    async [Symbol.asyncDispose]() {
      const failures: unknown[] = [];
      for (let close = closers.pop(); close; close = closers.pop())
        try {
          await close();
        } catch (error) {
          failures.push(error);
        }
      if (failures.length > 0) throw failures[0];
    },
  };
}
