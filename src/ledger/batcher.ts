/** Gathers single requests into one call of `send`, which answers them in order. */
export interface Batcher<Request, Answer> {
  add(request: Request): Promise<Answer>;
  /** Resolves when nothing is gathered or under way. */
  idle(): Promise<void>;
}

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What is added while a call is under way goes with the next one, so that a busy ledger writes many entries in one
 * transaction and an idle one answers at once. A failed call fails all of its requests.
 * @param linger waited for before each call, to gather more; undefined: not at all.
 */
export function createBatcher<Request, Answer>(
  send: (requests: readonly Request[]) => Promise<readonly Answer[]>,
  most: number,
  linger: () => Promise<void> | undefined = () => undefined,
): Batcher<Request, Answer> {
  const queue: Waiting<Request, Answer>[] = [];
  let working: Promise<void> | undefined;

  const sendGroup = async (group: readonly Waiting<Request, Answer>[]): Promise<void> => {
    try {
      const answers = await send(group.map(({ request }) => request));
      if (answers.length !== group.length) throw new Error("a batch was answered in part");
      for (const [i, { resolve }] of group.entries()) {
        const answer = answers[i];
        if (answer !== undefined) resolve(answer);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };
  const work = async (): Promise<void> => {
    while (queue.length > 0) {
      await linger();
      await sendGroup(queue.splice(0, most));
    }
    working = undefined;
  };
  return {
    add(request) {
      return new Promise((resolve, reject) => {
        queue.push({ request, resolve, reject });
        working ??= Promise.resolve().then(work);
      });
    },
    async idle() {
      await working;
    },
  };
}
