import type { Facts } from '../facts.ts'
import { allOf, type Look } from '../findings.ts'
import { addonLook } from './addons.ts'
import { extensions } from './extensions.ts'
import { keyValueStore, memcached } from './key-value.ts'
import { pinLook } from './pins.ts'
import { postgres } from './postgres.ts'
import { referenceOf } from './reference.ts'

/** The backing services side by side: database, key-value store and other add-ons, and what files pin. */
export function services(facts: Facts): Look {
  const reference = referenceOf(facts.apps)
  if (reference === undefined) return { rows: [], findings: [] }
  return allOf([
    postgres(facts, reference),
    extensions(facts, reference),
    keyValueStore(facts, reference),
    memcached(facts),
    pinLook(facts.local, reference),
    addonLook(facts, reference),
  ])
}
