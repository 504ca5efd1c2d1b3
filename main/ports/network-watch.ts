/** What the system knows of its lines. */
export interface NetworkWatch {
  /** Whether the line is paid by volume; null: the system does not tell. */
  isMetered(): Promise<boolean | null>;
  /** Calls back when addresses came or went; the answer ends it. */
  onChange(listener: () => void): () => void;
}
