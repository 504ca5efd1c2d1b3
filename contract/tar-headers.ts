/**
 * The headers of a tar (POSIX.1-1988 ustar with POSIX.1-2001 extensions) as its bytes pass by, for whoever must judge a
 * tar before a library reads it: in constant memory, whatever lengths the headers claim.
 */
export type TarFault =
  'not-a-tar' | 'not-a-plain-file' | 'file-too-large' | 'extension' | 'extension-too-long' | 'cut';

export interface TarRules {
  /** Type flags of entries that may be there; any where it is not given. */
  readonly kinds?: ReadonlySet<string>;
  /** Type flags whose content speaks about the next entry; a reader holds it in memory. At most 64 KiB each. */
  readonly extensions: ReadonlySet<string>;
  /** Tried on the content of each extension, as Latin-1; what it finds is a fault. */
  readonly forbiddenInExtensions: RegExp;
  /** Whether the end mark must be there, and nothing after it. */
  readonly endsWithMark: boolean;
}

export interface TarWalk {
  /** The next bytes, cut anywhere. The first fault is final. */
  pass(chunk: Uint8Array): TarFault | undefined;
  /** After the last bytes. */
  end(): TarFault | undefined;
}

const blockBytes = 512;
const maximumExtensionBytes = 64 * 1024;
const [sizeAt, sizeEnd, kindAt] = [124, 136, 156];

export function walkTarHeaders(rules: TarRules): TarWalk {
  const header = new Uint8Array(blockBytes);
  let headerLength = 0;
  let contentLeft = 0;
  let hasEnded = false;
  let extension: string[] | undefined;

  const readContent = (piece: Uint8Array): TarFault | undefined => {
    contentLeft -= piece.length;
    extension?.push(latin1(piece));
    if (contentLeft > 0 || extension === undefined) return undefined;
    const text = extension.join('');
    extension = undefined;
    return rules.forbiddenInExtensions.test(text) ? 'extension' : undefined;
  };

  const readHeader = (): TarFault | undefined => {
    if (rules.endsWithMark && header.every((byte) => byte === 0)) {
      hasEnded = true;
      return undefined;
    }
    if (hasEnded) return 'not-a-tar';
    const sizeBytes = sizeIn(header);
    if (typeof sizeBytes === 'string') return sizeBytes;
    const kind = String.fromCharCode(header[kindAt] ?? 0);
    if (rules.kinds?.has(kind) === false) return 'not-a-plain-file';
    contentLeft = Math.ceil(sizeBytes / blockBytes) * blockBytes;
    if (!rules.extensions.has(kind)) return undefined;
    if (sizeBytes > maximumExtensionBytes) return 'extension-too-long';
    extension = [];
    return undefined;
  };

  return {
    pass(chunk) {
      for (let offset = 0; offset < chunk.length;) {
        let fault: TarFault | undefined;
        if (contentLeft > 0) {
          const piece = chunk.subarray(offset, offset + contentLeft);
          offset += piece.length;
          fault = readContent(piece);
        } else {
          const piece = chunk.subarray(offset, offset + blockBytes - headerLength);
          header.set(piece, headerLength);
          headerLength += piece.length;
          offset += piece.length;
          if (headerLength < blockBytes) continue;
          headerLength = 0;
          fault = readHeader();
        }
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
    end() {
      return rules.endsWithMark && (!hasEnded || headerLength > 0 || contentLeft > 0) ? 'cut' : undefined;
    },
  };
}

/** Octal text. GNU's binary numbers are for files above 8 GiB only. */
function sizeIn(header: Uint8Array): number | TarFault {
  if (((header[sizeAt] ?? 0) & 0x80) !== 0) return 'file-too-large';
  const text = (latin1(header.subarray(sizeAt, sizeEnd)).split('\0', 1)[0] ?? '').trim();
  if (!/^[0-7]*$/u.test(text)) return 'not-a-tar';
  return text === '' ? 0 : Number.parseInt(text, 8);
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
