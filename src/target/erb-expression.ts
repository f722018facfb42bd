import { lexRuby, type Token } from './erb-tokens.ts'
import { both, chain, isTrue, nil, print, send, TooHard, type Unset, type Value } from './erb-values.ts'

/** What an expression comes to: its text, or the variable that `ENV.fetch` misses. */
type Evaluated = { readonly text: string; readonly missing: readonly string[] } | Unset

/** What is known around an expression: the variables, and what `<% name = … %>` gave. */
type Scope = { readonly environment: NodeJS.ProcessEnv; readonly locals: Map<string, Value | Unset> }

/** An empty scope for the ERB of one file. */
export function newScope(environment: NodeJS.ProcessEnv): Scope {
  return { environment, locals: new Map() }
}

/** What Ruby's `code` comes to, as ERB prints it; undefined when that takes a Ruby. */
export function evaluate(code: string, scope: Scope): Evaluated | undefined {
  const value = parsed(code, scope)
  if (value === undefined || 'unset' in value) return value
  return { text: print(value.value), missing: value.missing }
}

/** Remembers what `name = expression` gives. False when `code` is something else, or takes a Ruby. */
export function assign(code: string, scope: Scope): boolean {
  const [, name = '', expression = ''] = code.match(/^([a-z_]\w*)\s*=(?![=~>])(.*)$/s) ?? []
  const value = name === '' ? undefined : parsed(expression, scope)
  scope.locals.delete(name)
  if (value === undefined) return false
  scope.locals.set(name, value)
  return true
}

function parsed(code: string, scope: Scope): Value | Unset | undefined {
  const tokens = lexRuby(code)
  if (tokens === undefined) return undefined
  try {
    const parser = new Parser(tokens, scope)
    const value = parser.expression()
    return parser.isDone() ? value : undefined
  } catch (error) {
    if (error instanceof TooHard) return undefined
    throw error
  }
}

class Parser {
  private index = 0

  constructor(
    private readonly tokens: readonly Token[],
    private readonly scope: Scope,
  ) {}

  isDone(): boolean {
    return this.index === this.tokens.length
  }

  /** `condition ? one : other` */
  expression(): Value | Unset {
    const condition = this.or()
    if (!this.take('?')) return condition
    const one = this.expression()
    this.expect(':')
    const other = this.expression()
    return chain(condition, (value) => (isTrue(value) ? one : other))
  }

  private or(): Value | Unset {
    let left = this.and()
    while (this.take('||')) {
      const right = this.and()
      left = chain(left, (value, missing) => (isTrue(value) ? { value, missing } : right))
    }
    return left
  }

  private and(): Value | Unset {
    let left = this.not()
    while (this.take('&&')) {
      const right = this.not()
      left = chain(left, (value, missing) => (isTrue(value) ? right : { value, missing }))
    }
    return left
  }

  private not(): Value | Unset {
    if (this.take('!')) return chain(this.not(), (value) => ({ value: !isTrue(value), missing: [] }))
    const left = this.sum()
    const operator = this.take('==') ? '==' : this.take('!=') ? '!=' : undefined
    if (operator === undefined) return left
    const right = this.sum()
    return both(left, right, (one, other) => (one === other) === (operator === '=='))
  }

  private sum(): Value | Unset {
    let left = this.postfix()
    while (this.take('+')) {
      left = both(left, this.postfix(), (one, other) => {
        if (typeof one === 'string' && typeof other === 'string') return one + other
        if (typeof one === 'number' && typeof other === 'number') return one + other
        throw new TooHard()
      })
    }
    return left
  }

  private postfix(): Value | Unset {
    let value = this.primary()
    for (;;) {
      const safe = this.take('&.')
      if (!safe && !this.take('.')) return value
      const method = this.word()
      if (this.take('(')) this.expect(')')
      value = chain(value, (of, missing) =>
        safe && of === undefined ? { value: of, missing } : { value: send(of, method), missing },
      )
    }
  }

  private primary(): Value | Unset {
    const token = this.next()
    if (token.kind === 'text') return this.text(token.parts)
    if (token.kind === 'number') return { value: token.value, missing: [] }
    if (token.word === '(') return this.closedBy(')')
    const literal = { nil, true: { value: true, missing: [] }, false: { value: false, missing: [] } }[token.word]
    if (literal !== undefined) return literal
    if (token.word === 'ENV') return this.environment()
    if (token.word === 'Rails') return this.rails()
    const local = this.scope.locals.get(token.word)
    if (local === undefined) throw new TooHard()
    return local
  }

  /** A text with `#{…}` in it. */
  private text(parts: readonly (string | { readonly code: string })[]): Value | Unset {
    let whole: Value | Unset = { value: '', missing: [] }
    for (const part of parts) {
      const value = typeof part === 'string' ? { value: part, missing: [] } : parsed(part.code, this.scope)
      if (value === undefined) throw new TooHard()
      whole = both(whole, value, (one, other) => print(one) + print(other))
    }
    return whole
  }

  private environment(): Value | Unset {
    if (this.take('[')) return this.lookup(this.closedBy(']'))
    this.expect('.')
    const method = this.word()
    if (method === 'fetch') return this.fetch()
    if (!['key?', 'has_key?', 'include?'].includes(method)) throw new TooHard()
    this.expect('(')
    return chain(this.closedBy(')'), (name) => ({
      value: this.scope.environment[print(name)] !== undefined,
      missing: [],
    }))
  }

  private lookup(named: Value | Unset): Value | Unset {
    return chain(named, (name) => {
      const value = this.scope.environment[print(name)]
      return { value, missing: value === undefined ? [print(name)] : [] }
    })
  }

  /** `("X")`, `("X", default)`, `("X") { default }`, and the same without parentheses where it ends the expression. */
  private fetch(): Value | Unset {
    const inParentheses = this.take('(')
    const named = this.expression()
    const otherwise = this.take(',') ? this.expression() : undefined
    if (inParentheses) this.expect(')')
    else if (!this.isDone()) throw new TooHard()
    const block = inParentheses && this.take('{') ? this.block() : undefined
    return chain(this.lookup(named), (value, missing) =>
      value === undefined ? (block ?? otherwise ?? { unset: missing[0] ?? '' }) : { value, missing },
    )
  }

  private block(): Value | Unset {
    return this.take('}') ? nil : this.closedBy('}')
  }

  /** `Rails.env`, also with a question such as `Rails.env.test?`. It is development's entry that is read. */
  private rails(): Value {
    this.expect('.')
    if (this.word() !== 'env') throw new TooHard()
    const [dot, question] = this.tokens.slice(this.index)
    const asked = dot?.kind === 'word' && dot.word === '.' && question?.kind === 'word' ? question.word : ''
    if (!/^(?:development|test|production|staging|local)\?$/.test(asked)) return { value: 'development', missing: [] }
    this.index += 2
    return { value: asked === 'development?', missing: [] }
  }

  private closedBy(end: string): Value | Unset {
    const value = this.expression()
    this.expect(end)
    return value
  }

  private next(): Token {
    const token = this.tokens[this.index++]
    if (token === undefined) throw new TooHard()
    return token
  }

  private word(): string {
    const token = this.next()
    if (token.kind !== 'word') throw new TooHard()
    return token.word
  }

  private take(word: string): boolean {
    const token = this.tokens[this.index]
    if (token?.kind !== 'word' || token.word !== word) return false
    this.index++
    return true
  }

  private expect(word: string): void {
    if (!this.take(word)) throw new TooHard()
  }
}
