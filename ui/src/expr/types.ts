/** The types of filters and of what they look at. The language is described in docs/guide/en/expressions.md. */

export type Type =
  | 'text'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'duration'
  | 'choice'
  | 'choices'
  | 'reference'
  | 'references'
  | 'json';

/** The types of fields by path; a collection of children has the fields of a child. */
export interface Fields {
  readonly [path: string]: Type | Fields;
}

/** A record with canonical values, as the API gives it. `customer.industry` is one key, or nested. */
export type Record_ = Readonly<Record<string, unknown>>;

/** What is known when a filter is evaluated. `now` is ISO 8601 with zone, `time_zone` an IANA name, `fiscal_year_start` a
 * month (1–12). */
export interface Environment {
  readonly now: string;
  readonly time_zone: string;
  readonly fiscal_year_start: number;
  readonly me?: string | null;
  readonly my_department?: string | null;
  readonly my_departments?: readonly string[];
}

/** A filter that cannot be used: `reason` is the code of the server's messages (without `field.`), `pointer` the place
 * (RFC 6901). */
export class FilterError extends Error {
  constructor(
    readonly reason: string,
    readonly pointer: string,
  ) {
    super(`${reason} at filter${pointer}`);
    this.name = 'FilterError';
  }
}
