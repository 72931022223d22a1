import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { useFading } from './fading';

afterEach(cleanup);

function Row({ words }: { words: string[] }) {
  const row = useFading<HTMLDivElement>(words[0]);
  return (
    <div ref={row} data-testid="row">
      {words.map((word) => (
        <button key={word} type="button">
          {word}
        </button>
      ))}
    </div>
  );
}

describe('a row that is scrolled sideways', () => {
  it('says at which end it is cut', async () => {
    const { rerender } = render(<Row words={['a']} />);
    const row = screen.getByTestId('row');
    let needed = 100;
    Object.defineProperties(row, { clientWidth: { value: 100 }, scrollWidth: { get: () => needed }, scrollLeft: { value: 0, writable: true } });
    const cut = () => [row.hasAttribute('data-cut-start'), row.hasAttribute('data-cut-end')];
    expect(cut()).toEqual([false, false]);
    needed = 260;
    // further tabs arrive
    await act(async () => {
      rerender(<Row words={['a', 'b', 'c']} />);
      await Promise.resolve();
    });
    expect(cut()).toEqual([false, true]);
    row.scrollLeft = 80;
    fireEvent.scroll(row);
    expect(cut()).toEqual([true, true]);
    row.scrollLeft = 160;
    fireEvent.scroll(row);
    expect(cut()).toEqual([true, false]);
  });
});
