import { quoteIdentifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/server.ts'

type EventTrigger = { readonly name: string; readonly state: 'O' | 'R' | 'A' }

/** How a trigger is switched on that was in that state. */
const enable = { O: 'ENABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' } as const

/** Does `work` while no event trigger of the database fires: what we drop and make again is none of the application's business. */
export async function withoutEventTriggers(session: Session, work: () => Promise<void>): Promise<void> {
  const triggers = await session.query<EventTrigger>(
    "SELECT evtname AS name, evtenabled AS state FROM pg_event_trigger WHERE evtenabled <> 'D' ORDER BY 1",
  )
  const alter = ({ name }: EventTrigger, how: string) =>
    session.query(`ALTER EVENT TRIGGER ${quoteIdentifier(name)} ${how}`)
  for (const trigger of triggers) await alter(trigger, 'DISABLE')
  await work()
  for (const trigger of triggers) await alter(trigger, enable[trigger.state])
}
