// Loaded into mpa by the benchmark: writes down when each process that it starts, and each wait for the disk, began and ended.
import { subscribe } from 'node:diagnostics_channel';
import { open, rm } from 'node:fs/promises';
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const file = process.env['MPA_BENCH_TIMELINE'] ?? '';
const begun = performance.now();
const spans = [];
const span = (name) => {
  const one = { name, from: performance.now(), to: 0 };
  spans.push(one);
  return one;
};

subscribe('child_process', ({ process: child }) => {
  const one = span('');
  child.once('spawn', () => {
    one.name = child.spawnargs.join(' ');
  });
  child.once('exit', () => {
    one.to = performance.now();
  });
});

const handle = await open(`${file}.new`, 'w');
const files = Object.getPrototypeOf(handle);
for (const name of ['sync', 'datasync']) {
  const original = files[name];
  files[name] = async function () {
    const one = span('disk');
    try {
      return await original.call(this);
    } finally {
      one.to = performance.now();
    }
  };
}
await handle.close();
await rm(`${file}.new`);

// What this file itself took is no part of what is measured.
const ready = performance.now();
process.once('exit', () => {
  writeFileSync(file, JSON.stringify({ begun, ready, spans, over: performance.now() }));
});
