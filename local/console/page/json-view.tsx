import { useState } from 'preact/hooks';
import type { RecordedValue } from '../../calls/call.js';
import { CopyButton, Untrusted } from './ui.js';

/** Number of lines that are shown at first. */
const FIRST_LINES = 120;
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Shows JSON with colours. */
export function Json({ value, label }: { value: unknown; label: string }) {
  return <JsonText text={JSON.stringify(value, undefined, 2) ?? ''} label={label} />;
}

/** Shows a recorded value, or the start of its text if it was too large. */
export function Recorded({ recorded, label }: { recorded: RecordedValue | undefined; label: string }) {
  if (!recorded) return <p class="quiet-text">None.</p>;
  if (recorded.text !== undefined) {
    return (
      <>
        <p class="quiet-text">
          {recorded.length.toLocaleString('en')} characters. The runner keeps the first{' '}
          {recorded.text.length.toLocaleString('en')}.
        </p>
        <JsonText text={recorded.text} label={label} />
      </>
    );
  }
  return <Json value={recorded.value} label={label} />;
}

function JsonText({ text, label }: { text: string; label: string }) {
  const [all, setAll] = useState(false);
  const lines = text.split('\n');
  const shown = all ? lines : lines.slice(0, FIRST_LINES);
  return (
    <div class="code">
      <pre>
        {shown.map((line, i) => (
          <span key={i}>
            {coloured(line)}
            {'\n'}
          </span>
        ))}
      </pre>
      <CopyButton text={text} label={`Copy ${label}`} />
      {shown.length < lines.length && (
        <button type="button" class="button more" onClick={() => setAll(true)}>
          Show all {lines.length.toLocaleString('en')} lines
        </button>
      )}
    </div>
  );
}

function coloured(line: string) {
  const parts = [];
  let at = 0;
  for (const match of line.matchAll(TOKEN)) {
    const [text, string, colon, word] = match;
    if (match.index > at) parts.push(<Untrusted text={line.slice(at, match.index)} />);
    const kind = string ? (colon ? 'key' : 'string') : word ? 'word' : 'number';
    parts.push(
      <span class={`json-${kind}`}>
        <Untrusted text={text} />
      </span>,
    );
    at = match.index + text.length;
  }
  if (at < line.length) parts.push(<Untrusted text={line.slice(at)} />);
  return parts;
}
