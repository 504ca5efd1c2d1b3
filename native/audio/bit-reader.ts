/** Thrown when bits are asked for beyond the end of the bytes; caught where the stream is decoded. */
export class EndOfBits extends Error {}

/** Reads big-endian bit fields. */
export class BitReader {
  readonly bytes: Uint8Array;
  #byte: number;
  /** Bits of the current byte already taken, 0–7. */
  #bit = 0;

  constructor(bytes: Uint8Array, offsetBytes = 0) {
    this.bytes = bytes;
    this.#byte = offsetBytes;
  }

  get offsetBytes(): number {
    return this.#byte;
  }

  /** Unsigned, up to 32 bits. */
  unsigned(count: number): number {
    let value = 0;
    let left = count;
    while (left > 0) {
      if (this.#byte >= this.bytes.length) throw new EndOfBits();
      const free = 8 - this.#bit;
      const take = Math.min(free, left);
      const part = (this.bytes[this.#byte]! >> (free - take)) & ((1 << take) - 1);
      value = value * (1 << take) + part;
      left -= take;
      this.#bit += take;
      if (this.#bit === 8) {
        this.#bit = 0;
        this.#byte++;
      }
    }
    return value;
  }

  /** Two's complement, up to 32 bits; 0 for no bits. */
  signed(count: number): number {
    const value = this.unsigned(count);
    return count > 0 && value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** Number of zero bits before the next one bit, which is taken too. */
  unary(): number {
    let zeros = 0;
    for (;;) {
      if (this.#byte >= this.bytes.length) throw new EndOfBits();
      const rest = (this.bytes[this.#byte]! << this.#bit) & 0xff;
      if (rest === 0) {
        zeros += 8 - this.#bit;
        this.#bit = 0;
        this.#byte++;
        continue;
      }
      const lead = Math.clz32(rest) - 24;
      zeros += lead;
      this.#bit += lead + 1;
      if (this.#bit === 8) {
        this.#bit = 0;
        this.#byte++;
      }
      return zeros;
    }
  }

  /** A Rice-coded signed integer: quotient in unary, `parameter` low bits, sign in the lowest. */
  rice(parameter: number): number {
    const value = this.unary() * 2 ** parameter + this.unsigned(parameter);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  alignToByte(): void {
    if (this.#bit === 0) return;
    this.#bit = 0;
    this.#byte++;
  }
}
