import { resolve } from 'node:path';
import { MpaError } from '../core/errors.js';

/** Where a ledger's repository is. `url` is what git is given. `path`: the folder, where it is on this machine; else null. */
export interface Remote {
  readonly kind: 'path' | 'file' | 'ssh' | 'https';
  readonly url: string;
  readonly path: string | null;
}

/**
 * Reads a remote's address: a path (taken relative to `cwd`), `file://`, `ssh://` and scp-like `host:path`, `https://`.
 * Everything else is refused with `transport-refused`: other schemes, `helper::address`, options, control characters.
 */
export function parseRemote(text: string, cwd: string = process.cwd()): Remote {
  if (text === '' || /[\u0000-\u001f\u007f]/.test(text))
    throw refused(text, 'it is empty or holds control characters');
  if (text.startsWith('-')) throw refused(text, 'it looks like an option');
  // git takes these for the name of a program that speaks with the remote.
  if (/^[A-Za-z0-9+.-]*::/.test(text)) throw refused(text, 'it names a transport helper');
  const scheme = /^([A-Za-z0-9+.-]+):\/\//.exec(text)?.[1];
  if (scheme === undefined)
    return /^[^/]*:/.test(text) ? scpLike(text) : { kind: 'path', ...local(resolve(cwd, text)) };
  if (scheme === 'file') return fileUrl(text);
  if (scheme === 'ssh' || scheme === 'https') return networkUrl(text, scheme);
  throw refused(text, `its transport is ${scheme}`);
}

function local(path: string): { url: string; path: string } {
  return { url: path, path };
}

function fileUrl(text: string): Remote {
  const written = text.slice('file://'.length);
  const path = decoded(written);
  if (!written.startsWith('/') || path === null)
    throw refused(text, 'file:// must be followed by an absolute path');
  return { kind: 'file', url: text, path: resolve(path) };
}

function networkUrl(text: string, kind: 'ssh' | 'https'): Remote {
  const match = /^[a-z]+:\/\/([^/?#]*)(\/.*)?$/.exec(text);
  const [authority, path] = [match?.[1] ?? '', match?.[2] ?? ''];
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (!URL.canParse(text) || host === '' || path.length < 2) throw refused(text, 'it lacks a host or a path');
  if (decoded(authority) === null || [authority, host].some((part) => decoded(part)?.startsWith('-'))) {
    throw refused(text, 'its host looks like an option');
  }
  return { kind, url: text, path: null };
}

/** `[user@]host:path`, host perhaps an address in brackets. */
function scpLike(text: string): Remote {
  const match = /^((?:[^/:@[\]]+@)?(?:[^/:@[\]]+|\[[^/[\]]+\])):(.+)$/.exec(text);
  const [authority, path] = [match?.[1], match?.[2]];
  if (authority === undefined || path === undefined)
    throw refused(text, 'it is no address that is known here');
  const host = authority.slice(authority.indexOf('@') + 1);
  if (host.startsWith('-') || path.startsWith('-'))
    throw refused(text, 'its host or path looks like an option');
  return { kind: 'ssh', url: text, path: null };
}

/** As git decodes an address; null where that gives control characters or is no text. */
function decoded(text: string): string | null {
  try {
    const plain = decodeURIComponent(text);
    return /[\u0000-\u001f\u007f]/.test(plain) ? null : plain;
  } catch {
    return null;
  }
}

/** An address without the password or token that it may carry: for messages. */
export function withoutPassword(url: string): string {
  return url.replace(/^(https?:\/\/)[^/]*@/, '$1').replace(/^([a-z]+:\/\/[^/@:]*):[^/@]*@/, '$1@');
}

function refused(text: string, why: string): MpaError {
  return new MpaError(
    'transport-refused',
    `the remote ${JSON.stringify(withoutPassword(text))} is refused: ${why}`,
    {
      hint: 'use a path, file://, ssh://, host:path or https://',
    },
  );
}
