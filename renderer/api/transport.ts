/** How a page reaches `main`: the preload bridge of the desktop app, or the loopback host of this PC. */
export interface Transport {
  /** Resolves to what `main` answered, unparsed; rejects when `main` could not be reached. */
  invoke(name: string, input: unknown): Promise<unknown>;
  /** Raw events as they come; the answer ends the subscription. */
  listen(listener: (event: unknown) => void): () => void;
}
