/** Lets so many bytes of requests be decoded at once; the others wait, in order, as the bytes that they are. */
export interface Turns {
  /** Runs when it is its turn. A request larger than the bound runs alone. */
  run<T>(bytes: number, work: () => Promise<T>): Promise<T>;
}

/** Decoded spans take several times the memory of their bytes, so that few requests may be decoded ahead of the store. */
export function createTurns(maxBytes: number): Turns {
  const waiting: { readonly bytes: number; readonly go: () => void }[] = [];
  let running = 0;
  let active = 0;
  const admit = (): void => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (active > 0 && running + next.bytes > maxBytes) return;
      waiting.shift();
      running += next.bytes;
      active += 1;
      next.go();
    }
  };
  return {
    async run(bytes, work) {
      await new Promise<void>((go) => {
        waiting.push({ bytes, go });
        admit();
      });
      try {
        return await work();
      } finally {
        running -= bytes;
        active -= 1;
        admit();
      }
    },
  };
}
