/**
 * Something that is valid and not wise. `refuse`: a writer takes it only with `--anyway`; `warn`: said, no more. `path`: where, as in
 * PolicyProblem. `message` and `mend` are sentences, safe to show.
 */
export interface Remark {
  readonly level: 'refuse' | 'warn';
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly mend: string;
}
