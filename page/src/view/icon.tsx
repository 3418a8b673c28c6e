/** Paths on a 16 by 16 grid, stroked. */
const PATHS = {
  idle: 'M8 3.2a4.8 4.8 0 1 0 0 9.6a4.8 4.8 0 1 0 0-9.6',
  alive: 'M1.5 8h3M7 5.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M10.5 8h4M12.5 6l2 2l-2 2',
  waiting: 'M8 2.2a5.8 5.8 0 1 0 0 11.6a5.8 5.8 0 1 0 0-11.6M8 4.8V8l2.2 1.6',
  failed: 'M3.2 3.2l9.6 9.6M12.8 3.2l-9.6 9.6',
  whole: 'M1.5 8h9M12.5 3v10M6 8.1v-.2',
  stopped: 'M4 4h8v8H4z',
  send: 'M2.5 8h10M8.5 4l4 4l-4 4',
  stop: 'M4 4h8v8H4z',
  retry: 'M13 3v3.5H9.5M12.8 6.3A5.2 5.2 0 1 0 13.2 9',
  forward: 'M3 4l5 4l-5 4zM9 4l5 4l-5 4z',
  again: 'M3 3v3.5h3.5M3.2 6.3A5.2 5.2 0 1 1 2.8 9',
  help: 'M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12M6.2 6.3a1.9 1.9 0 1 1 2.7 1.9c-.6.3-.9.6-.9 1.2M8 11.4v.1',
  warning: 'M8 2.4l6.2 11H1.8zM8 6.4v3.2M8 11.4v.1',
  download: 'M8 2.5v7.5M4.8 7L8 10.2L11.2 7M2.8 13h10.4',
  close: 'M4 4l8 8M12 4l-8 8',
  chevron: 'M6 3.5L10.5 8L6 12.5',
  tick: 'M3 8.5l3.2 3.2L13 4.6',
  scissors:
    'M4.2 3a1.7 1.7 0 1 0 0 3.4a1.7 1.7 0 1 0 0-3.4M4.2 9.6a1.7 1.7 0 1 0 0 3.4a1.7 1.7 0 1 0 0-3.4M5.7 5.7L13.5 12M5.7 10.3L13.5 4',
  plus: 'M8 3.5v9M3.5 8h9',
} as const

export type IconName = keyof typeof PATHS

/** Beside words, never in their place. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
