import { parseAst } from 'vite'

/** A node of the syntax tree, as ESTree has it. */
interface SyntaxNode {
  readonly type: string
  readonly [member: string]: unknown
}

type Visit = (node: SyntaxNode, parent: SyntaxNode, member: string) => void

function walk(value: unknown, visit: Visit, parent: SyntaxNode, member: string): void {
  if (Array.isArray(value)) {
    for (const one of value) walk(one, visit, parent, member)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const node = value as SyntaxNode
  if (typeof node.type === 'string') visit(node, parent, member)
  for (const [name, part] of Object.entries(node)) walk(part, visit, node, name)
}

const program = (code: string): SyntaxNode => parseAst(code) as unknown as SyntaxNode

function visitAll(code: string, visit: Visit): void {
  const tree = program(code)
  walk(tree, visit, tree, '')
}

const STATIC = /^(?:import|export)\b(?:[^'";]*?\bfrom)?\s*(['"])(.+?)\1/gm
const DYNAMIC = /\bimport\s*\(\s*(['"]?)(.*?)\1\s*\)/g

/** What a file that `tsc` has written asks for: imports, re-exports, `import()`. */
export const specifiersOf = (code: string): string[] =>
  [STATIC, DYNAMIC].flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[2] as string))

/** Statements at the top that are not imports: what is left to run. */
export const statementsOf = (code: string): string[] =>
  (program(code).body as SyntaxNode[])
    .filter(({ type }) => type !== 'ImportDeclaration')
    .map(({ start, end }) => code.slice(start as number, end as number))

/** Members, keys and names of exports are no variables. */
function isVariable(parent: SyntaxNode, member: string): boolean {
  if (parent.type.endsWith('Specifier')) return false
  if (parent.type === 'MemberExpression' && member === 'property') return parent.computed === true
  return member !== 'key' || parent.computed === true
}

/** Of minified code: its own names have become one to three letters, so that longer ones are not its own. */
export function globalsOf(minified: string): string[] {
  const found = new Set<string>()
  visitAll(minified, (node, parent, member) => {
    const name = node.name as string
    if (node.type === 'Identifier' && name.length > 3 && isVariable(parent, member)) found.add(name)
  })
  return [...found].sort()
}
