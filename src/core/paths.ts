/**
 * The path that `path` names when taken relative to `cwd`, by text alone (symbolic links are kept): joined by `/`, then empty
 * parts and `.` go, and `..` takes away the part before it. Section 4. An absolute `path` stands by itself and loses the same
 * parts. With an empty `cwd` (an executor's) the outcome is relative, and a `..` with nothing before it stays, so that what
 * leaves the folder never looks like what is in it; from the root, `..` leads to the root.
 */
export function joinPath(cwd: string, path: string): string {
  const whole = path.startsWith('/') || cwd === '' ? path : `${cwd}/${path}`;
  const absolute = whole.startsWith('/');
  const parts: string[] = [];
  for (const part of whole.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!absolute) parts.push(part);
  }
  return (absolute ? '/' : '') + parts.join('/');
}

/** What stands after the last `/`: empty where the path ends in one. Section 4, `program`. */
export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
