// The two rules of ARCHITECTURE.md that a reader could break without noticing, as lint: imports go down the floors,
// and pure rooms know no clock, network, process or log.

/** The floors of the house, the highest first. A room imports from floors below its own, and from itself. */
export const floors = [
  ['doors'],
  ['cli'],
  ['commands'],
  ['report'],
  ['execute', 'gc'],
  ['storage', 'liveness', 'inventory'],
  ['machine', 'registry'],
  ['credentials', 'config', 'runtime'],
  ['plan'],
  ['policy'],
  ['pattern'],
  ['model'],
];

/** Rooms whose functions are values in, values out. */
export const pureRooms = ['model', 'pattern', 'policy', 'plan', 'report'];

/** What a pure room may import from outside: libraries that are themselves functions of their arguments. */
const pureLibraries = ['minimatch', 'semver', 'zod'];

/** A package that only one room may import, so that what it can do has one place. */
const keepers = {
  '@actions/core': 'runtime',
  '@actions/github': 'liveness/github',
  '@clack/prompts': 'runtime',
  picocolors: 'runtime',
  undici: 'registry',
};

const impureGlobals = [
  'process',
  'console',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'crypto',
];

/** @param {string} file an absolute path */
function roomOf(file) {
  const inside = file.replaceAll('\\', '/').split('/src/').at(-1) ?? '';
  return inside.includes('/') ? inside : `doors/${inside}`;
}

const floorOf = (/** @type {string} */ path) => floors.findIndex((rooms) => rooms.includes(path.split('/')[0] ?? ''));

/** @param {(context: import('eslint').Rule.RuleContext, source: import('estree').Literal) => void} check */
function onImports(check) {
  return (/** @type {import('eslint').Rule.RuleContext} */ context) => {
    /** @param {any} node */
    const visit = (node) => {
      if (node.source) check(context, node.source);
    };
    return { ImportDeclaration: visit, ExportNamedDeclaration: visit, ExportAllDeclaration: visit };
  };
}

/** @type {import('eslint').Rule.RuleModule} */
const floorsRule = {
  meta: { type: 'problem', schema: [] },
  create: onImports((context, source) => {
    const from = roomOf(context.filename);
    const name = String(source.value);
    if (!name.startsWith('.')) {
      const keeper = Object.entries(keepers).find(([library]) => name === library || name.startsWith(`${library}/`));
      if (keeper && !from.startsWith(`${keeper[1]}/`))
        context.report({ node: source, message: `Only src/${keeper[1]}/ imports ${keeper[0]} (ARCHITECTURE.md).` });
      return;
    }
    const to = roomOf(new URL(name, `file://${context.filename}`).pathname);
    if (from.split('/')[0] === to.split('/')[0]) return;
    if (floorOf(from) === -1 || floorOf(to) === -1)
      context.report({ node: source, message: `A room that ARCHITECTURE.md doesn't know: ${from} or ${to}.` });
    else if (floorOf(to) <= floorOf(from))
      context.report({ node: source, message: `Imports go down: ${from} must not import ${to} (ARCHITECTURE.md).` });
  }),
};

/** @type {import('eslint').Rule.RuleModule} */
const pureRule = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const room = roomOf(context.filename).split('/')[0] ?? '';
    if (!pureRooms.includes(room)) return {};
    const imports = onImports((_, source) => {
      const name = String(source.value);
      if (!name.startsWith('.') && !pureLibraries.includes(name))
        context.report({ node: source, message: `src/${room}/ is pure: it must not import ${name}.` });
      if (name.startsWith('.') && room !== 'report') {
        const to = roomOf(new URL(name, `file://${context.filename}`).pathname).split('/')[0] ?? '';
        if (!pureRooms.includes(to))
          context.report({ node: source, message: `src/${room}/ is pure: it must not import src/${to}/.` });
      }
    })(context);
    return {
      ...imports,
      /** @param {any} node */
      Identifier(node) {
        if (!impureGlobals.includes(node.name)) return;
        const reference = context.sourceCode.getScope(node).through.find((found) => found.identifier === node);
        if (reference)
          context.report({ node, message: `src/${room}/ is pure: ${node.name} is an effect; take it as an argument.` });
      },
      /** @param {any} node */
      NewExpression(node) {
        if (node.callee.name === 'Date' && node.arguments.length === 0)
          context.report({ node, message: `src/${room}/ is pure: time is an argument.` });
      },
      /** @param {any} node */
      MemberExpression(node) {
        const text = `${node.object.name}.${node.property.name}`;
        if (['Date.now', 'Math.random'].includes(text))
          context.report({ node, message: `src/${room}/ is pure: ${text} is an effect; take it as an argument.` });
      },
    };
  },
};

export const architecture = { rules: { floors: floorsRule, pure: pureRule } };
