/** Where words go. Results on stdout; talk on stderr. Everything handed in is escaped again against control characters. */
export interface Output {
  readonly json: boolean;
  /** A line (or lines) of the result, stdout. Ignored with --json. */
  result(text: string): void;
  /** The one JSON document, stdout, ASCII; `schema` is added. Ignored without --json. */
  document(body: Readonly<Record<string, unknown>>): void;
  /** Progress, hints, next steps: stderr; silent with --quiet. */
  talk(text: string): void;
  /** Warnings: stderr, also with --quiet. */
  warn(text: string): void;
  /** Colour by meaning, plain where colour is off. For stdout (`result`). */
  paint(kind: 'good' | 'bad' | 'warn' | 'dim' | 'strong', text: string): string;
}
