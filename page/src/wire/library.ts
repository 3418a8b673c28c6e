/** All that the data layer takes of the library: what every face of it has. */
export * from '../../../src/web.ts'
