/**
 * The bill of materials of a build, as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/): mpa, each package that really ended up
 * in a chunk, and those that are installed beside it, with version, licence and the digest that package-lock.json pins.
 * The same sources give the same bytes: no time and no serial number stand in it.
 */
import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';

const json = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** `pkg:npm/%40inquirer/core@1.2.3`. */
function purl(name, version) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** The lockfile's digests, base64, as CycloneDX has them: hex. */
function hashes(integrity) {
  if (typeof integrity !== 'string') throw new Error('a package without a digest in package-lock.json');
  return integrity.split(' ').map((entry) => {
    const [algorithm, digest] = entry.split('-');
    const content = Buffer.from(digest, 'base64').toString('hex');
    return { alg: algorithm.toUpperCase().replace('SHA', 'SHA-'), content };
  });
}

function component({ name, version, license }, integrity, bundled) {
  return {
    type: 'library',
    'bom-ref': purl(name, version),
    name,
    version,
    scope: 'required',
    hashes: hashes(integrity),
    // What is no single identifier of SPDX is an expression.
    licenses: [/[ (]/.test(license) ? { expression: license } : { license: { id: license } }],
    purl: purl(name, version),
    properties: [{ name: 'mpa:form', value: bundled ? 'bundled' : 'installed' }],
  };
}

/** `folders`: of the bundled packages. The text of the document, with its final newline. */
export function billOfMaterials(folders) {
  const lock = json('package-lock.json').packages;
  const { name, version, license, dependencies } = json('package.json');
  const places = [
    ...folders.map((folder) => [relative('.', folder).split(sep).join('/'), true]),
    ...Object.keys(dependencies).map((each) => [`node_modules/${each}`, false]),
  ];
  const components = places
    .map(([place, bundled]) => component(json(`${place}/package.json`), lock[place]?.integrity, bundled))
    .sort((a, b) => (a.purl < b.purl ? -1 : 1));
  const self = purl(name, version);
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': self,
        name,
        version,
        licenses: [{ license: { id: license } }],
        purl: self,
      },
    },
    components,
    dependencies: [{ ref: self, dependsOn: components.map((each) => each['bom-ref']) }],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
