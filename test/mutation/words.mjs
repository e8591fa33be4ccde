import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** Two words side by side: a sentence for people. Tests assert codes; that sentences are there is asserted where they matter. */
const SENTENCE = /[a-z]{2,}[`,]? [`a-z]/i;

function textOf({ node }) {
  if (node.type === 'StringLiteral') return node.value;
  if (node.type === 'TemplateLiteral') return node.quasis.map(({ value }) => value.raw).join('0');
  return '';
}

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'words', {
    shouldIgnore: (path) => (SENTENCE.test(textOf(path)) ? 'a sentence for people' : undefined),
  }),
];
