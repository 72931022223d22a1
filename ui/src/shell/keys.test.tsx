import { cleanup, fireEvent, render } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { useKeys } from './keys';

afterEach(cleanup);

function Page({ run }: { run: (key: string) => void }) {
  useKeys({ j: () => run('j'), '?': () => run('?'), 'mod+k': () => run('mod+k') });
  return <input aria-label="box" />;
}

describe('keys', () => {
  it('act on the page', () => {
    const run = vi.fn();
    render(<Page run={run} />);
    fireEvent.keyDown(document.body, { key: 'j' });
    fireEvent.keyDown(document.body, { key: '?', shiftKey: true });
    fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true });
    expect(run.mock.calls).toEqual([['j'], ['?'], ['mod+k']]);
  });

  it('are text in an input, but for combinations', () => {
    const run = vi.fn();
    const { getByLabelText } = render(<Page run={run} />);
    fireEvent.keyDown(getByLabelText('box'), { key: 'j' });
    fireEvent.keyDown(getByLabelText('box'), { key: 'k', metaKey: true });
    expect(run.mock.calls).toEqual([['mod+k']]);
  });

  it('never act while an input method composes', () => {
    const run = vi.fn();
    render(<Page run={run} />);
    fireEvent.keyDown(document.body, { key: 'j', isComposing: true });
    fireEvent.keyDown(document.body, { key: 'j', keyCode: 229 });
    fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true, keyCode: 229 });
    expect(run).not.toHaveBeenCalled();
  });
});
