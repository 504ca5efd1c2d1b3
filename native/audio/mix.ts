/**
 * Mixes channels down to mono: the mean over the channels, sample by sample.
 * `channels`: one or more arrays of the same length; the result is a new array of that length, in the same units.
 */
export function mixToMono(channels: readonly Float32Array[]): Float32Array {
  const first = channels[0];
  if (first === undefined) throw new RangeError('mixToMono needs at least one channel');
  for (const channel of channels) {
    if (channel.length !== first.length) throw new RangeError('mixToMono needs channels of one length');
  }
  const mono = new Float32Array(first.length);
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (const channel of channels) sum += channel[i]!;
    mono[i] = sum / channels.length;
  }
  return mono;
}
