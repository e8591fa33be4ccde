import type { KeyInfo } from '../../../src/core/keys.js';
import type { TestKey } from './build.js';

/** A primary key that may sign and never expires, as a certificate's reading would give it. */
export function infoOf({ public: key }: TestKey): KeyInfo {
  const { fingerprint, material, algorithm, algorithmName, strong, created, spki } = key;
  return {
    fingerprint,
    material,
    algorithm,
    algorithmName,
    strong,
    created,
    spki,
    expires: null,
    revoked: false,
    certified: true,
    maySign: true,
    primary: null,
  };
}
