/** How files of some kinds begin, in hex, at an offset. */
const MAGIC: readonly (readonly [name: string, hex: string, offset?: number])[] = [
  ['ELF program', '7f454c46'],
  ['Mach-O program', 'feedface'],
  ['Mach-O program', 'feedfacf'],
  ['Mach-O program', 'cefaedfe'],
  ['Mach-O program', 'cffaedfe'],
  ['Java class or Mach-O program', 'cafebabe'],
  ['Windows program', '4d5a'],
  ['WebAssembly', '0061736d'],
  ['gzip archive', '1f8b'],
  ['bzip2 archive', '425a68'],
  ['xz archive', 'fd377a585a00'],
  ['zstd archive', '28b52ffd'],
  ['lz4 archive', '04224d18'],
  ['7z archive', '377abcaf271c'],
  ['zip archive (or jar, docx, apk)', '504b0304'],
  ['zip archive, empty', '504b0506'],
  ['RPM package', 'edabeedb'],
  ['ar archive or Debian package', '213c617263683e0a'],
  ['tar archive', '7573746172', 257],
  ['PDF document', '25504446'],
  ['PNG image', '89504e470d0a1a0a'],
  ['JPEG image', 'ffd8ff'],
  ['GIF image', '47494638'],
  ['SQLite database', '53514c69746520666f726d6174203300'],
  ['Python pickle or torch weights', '8002'],
  ['HDF5 data', '894844460d0a1a0a'],
  ['GGUF model', '47475546'],
  ['NumPy array', '934e554d5059'],
  ['Parquet data', '50415231'],
  ['OpenPGP data, armored', '2d2d2d2d2d424547494e20504750'],
  ['UTF-16 text', 'fffe'],
  ['UTF-16 text', 'feff'],
];

/** What a file that is no readable text is, by its first bytes. A guess, for people: whoever made the file chose them. */
export function typeOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, 300)).toString('hex');
  const found = MAGIC.find(([, digits, offset = 0]) => hex.startsWith(digits, offset * 2));
  return found?.[0] ?? 'binary';
}
