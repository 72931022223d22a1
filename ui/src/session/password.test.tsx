import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startI18n } from '@/i18n';
import { PasswordForm } from './password';

const organisation = { password_length: 12, password_classes: 3 };

beforeEach(() => startI18n('en'));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const type = (name: string, text: string) => fireEvent.change(document.querySelector(`input[name=${name}]`)!, { target: { value: text } });

describe('choosing a password', () => {
  it('tells the rule of the organisation before anything is typed', () => {
    render(<PasswordForm organisation={organisation} onDone={vi.fn()} />);
    expect(screen.getByTestId('rule-new').textContent).toContain('At least 12 characters, with 3 of these four');
    const box = document.querySelector('input[name=new]')!;
    expect(document.getElementById(box.getAttribute('aria-describedby')!)?.textContent).toContain('12');
  });

  it('says what the server refuses at its field', async () => {
    const errors = [
      { field: 'new_password', code: 'field.password_short', message: 'At least 12 characters' },
      { field: 'new_password', code: 'field.password_guessable', message: 'Too easy to guess' },
    ];
    const body = { type: 'urn:keyuan:problem:invalid', title: 'Invalid', status: 422, detail: 'Some values need correction', errors };
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(body), { status: 422 })));
    render(<PasswordForm organisation={organisation} onDone={vi.fn()} />);
    type('current', 'old');
    type('new', 'short');
    type('repeat', 'short');
    fireEvent.submit(document.querySelector('form')!);
    await waitFor(() => expect(screen.getByTestId('error-new').textContent).toBe('At least 12 characters · Too easy to guess'));
    expect(document.activeElement?.getAttribute('name')).toBe('new');
    expect(screen.queryByTestId('error-current')).toBeNull();
    type('new', 'longer now');
    expect(screen.queryByTestId('error-new')).toBeNull();
  });

  it('says at the second one that the two differ', () => {
    render(<PasswordForm organisation={organisation} onDone={vi.fn()} />);
    type('current', 'old');
    type('new', 'one');
    type('repeat', 'other');
    fireEvent.submit(document.querySelector('form')!);
    expect(screen.getByTestId('error-repeat').textContent).toBe('The two new passwords differ');
  });
});
