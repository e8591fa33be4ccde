import type { Group } from './define.js';

/** member, group, executor: the everyday changes of a policy. */
export const people: Group = () => undefined;
