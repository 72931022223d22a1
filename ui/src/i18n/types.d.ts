import 'i18next';
import type common from './zh/common.json';
import type errors from './zh/errors.json';
import type fields from './zh/fields.json';
import type filters from './zh/filters.json';
import type form from './zh/form.json';
import type list from './zh/list.json';
import type operations from './zh/operations.json';
import type record from './zh/record.json';
import type sales from './zh/sales.json';
import type session from './zh/session.json';
import type settings from './zh/settings.json';
import type shell from './zh/shell.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: {
      common: typeof common;
      errors: typeof errors;
      fields: typeof fields;
      filters: typeof filters;
      form: typeof form;
      list: typeof list;
      operations: typeof operations;
      record: typeof record;
      sales: typeof sales;
      session: typeof session;
      settings: typeof settings;
      shell: typeof shell;
    };
  }
}
