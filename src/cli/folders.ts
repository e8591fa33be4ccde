/** Where this person's files are. CLI.md: MPA_HOME, or the XDG folders. Absolute paths. */
export interface Folders {
  readonly config: string;
  readonly keys: string;
  readonly ledgers: string;
  readonly state: string;
}
