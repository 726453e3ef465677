// A button that copies a text and says whether it did.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { copyText } from '../lib/clipboard.ts';
import { Icon } from './icons.tsx';

interface CopyButtonProps {
  /** Made only when it is asked for. */
  readonly text: () => string;
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly class?: string;
}

export function CopyButton({ text, title, children, class: own = 'button bare' }: CopyButtonProps) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(''), 1500);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => setSaid((await copyText(text())) ? 'Copied' : 'The browser refused to copy');
  return (
    <button
      type="button"
      class={own}
      title={title}
      aria-label={children ? undefined : title}
      onClick={() => void copy()}
    >
      <Icon name={said === 'Copied' ? 'ok' : 'copy'} />
      {children}
      <span class="unseen" role="status">
        {said}
      </span>
    </button>
  );
}
