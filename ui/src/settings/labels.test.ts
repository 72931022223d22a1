import { describe, expect, it } from 'vitest';
import { keyFrom, whole } from './labels';

describe('a label', () => {
  it('in one language stands for both; in none it is none', () => {
    expect(whole({ zh: '', en: ' Machine ' })).toEqual({ zh: 'Machine', en: 'Machine' });
    expect(whole({ zh: '设备', en: '' })).toEqual({ zh: '设备', en: '设备' });
    expect(whole({ zh: '设备', en: 'Machine' })).toEqual({ zh: '设备', en: 'Machine' });
    expect(whole({ zh: ' ', en: '' })).toBeNull();
  });

  it('makes a key of what is English', () => {
    expect(keyFrom('Serial No. 7')).toBe('x_serial_no_7');
    expect(keyFrom('设备')).toBe('');
  });
});
