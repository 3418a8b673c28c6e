import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { sequenceSvg } from './pictures/sequence-drawing.ts'
import { runSequence } from './pictures/sequence-run.ts'
import { root } from './run.ts'

/** Runs a stream that fails three times against the test kit's server and draws who said what: docs/resumption.svg. */
writeFileSync(resolve(root, 'docs/resumption.svg'), sequenceSvg(await runSequence()))
