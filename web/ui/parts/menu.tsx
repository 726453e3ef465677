// A button that opens a small panel below it: a list of choices, or controls. Closed by Escape, by a click outside,
// or when the focus leaves it.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icons.tsx';

interface MenuProps {
  /** Text of the button; without it the icon stands alone and `title` names it. */
  readonly text?: string;
  readonly icon?: IconName;
  readonly title: string;
  readonly children: (close: () => void) => ComponentChildren;
  /** Edge of the button that the panel lines up with. */
  readonly align?: 'start' | 'end';
  readonly class?: string;
}

export function Menu({ text, icon, title, children, align = 'end', class: own = '' }: MenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (!root.current!.contains(event.target as Node)) setOpen(false);
    };
    addEventListener('pointerdown', outside);
    addEventListener('focusin', outside);
    return () => {
      removeEventListener('pointerdown', outside);
      removeEventListener('focusin', outside);
    };
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (open && event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp'))
      moveFocus(root.current!, event);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys bubble up to here from the button and the panel
    <div class={`menu ${own}`} ref={root} onKeyDown={onKeyDown}>
      <button
        type="button"
        ref={button}
        class={text ? 'button' : 'button bare'}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={text ? `${title}: ${text}` : title}
        title={title}
        onClick={() => setOpen(!open)}
      >
        {icon && <Icon name={icon} />}
        {text}
        {text && <Icon name="down" />}
      </button>
      {open && (
        <div class={`panel ${align}`} id={id}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

/** Arrows go from button to button; in a field of text they belong to the field. */
function moveFocus(root: HTMLElement, event: KeyboardEvent): void {
  if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
  const stops = [
    ...root.querySelectorAll<HTMLElement>('.panel button, .panel a, .panel input, .panel select'),
  ];
  const at = stops.indexOf(document.activeElement as HTMLElement);
  stops[
    (at + (event.key === 'ArrowDown' ? 1 : stops.length - 1) + (at < 0 ? stops.length : 0)) % stops.length
  ]?.focus();
  event.preventDefault();
}

interface ChoiceProps {
  readonly chosen?: boolean;
  readonly onClick: () => void;
  readonly children: ComponentChildren;
}

/** One line of a menu; a chosen one has a tick. */
export function Choice({ chosen, onClick, children }: ChoiceProps) {
  return (
    <button type="button" class="choice" aria-pressed={chosen} onClick={onClick}>
      {chosen !== undefined && <span class="tick">{chosen && <Icon name="ok" />}</span>}
      <span>{children}</span>
    </button>
  );
}
