// ignoreBOM keeps a byte order mark in the text, where JSON and every comparison refuse it.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as strict UTF-8, no byte order mark removed; null where they are not. Section 4. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}
