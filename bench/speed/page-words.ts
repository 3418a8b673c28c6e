import type { Figures } from './figures.ts'
import type { Results } from './results.ts'

const machineLine = ({ machine, versions, date }: Results): string => {
  const packages = Object.entries(versions).map(([name, version]) =>
    name === 'node' ? '' : `${name} ${version}`,
  )
  return `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGB} GB, ${machine.system}; Node ${versions.node}; ${packages.filter(Boolean).join(', ')}; ${date}.`
}

/** The words of the page around the figures. */
export const foreword = {
  page: (results: Results, figures: Figures): readonly string[] => [
    '# What an event costs',
    'Written by `npm run bench -- --write`, from [speed.json](speed.json), which has each round. Times differ from machine to machine: read the ratios.',
    '![CPU time and memory of each client, as multiples of the floor](speed.svg)',
    'The floor is bare: undici’s `dispatch`, a `TextDecoder`, eventsource-parser, `JSON.parse`, a counter. It sees no cut, no error inside the stream, no silence; it has no limit, no retry and no cursor. No client of this list can be faster than it without another parser.',
    `${machineLine(results)} Rounds that counted: burst ${figures.rounds('burst')}, trickle ${figures.rounds('trickle-300-20')} (${figures.rounds('trickle-3000-200')} for 3,000 streams every 200 ms), memory ${figures.rounds('memory-3000')}, latency ${figures.rounds('latency-rest')}.`,
  ],
  burst:
    'One stream of chat chunks, 189 bytes each, as fast as the socket takes them. CPU time is user and system of the whole process, from the operating system: the threads of the collector and the compiler are in it. Wall time also has the server’s share.',
  trickle:
    'Many streams, one event in each write, evenly spread over the interval. µs of CPU time an event, once all streams are open. Most of it is the kernel’s. A client, or a server, that cannot keep up finds several events in one read: that makes 3,000 streams every 20 ms, 150,000 writes a second, cheaper an event than the others.',
  memory:
    'A stream that has had five events and now waits, in a process of its own that has read a burst and opened 2,500 others before: the compiler is through, and what it has compiled is kept. After a collection that gives back what pages it can, what there is more than before the streams were opened, by their number: the resident set (RSS), and the heap with what lives beside it (buffers). What the kernel holds for a socket is in neither. The young generation has one size here and is full before: else its growth would count as the streams’. Of 300 streams the resident set is coarse.',
  latency:
    'The server writes its clock into the event just before the write; the client reads the same clock (CLOCK_MONOTONIC, which `process.hrtime` gives in all processes of a machine) first thing inside `next`. Microseconds more than the raw socket, a `net` client that looks for the text in what it reads; its own are in the first line. At rest: one stream, an event every 5 ms. At load: 300 streams, an event each 20 ms. The p99 of a busy machine is the machine’s; between two of these quantiles a difference may be less than nothing.',
  first:
    'From the call to the first event, of a server that sends it with the head. Warm: the connection is there. Cold: a new one each time, over the loopback; what TLS would add is the same for all.',
  resume:
    'The server cuts after five events that have IDs, and answers `Last-Event-ID` with the time of the cut. From there to `next`. The wait before another attempt is a choice and no cost: it is zero here.',
  streams:
    'µs of CPU time an event; 10,000 events a second over all streams, however many these are. It is to be flat.',
  events: 'µs of CPU time an event of one stream after the other, the short ones with their requests.',
  heap: 'Memory over one stream of 10,000,000 events, after a collection at each tenth.',
  bytes:
    'One event, fed without a socket, which would cost more than all the rest with pieces of one byte; `maxEventSize` raised. Linear, if a byte costs the same in each size.',
  transport: 'Why the transport is built on `dispatch`, beside its `pause` and `resume`.',
  does: 'Each as its own documentation says, with no more around it than that; what an application has to do with an event so that it has what the others have, `JSON.parse`, is in. One client object for all streams where there is one.',
} as const

export const afterwords: readonly string[] = [
  `## How it is measured

- Each client is in a process of its own ([contender-process.ts](../bench/speed/contender-process.ts)), so that one’s garbage, compiled code and heap are not another’s. The [server](../bench/speed/server.ts) is another process: plain sockets, no HTTP library, each write as the table says.
- Rounds are interleaved, A B C A B C …; while one client is measured the others do nothing. A ratio is made round by round, and the table has the median of the ratios. The first rounds of a process are the compiler’s and do not count; a burst is measured in five processes of each client, one after the other.
- Each client must deliver exactly as many events as were sent. One that delivers fewer, or more, fails the run and is in no table.
- Slow clients get fewer events in a burst, as the last table says, so that a run is bearable. All is divided by the number of events.

What is not fair, and cannot be:

- The floor does nothing of what a client is for, and neither does the one made by hand. [The matrix](matrix.md) shows what the difference buys.
- The AI SDK does far more with an event than any other here: it checks it against a schema, gathers text, and feeds several streams.
- eventsource, eventsource-client, launchdarkly-eventsource and undici’s EventSource are made for endless feeds of few events.
- launchdarkly-eventsource looks for the end of each line from the beginning of what it has read, so that an event costs it the more, the more of them one read gives: measured apart, 4 µs in chunks of five events, 15 in chunks of fifty, 28 of a hundred, 78 of five hundred, as here.
- fetch, and whatever is built on it, pays for web streams, and for Node’s own copy of undici.
- The loopback has no packets to wait for: what a network adds is the same for all, and large beside these figures.`,
  `## Again

\`\`\`sh
npm ci && npm ci --prefix bench --ignore-scripts
npm run bench                                              # all of it: about 35 minutes
npm run bench -- --only burst --contenders ours,floor      # one scenario, two minutes
npm run bench -- --quick                                   # one round each
npm run bench -- --write                                   # and writes this page
\`\`\`

\`--only\` takes burst, trickle, memory, transport, latency, first, resume, growth, or the name of one scenario as a run prints it; \`--contenders\` takes names as a run prints them; \`--rounds\` a number. On a machine that does something else, all of it is noise. 10,000 streams need 20,000 file descriptors (\`ulimit -n\`).`,
]
