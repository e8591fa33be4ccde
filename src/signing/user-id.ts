/** A user id's text, taken apart. `name` and `email` are empty where it is not `Name <email>`. */
export interface UserId {
  readonly name: string;
  readonly email: string;
  readonly text: string;
}

const EMAIL = /^[!-;=?-~]+@[!-;=?-~]+$/;
const CRUD = /^[ .,:;"'\\]+|[ .,:;"'\\]+$/g;
const BAD_IN_NAME = /[\u0000-\u001f\u007f-\u009f<>\ufffd]/;
const NAME_AT_MOST = 100;

/**
 * Reads a user id as `Name <email>`, a last `(comment)` of the name left out, and from either end of the name what
 * section 4 does not let stand there (git drops the same). Name and address come out as section 4 has them, or
 * empty; what is not UTF-8 has no name. Never fails: a policy gives names and addresses itself, so that a user id
 * decides nothing.
 */
export function readUserId(bytes: Uint8Array): UserId {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const [, before, address] = /^([^<>]*)<([^<>]+)>$/.exec(text) ?? [];
  if (before === undefined || address === undefined) return { name: '', email: '', text };
  const plain = before.trim().replace(/ *\([^()]*\)$/, '');
  const name = (plain === '' ? before : plain).replace(CRUD, '');
  const usable = name !== '' && !BAD_IN_NAME.test(name) && Array.from(name).length <= NAME_AT_MOST;
  return { name: usable ? name : '', email: EMAIL.test(address) ? address : '', text };
}
