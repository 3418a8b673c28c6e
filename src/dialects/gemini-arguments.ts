/** A piece of a function call's arguments, where Vertex AI streams them [gemini]. */
export interface GeminiPartialArg {
  /** Where it belongs [rfc9535]: `$.foo.bar[0].data`. */
  jsonPath?: string
  stringValue?: string
  numberValue?: number
  boolValue?: boolean
  nullValue?: 'NULL_VALUE'
  /** More of the same path follows. */
  willContinue?: boolean
}

/** Deeper than any schema of a function; each step is a level of recursion. */
const MAX_DEPTH = 64

const STEP = /\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y

/** The names and positions in a path; nothing for one that is not understood. */
function stepsOf(path: string): (string | number)[] | undefined {
  const steps: (string | number)[] = []
  STEP.lastIndex = 1
  while (STEP.lastIndex < path.length) {
    const found = STEP.exec(path)
    if (found === null || steps.length === MAX_DEPTH) return undefined
    const [, name, position, single, double] = found
    if (position !== undefined) steps.push(Number(position))
    else steps.push(name ?? (single ?? double ?? '').replace(/\\(.)/g, '$1'))
  }
  return path.startsWith('$') ? steps : undefined
}

/** An array that has ended is told by its path and `[]`, without a value. */
const ARRAY_END = '[]'

function leafValue(arg: GeminiPartialArg, isArray: boolean): unknown {
  if (typeof arg.stringValue === 'string') return arg.stringValue
  if (typeof arg.numberValue === 'number') return arg.numberValue
  if (typeof arg.boolValue === 'boolean') return arg.boolValue
  if (arg.nullValue !== undefined) return null
  return isArray ? [] : {}
}

const hasValue = (arg: GeminiPartialArg): boolean =>
  typeof arg.stringValue === 'string' ||
  typeof arg.numberValue === 'number' ||
  typeof arg.boolValue === 'boolean' ||
  arg.nullValue !== undefined

/** Does not fit: what is there is of another kind, or something before it is missing. */
const MISFIT: unique symbol = Symbol('misfit')

function put(at: unknown, steps: readonly (string | number)[], depth: number, arg: Leaf): unknown {
  const step = steps[depth]
  if (step === undefined) return putLeaf(at, arg)
  if (typeof step === 'number') {
    const list: readonly unknown[] = at === undefined ? [] : Array.isArray(at) ? at : [MISFIT]
    if (step > list.length || list[0] === MISFIT) return MISFIT
    const item = put(list[step], steps, depth + 1, arg)
    return item === MISFIT ? MISFIT : [...list.slice(0, step), item, ...list.slice(step + 1)]
  }
  if (at !== undefined && (typeof at !== 'object' || at === null || Array.isArray(at))) return MISFIT
  const object = (at ?? {}) as Readonly<Record<string, unknown>>
  const item = put(Object.hasOwn(object, step) ? object[step] : undefined, steps, depth + 1, arg)
  // A computed key is an own one, whatever its name.
  return item === MISFIT ? MISFIT : { ...object, [step]: item }
}

interface Leaf {
  readonly value: unknown
  readonly hasValue: boolean
}

function putLeaf(at: unknown, { value, hasValue }: Leaf): unknown {
  if (at === undefined) return value
  // Without a value: what has come is over.
  if (!hasValue) return at
  return typeof at === 'string' && typeof value === 'string' ? at + value : MISFIT
}

/**
 * The arguments with a piece more: a string goes on where one of its path has begun. Does not change what is given; nothing
 * if the piece does not fit.
 */
export function withPartialArg(
  args: Readonly<Record<string, unknown>>,
  arg: GeminiPartialArg,
): Readonly<Record<string, unknown>> | undefined {
  const path = arg?.jsonPath
  if (typeof path !== 'string') return undefined
  const isArray = path.endsWith(ARRAY_END)
  const steps = stepsOf(isArray ? path.slice(0, -ARRAY_END.length) : path)
  if (steps === undefined || steps.length === 0) return undefined
  const leaf = { value: leafValue(arg, isArray), hasValue: hasValue(arg) }
  if (!leaf.hasValue && arg.willContinue === true) return args
  const result = put(args, steps, 0, leaf)
  return result === MISFIT ? undefined : (result as Readonly<Record<string, unknown>>)
}
