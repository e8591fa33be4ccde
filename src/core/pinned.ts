import type { CommandAction } from './action.js';
import { joinPath } from './paths.js';
import { matches } from './patterns.js';

/**
 * `joinPath(folder, path)` for a `folder` that is normalised already (empty: the root), without reading all of it
 * again: a hostile request has a `cwd` of 500,000 parts and 1,000 arguments that lead there.
 */
function placeIn(folder: string, path: string): string {
  let rest = joinPath('', path);
  if (rest.startsWith('/')) return rest;
  let place = folder;
  while (rest === '..' || rest.startsWith('../')) {
    place = place.slice(0, Math.max(0, place.lastIndexOf('/')));
    rest = rest.slice(3);
  }
  return rest === '' && place !== '' ? place : `${place}/${rest}`;
}

/**
 * How paths of `action` are compared: normalised, and absolute for a person. An executor's stand in a fresh private
 * folder (section 8.7): null for what leads out of it, which nothing pins.
 */
function placesOf(action: CommandAction): (path: string) => string | null {
  if (action.cwd === undefined) {
    return (path) => {
      const place = joinPath('', path);
      return place === '..' || place.startsWith('../') ? null : place;
    };
  }
  const cwd = joinPath(action.cwd, '');
  const folder = cwd === '/' ? '' : cwd;
  return (path) => placeIn(folder, path);
}

/**
 * The paths by which an argument may be pinned. An option is no path: what a program opens for `--file=x` is x, and a decoy that is
 * itself called `--file=x` must not stand for it. Such a file is meant by `./--file=x`.
 */
function pathsIn(argument: string): string[] {
  const equals = argument.indexOf('=');
  return [
    ...(argument.startsWith('-') ? [] : [argument]),
    ...(equals === -1 ? [] : [argument.slice(equals + 1)]),
  ];
}

/**
 * The index of the first argument that matches one of `patterns` and is not pinned; null: there is none. Section 6,
 * `pins`: every argument after the first that matches must be pinned, which is that it (unless it begins with `-`), or
 * the part after its first `=`, names a pin's path.
 */
export function firstUnpinned(action: CommandAction, patterns: readonly string[]): number | null {
  const placeOf = placesOf(action);
  const pinned = new Set((action.pins ?? []).map((pin) => placeOf(pin.path)));
  const isPinned = (path: string): boolean => {
    const place = placeOf(path);
    return place !== null && pinned.has(place);
  };
  const index = action.argv.findIndex((argument, i) => {
    if (i === 0 || !patterns.some((pattern) => matches(pattern, argument))) return false;
    return !pathsIn(argument).some(isPinned);
  });
  return index === -1 ? null : index;
}
