// The few icons, drawn as strokes on a 16 × 16 grid in the colour of the text. All are decoration: what they mean is
// said by the text or the label beside them.

const paths = {
  ok: 'M3 8.5l3.2 3.2L13 4.8',
  bad: 'M4 4l8 8M12 4l-8 8',
  unknown: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.200C8.3 8.7 8 9.2 8 10M8 12.800v.2',
  warning: 'M8 2.200L14.5 13.500h-13zM8 6.500v3.500M8 11.800v.2',
  info: 'M8 1.800a6.2 6.2 0 1 1 0 12.400a6.2 6.2 0 0 1 0-12.400M8 7.200v4M8 4.800v.2',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  left: 'M10 4L6 8l4 4',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3.5 8h9',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.600M13 1.800v3h-3',
  copy: 'M5.5 5.500v-3h8v8h-3M2.5 5.500h8v8h-8z',
  more: 'M3.5 8v.01M8 8v.01M12.5 8v.01',
  sun: 'M8 5.200a2.8 2.8 0 1 1 0 5.600a2.8 2.8 0 0 1 0-5.600M8 1.500v1M8 13.500v1M1.5 8h1M13.5 8h1M3.4 3.400l.7.7M11.9 11.900l.7.7M12.6 3.400l-.7.7M4.1 11.900l-.7.7',
  moon: 'M13 9.500A5.6 5.6 0 0 1 6.5 3a5.6 5.6 0 1 0 6.5 6.500z',
  screen: 'M2 3h12v8H2zM6 13.500h4M8 11v2.5',
  play: 'M5 3.500v9l7.5-4.500z',
  link: 'M6.8 9.200a2.6 2.6 0 0 0 3.8.2l2-2a2.6 2.6 0 0 0-3.7-3.700l-1 1M9.2 6.800a2.6 2.6 0 0 0-3.8-.2l-2 2a2.6 2.6 0 0 0 3.7 3.700l1-1',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** The stalk with the fire in it. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <path class="mark-stalk" d="M12 22.500V12" />
      <path
        class="mark-fire"
        d="M12 1.500c3.2 2.9 4.3 5 4.3 7a4.3 4.3 0 0 1-8.6 0c0-1.4.7-2.6 1.7-3.5.3 1 .8 1.5 1.4 1.700C10.6 5 11 3 12 1.500z"
      />
    </svg>
  );
}
