/** Growing store of planar samples, for streams whose length is known only at their end. */
export interface SampleBuffer {
  readonly frameCount: () => number;
  /** Makes room for `count` more frames and returns the arrays and the offset at which to write them. */
  readonly extend: (count: number) => { channels: Float32Array[]; offset: number };
  readonly finish: (frameCount?: number) => Float32Array[];
}

export function createSampleBuffer(channelCount: number, expectedFrames: number): SampleBuffer {
  let channels = Array.from({ length: channelCount }, () => new Float32Array(Math.max(expectedFrames, 4096)));
  let used = 0;
  return {
    frameCount: () => used,
    extend(count) {
      const needed = used + count;
      if (needed > channels[0]!.length) {
        const capacity = Math.max(needed, channels[0]!.length * 2);
        channels = channels.map((old) => {
          const grown = new Float32Array(capacity);
          grown.set(old.subarray(0, used));
          return grown;
        });
      }
      const offset = used;
      used = needed;
      return { channels, offset };
    },
    finish: (frameCount = used) =>
      channels.map((channel) =>
        channel.length === frameCount ? channel : channel.slice(0, Math.min(frameCount, used)),
      ),
  };
}
