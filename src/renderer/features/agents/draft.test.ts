import { describe, expect, it } from 'vitest'
import type { Agent, AgentTemplate } from '../../../contract/index.ts'
import { costHint, priceWords, timeHint } from './cost-hint.ts'
import { allPlaced, draftLike, draftOf, isFolded, problemAt, problemsOf, toCreate, withTemplate } from './draft.ts'

const template = (over: Partial<AgentTemplate> = {}): AgentTemplate => ({
  id: 'assistant',
  title: 'Assistant',
  description: '',
  command: ['assistant'],
  image: 'gantry/agent:1',
  runtimes: ['sandbox', 'docker'],
  parameters: [],
  task: 'required',
  usesModel: true,
  model: 'demo',
  tools: ['files', 'shell'],
  environment: {},
  limits: {},
  approve: [],
  interactive: true,
  warm: 0,
  ...over,
})

const parameter = (name: string, over: Partial<AgentTemplate['parameters'][number]> = {}) => ({
  name,
  title: name,
  help: '',
  type: 'text' as const,
  required: false,
  choices: [],
  ...over,
})

describe('a new agent', () => {
  it('sends nothing that was not said: what is left out has its defaults in one place', () => {
    expect(toCreate({ ...draftOf(template()), task: 'Do it' }, template())).toEqual({
      input: { template: 'assistant', task: 'Do it' },
      problems: {},
    })
    expect(toCreate(draftOf(template()), template({ task: 'none' })).input).toEqual({ template: 'assistant' })
  })

  it('sends what was typed as what it is', () => {
    const with4 = template({
      parameters: [
        parameter('steps', { type: 'number' }),
        parameter('quick', { type: 'boolean', default: true }),
        parameter('how', { type: 'choice', choices: ['well', 'fast'], required: true }),
        parameter('note'),
      ],
    })
    const draft = {
      ...draftOf(with4),
      parameters: { ...draftOf(with4).parameters, steps: '12' },
      name: ' mine ',
      labels: ['team=docs', 'urgent'],
      environment: ['A=b=c'],
      limits: { ...draftOf(with4).limits, ttlSeconds: '90', cpus: '0,5' },
      network: 'egress' as const,
      allow: ['example.com'],
      workspace: 'git' as const,
      path: ' /places/x ',
      money: '0.5',
      runtime: 'docker' as const,
      tools: ['files'],
      model: 'sonnet',
    }
    expect(toCreate(draft, with4).input).toEqual({
      template: 'assistant',
      task: '',
      name: 'mine',
      parameters: { steps: 12, quick: true, how: 'well' },
      model: 'sonnet',
      tools: ['files'],
      labels: { team: 'docs', urgent: '' },
      environment: { A: 'b=c' },
      limits: { ttlSeconds: 5400, cpus: 0.5 },
      network: { mode: 'egress', allow: ['example.com'], record: false },
      workspace: { kind: 'git', path: '/places/x' },
      budget: { money: 0.5 },
      runtime: 'docker',
    })
  })

  it('says at the field what is no number', () => {
    const draft = { ...draftOf(template()), money: 'much', limits: { ...draftOf(template()).limits, pids: 'x' } }
    expect(toCreate(draft, template()).problems).toEqual({
      'budget.money': 'This must be a number.',
      'limits.pids': 'This must be a number.',
    })
  })

  it('keeps the task when another template is chosen, and not what belongs to the former one', () => {
    const draft = {
      ...draftOf(template()),
      task: 'Do it',
      model: 'sonnet',
      tools: ['files'],
      runtime: 'docker' as const,
    }
    expect(withTemplate(draft, template({ id: 'hello', runtimes: ['sandbox'] }))).toMatchObject({
      template: 'hello',
      task: 'Do it',
      model: '',
      tools: null,
      runtime: 'auto',
    })
  })

  it('can be made like one that was', () => {
    const former = {
      task: 'Do it',
      parameters: { steps: 3 },
      model: 'sonnet',
      tools: ['files', 'shell'],
      labels: { team: 'docs', urgent: '' },
      environment: {},
      limits: { cpus: 2, memoryMb: 512, pids: 64, diskMb: 100, ttlSeconds: 5400, idleSeconds: 900 },
      network: { mode: 'none', allow: [], record: false },
      workspace: { kind: 'copy', path: '/places/x' },
      budget: { tokens: 1000 },
      runtime: 'sandbox',
      image: null,
    } as unknown as Agent
    const steps = template({ parameters: [parameter('steps', { type: 'number' })] })
    expect(toCreate(draftLike(former, steps), steps).input).toEqual({
      template: 'assistant',
      task: 'Do it',
      parameters: { steps: 3 },
      model: 'sonnet',
      labels: { team: 'docs', urgent: '' },
      limits: { cpus: 2, memoryMb: 512, pids: 64, diskMb: 100, ttlSeconds: 5400, idleSeconds: 900 },
      workspace: { kind: 'copy', path: '/places/x' },
      budget: { tokens: 1000 },
      runtime: 'sandbox',
    })
  })
})

