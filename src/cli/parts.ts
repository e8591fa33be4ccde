/** What every ledger is read with, under one name: loaded together, one file is found and not six. For context.ts. */
export { withoutPassword } from '../git/remote.js';
export { checkGit, createStore, ensureRemote, openStore, parseRemote } from '../git/store.js';
export { pin, stageIn } from '../ledger/inspect.js';
export { openLedger } from '../ledger/open.js';
export { openSpentRecord } from '../ledger/spent.js';
export { createCertificateReader } from '../signing/certificate.js';
export { createSignatureChecker } from '../signing/checker.js';
export { storedFingerprints } from '../signing/key-file.js';
