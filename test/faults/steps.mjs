/**
 * Loaded into mpa before its own code (`node --import`): numbers every step that touches the disk or starts git, writes each to FAULT_LOG,
 * and at the step FAULT_AT either kills the process as a power cut would (FAULT_MODE=kill) or lets that step fail with the
 * system error that FAULT_MODE names (ENOSPC, EACCES, EIO). The program itself knows nothing of it.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const { FAULT_AT, FAULT_MODE, FAULT_LOG } = process.env;
for (const name of ['FAULT_AT', 'FAULT_MODE', 'FAULT_LOG', 'NODE_OPTIONS']) delete process.env[name];
const at = Number(FAULT_AT ?? 0);
const log = fs.openSync(FAULT_LOG, 'a');
const write = fs.writeSync;
let steps = 0;

/** One step is about to happen. `fails`: whether it can fail by itself; throws where it is to. */
function step(what, where, fails) {
  steps += 1;
  write(log, `${steps} ${what} ${String(where)}\n`);
  if (steps !== at) return;
  if (FAULT_MODE === 'kill') process.kill(process.pid, 'SIGKILL');
  else if (fails) {
    const message = `${FAULT_MODE}: injected, ${what} '${String(where)}'`;
    throw Object.assign(new Error(message), { code: FAULT_MODE, syscall: what, path: String(where) });
  }
}

const writes = (flags) =>
  flags !== undefined && flags !== 'r' && !(typeof flags === 'number' && (flags & 3) === 0);

for (const name of [
  'mkdir',
  'mkdtemp',
  'rename',
  'rm',
  'unlink',
  'link',
  'symlink',
  'writeFile',
  'chmod',
  'copyFile',
]) {
  const [later, now] = [promises[name], fs[`${name}Sync`]];
  promises[name] = async (path, ...rest) => {
    step(name, path, name !== 'rm' && name !== 'unlink');
    return later(path, ...rest);
  };
  fs[`${name}Sync`] = (path, ...rest) => {
    step(name, path, name !== 'rm' && name !== 'unlink');
    return now(path, ...rest);
  };
}

const { open } = promises;
promises.open = async (path, flags, ...rest) => {
  if (writes(flags)) step('open', path, true);
  return open(path, flags, ...rest);
};
const { openSync } = fs;
fs.openSync = (path, flags, ...rest) => {
  if (writes(flags) && path !== '/dev/null') step('open', path, true);
  return openSync(path, flags, ...rest);
};

const probe = await open('/dev/null', 'r');
const handle = Object.getPrototypeOf(probe);
await probe.close();
for (const name of ['writeFile', 'write', 'sync', 'datasync']) {
  const original = handle[name];
  handle[name] = async function (...rest) {
    step(name, 'an open file', true);
    return original.apply(this, rest);
  };
}

const { spawn } = childProcess;
childProcess.spawn = (program, args, ...rest) => {
  const what = `${program} ${Array.isArray(args) ? (args.find((each) => /^[a-z]/.test(each)) ?? '') : ''}`;
  step('before', what, false);
  const child = spawn(program, args, ...rest);
  // The child goes on by itself: a push may land with nobody left to hear of it.
  step('during', what, false);
  child.prependListener('close', () => step('after', what, false));
  return child;
};
syncBuiltinESMExports();
