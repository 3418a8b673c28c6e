import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contenders, others } from '../../bench/speed/contenders.ts'
import { renderDocs } from '../../bench/speed/docs.ts'
import { drain } from '../../bench/speed/drain.ts'
import { courseOf } from '../../bench/speed/measure.ts'
import { parseOptions } from '../../bench/speed/options.ts'
import { merged, type Results, readResults } from '../../bench/speed/results.ts'
import { scenarios } from '../../bench/speed/scenarios.ts'
import { pathOf, servedOf } from '../../bench/speed/served-request.ts'
import { median, quantile, ratios } from '../../bench/speed/statistics.ts'

const root = resolve(import.meta.dirname, '../..')
const results = readResults() as Results

describe('the course of a scenario', () => {
  it('is warmed up, and then counts', () => {
    expect([...courseOf({ warmUp: 2 }, 3)]).toEqual(['warm up', 'warm up', 'count', 'count', 'count'])
  })

  it('begins anew, warmed up again, with the processes that take over', () => {
    expect([...courseOf({ warmUp: 1, roundsOfProcess: 2 }, 5)]).toEqual([
      'warm up',
      'count',
      'count',
      'renew',
      'warm up',
      'count',
      'count',
      'renew',
      'warm up',
      'count',
    ])
  })

  it('counts as many rounds as were asked for, though they are fewer than a process may have', () => {
    expect([...courseOf({ warmUp: 1, roundsOfProcess: 9 }, 1)]).toEqual(['warm up', 'count'])
  })
})

describe('the options of the bench', () => {
  it.each([
    [['--only', 'nonsense'], /no scenario "nonsense"/],
    [['--rounds', '0'], /--rounds is a number from 1 up/],
    [['--contenders', 'floor,rxsse'], /no contender "rxsse": .*\brx-sse-raw\b/],
    [['--only', 'resume', '--contenders', 'openai'], /openai takes part in none of resume/],
    [['--contenders', ''], /--contenders names none/],
  ])('%j is refused, and it is said why', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message)
  })

  it('a client may be named in a comparison that only some scenarios have', () => {
    const { isWanted } = parseOptions(['--contenders', 'ours,request-events'])
    const wanted = [...contenders, ...others].filter(isWanted).map(({ id }) => id)
    expect(wanted).toContain('rx-sse-resume')
    expect(wanted).toContain('request-events')
    expect(wanted).not.toContain('openai')
  })
})

describe('docs/speed', () => {
  it.each(['speed.json', 'speed.md', 'speed.svg'])('%s is what is written of its data', (name) => {
    expect(readFileSync(resolve(root, 'docs', name), 'utf8')).toBe(renderDocs(results)[name])
  })

  it('has each client in a burst and in a trickle: run npm run bench -- --write', () => {
    for (const scenario of ['burst', 'trickle-300-20']) {
      const measured = results.rows.filter((row) => row.scenario === scenario).map((row) => row.contender)
      expect(new Set(measured), scenario).toEqual(new Set(contenders.map(({ id }) => id)))
    }
  })

  it('has as many rounds of a client as of what it is divided by', () => {
    for (const { id } of scenarios) {
      const rows = results.rows.filter(({ scenario }) => scenario === id)
      expect(new Set(rows.map(({ rounds }) => rounds.length)).size, id).toBeLessThanOrEqual(1)
    }
  })

  it('is of the peers that are installed: run npm run bench -- --write', () => {
    const { dependencies } = JSON.parse(readFileSync(resolve(root, 'bench/package.json'), 'utf8')) as {
      dependencies: Record<string, string>
    }
    const packages = contenders.flatMap((contender) => contender.packages ?? [])
    for (const name of packages) expect(results.versions[name], name).toBe(dependencies[name])
  })

  it('names modules that are there', () => {
    for (const { module } of [...contenders, ...others]) {
      expect(existsSync(resolve(root, module)), module).toBe(true)
    }
  })

  it('measures each client against one that takes part too', () => {
    for (const scenario of scenarios) {
      const taking = [...contenders, ...others].filter(({ id }) => scenario.contenders.includes(id))
      expect(taking).toHaveLength(scenario.contenders.length)
      const bases = scenario.contenders[0] === 'socket' ? ['socket'] : taking.map(({ against }) => against)
      for (const base of bases) expect(scenario.contenders, scenario.id).toContain(base)
    }
  })
})

describe('the figures', () => {
  it('are divided round by round', () => {
    expect(ratios([2, 30, 400], [1, 10, 200])).toEqual({ median: 2, min: 2, max: 3 })
    expect(() => ratios([1, 2], [1])).toThrow('2 rounds cannot be divided by 1')
  })

  it('are medians, of an even count the middle of two', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(() => median([])).toThrow('nothing was measured')
    expect(quantile([5, 1, 4, 2, 3], 0.99)).toBe(5)
  })

  it.each([3, 5])('are not those of a client that delivers %i of 4 events', async (delivered) => {
    const job = { kind: 'drain', url: '', streams: 2, events: 2, times: 1, opening: 0, closing: 0 } as const
    let left = delivered
    const read = async (_: string, onEvent: (value: unknown) => void): Promise<void> => {
      for (; left > 0; left--) onEvent('token')
    }
    await expect(drain(read, job)).rejects.toThrow(`delivered ${delivered} of 4 events`)
  })

  it('of a part of a run replace the same ones, and no others', () => {
    const [first, ...rest] = results.rows
    if (first === undefined) throw new Error('no rows')
    const again = { ...first, rounds: first.rounds.map((value) => value * 2) }
    expect(merged(results, { ...results, rows: [again] }).rows).toEqual([again, ...rest])
  })

  it('of another machine are not put beside these', () => {
    const elsewhere = { ...results, machine: { ...results.machine, cpu: 'another' }, rows: [] }
    expect(() => merged(results, elsewhere)).toThrow('another machine')
  })

  it('are asked of the server by a path that says all of it', () => {
    const served = { kind: 'trickle', events: 12, streams: 300, ms: 20 } as const
    expect(servedOf(`${pathOf(served, 'anthropic')}/v1/messages`)).toEqual({ served, wire: 'anthropic' })
  })
})