describe('what the core found wrong', () => {
  const problems = problemsOf([
    { path: 'limits.memoryMb', message: 'too small' },
    { path: 'network.allow.0', message: 'no host' },
    'nonsense',
  ])

  it('is said at its field, or at the one that holds it', () => {
    expect(problemAt(problems, 'limits.memoryMb')).toBe('too small')
    expect(problemAt(problems, 'network')).toBe('no host')
    expect(problemAt(problems, 'limit')).toBeUndefined()
    expect(problemsOf(undefined)).toEqual({})
  })

  it('unfolds what is folded, and is said below where it has no field', () => {
    expect(isFolded(problems)).toBe(true)
    expect(isFolded({ task: 'missing' })).toBe(false)
    expect(allPlaced(problems)).toBe(true)
    expect(allPlaced({ ...problems, elsewhere: 'x' })).toBe(false)
    expect(allPlaced({})).toBe(false)
  })
})

describe('the hint of cost', () => {
  const model = { title: 'Sonnet', inputPrice: 3, outputPrice: 15 }
  const draft = { money: '', tokens: '' }

  it.each([
    ['without a model', { ...draft }, { usesModel: false }, model, 'Costs nothing: it calls no model.'],
    ['not chosen yet', { ...draft }, { usesModel: true }, undefined, 'What it costs depends on the model.'],
    [
      'free',
      { ...draft },
      { usesModel: true },
      { title: 'Demo', inputPrice: 0, outputPrice: 0 },
      'Costs nothing: Demo is free.',
    ],
  ])('%s', (_what, given, uses, price, words) => expect(costHint(given, uses, price)).toBe(words))

  it('promises a limit only where there is one', () => {
    expect(costHint({ ...draft, money: '5' }, { usesModel: true }, model)).toMatch(/^At most \$5\.00/)
    expect(costHint({ ...draft, tokens: '100000' }, { usesModel: true }, model)).toMatch(
      /^At most \$1\.50: 100 k tokens/,
    )
    expect(costHint(draft, { usesModel: true }, model)).toMatch(/^No limit on money is set\..*about \$0\.032;/)
    expect(costHint({ ...draft, money: 'much' }, { usesModel: true }, model)).toMatch(/^No limit/)
  })

  it('tells prices and times in words', () => {
    expect(priceWords(model)).toBe('$3.00 in, $15.00 out for a million tokens')
    expect(priceWords({ title: '', inputPrice: 0, outputPrice: 0 })).toBe('free')
    const limits = draftOf(template()).limits
    expect(timeHint(limits, { limits: {} })).toMatch(/^Ends 1 h 0 min after.*after 15 min without/)
    expect(timeHint({ ...limits, ttlSeconds: '5' }, { limits: { idleSeconds: 60 } })).toMatch(
      /^Ends 5 min after.*after 1 min without/,
    )
  })
})
