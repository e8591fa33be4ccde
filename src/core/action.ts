import type { Policy } from './policy-document.js';

/** A digest of a file or stream; `attached` says that its bytes travel in the request's tree. Section 4. */
export interface Content {
  readonly sha256: string;
  readonly size: number;
  readonly attached: boolean;
}

export interface Pin extends Content {
  readonly path: string;
}

/** `absent` is /dev/null. Section 4. */
export type Stdin = 'terminal' | Content;

export interface CommandAction {
  readonly kind: 'command';
  readonly argv: readonly string[];
  readonly host?: string;
  readonly user?: string;
  readonly program?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly passEnv?: readonly string[];
  readonly stdin?: Stdin;
  readonly pins?: readonly Pin[];
  readonly executor?: string;
}

export interface AccessAction {
  readonly kind: 'access';
  readonly resource: string;
}

export interface PolicyAction {
  readonly kind: 'policy';
  readonly base: string;
  readonly policy: Policy;
}

export type Action = CommandAction | AccessAction | PolicyAction;
