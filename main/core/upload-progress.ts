/** How far a session is: by the bytes of its recordings, with a little for everything else. */
export function sessionProgress(
  takes: readonly { readonly sizeBytes: number; readonly sentShare: number }[],
): number {
  const total = takes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const sent = takes.reduce((sum, { sizeBytes, sentShare }) => sum + sizeBytes * sentShare, 0);
  // What is complete but for its receipt is not all there yet.
  return total === 0 ? 0 : Math.min(0.99, Math.round((sent / total) * 100) / 100);
}
