import type { ComponentChildren } from 'preact'
import { brief, counted, seconds } from '../../state/words.ts'
import type { Attempt, ErrorView } from '../../wire/types.ts'
import { Breakable } from '../breakable.tsx'
import { bytesOf } from './timeline.tsx'

/** All that is known of one attempt. */
export function AttemptDetails({ attempt }: { attempt: Attempt }) {
  const { request, status, contentType, requestId, headAt, startedAt, from, lastEventId, resumes } = attempt
  return (
    <div class="details">
      <p class="request-line mono">
        {request === undefined ? 'not sent yet' : `${request.method} ${request.url}`}
      </p>
      <section aria-label="Request">
        <h4 class="label">Request</h4>
        <dl class="pairs">
          {request?.headers.map(([name, value]) => (
            <Pair key={name} name={name}>
              {value}
            </Pair>
          ))}
          {request === undefined || request.bodyBytes === 0 ? null : (
            <Pair name="body">{bytesOf(request.bodyBytes)}</Pair>
          )}
          {resumes === undefined ? null : (
            <Pair name="strategy">{`${resumes.strategy}: ${resumes.words}`}</Pair>
          )}
          {from === undefined ? null : <Pair name="goes on after">{`event ${brief(from, 60)}`}</Pair>}
        </dl>
      </section>
      <section aria-label="Response">
        <h4 class="label">Response</h4>
        <dl class="pairs">
          <Pair name="status">{status ?? 'none'}</Pair>
          {contentType === undefined ? null : <Pair name="content-type">{contentType}</Pair>}
          {requestId === undefined ? null : <Pair name="request ID">{requestId}</Pair>}
          {headAt === undefined ? null : <Pair name="head after">{seconds(headAt - startedAt)}</Pair>}
          <Pair name="body">{`${bytesOf(attempt.bytes)} in ${counted(attempt.chunks, 'piece')}`}</Pair>
          <Pair name="delivered">{counted(attempt.values, 'value')}</Pair>
          {lastEventId === undefined ? null : <Pair name="cursor">{brief(lastEventId, 60)}</Pair>}
          <Pair name="end of body">{endOf(attempt)}</Pair>
        </dl>
      </section>
      {attempt.error === undefined ? null : <ErrorDetails error={attempt.error} />}
    </div>
  )
}

function Pair({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div data-long={typeof children === 'string' && children.length > 26}>
      <dt>{name}</dt>
      <dd class="mono">{children}</dd>
    </div>
  )
}

function endOf({ ended }: Attempt): string {
  if (ended === undefined) return 'not yet'
  switch (ended.how) {
    case 'end':
      return 'as if it were whole'
    case 'abort':
      return 'ended by the client'
    case 'release':
      return 'left by the client, which had all of it'
    case 'failure':
      return ended.failure.message
  }
}

function ErrorDetails({ error }: { error: ErrorView }) {
  const { row } = error
  return (
    <section class="details-error" aria-label="Error">
      <h4 class="label">Error</h4>
      <dl class="pairs pairs-wide">
        {error.fields.map(([name, value]) => (
          <Pair key={name} name={name}>
            {value}
          </Pair>
        ))}
      </dl>
      {row === undefined ? null : (
        <table class="row-table">
          <caption class="label">
            Its row of the table{row.table === 'gateway' ? ', the gateway’s' : ', rx-sse’s own'}
          </caption>
          <thead>
            <tr>
              <th scope="col">code</th>
              <th scope="col">retry</th>
              <th scope="col">meaning</th>
              <th scope="col">what to do</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <td class="mono">
                <Breakable text={row.code} />
              </td>
              <td>{row.retryable ? 'yes' : 'no'}</td>
              <td>{row.meaning}</td>
              <td>{row.remedy}</td>
            </tr>
          </tbody>
        </table>
      )}
    </section>
  )
}
