/**
 * Typed fetch against `/api/v1`: JSON both ways, the CSRF token on writes, problems as errors, and a sign-in in place
 * when the session has ended, after which the request is sent again, so that a form never loses what was typed.
 */
import type { Language, ProblemDocument } from './contract';

const base = '/api/v1';

/** An answer that is not a success, with what the server said. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly document: ProblemDocument;

  constructor(document: ProblemDocument) {
    super(document.detail || document.title);
    this.name = 'ApiProblem';
    this.status = document.status;
    this.document = document;
  }

  /** The last part of the problem's type: `conflict`, `not_found`, … */
  get code(): string {
    return this.document.type.split(':').pop() ?? '';
  }

  /** Messages by field path; the empty path is about the whole record. */
  get byField(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const error of this.document.errors ?? []) found[error.field] ??= error.message;
    return found;
  }
}

/** The server could not be reached. Nothing is known of what became of the request. */
export class Unreachable extends Error {
  constructor() {
    super('unreachable');
    this.name = 'Unreachable';
  }
}

export interface Answer<T> {
  data: T;
  /** The id of the operation that a write made; undoing takes it. */
  operation: string | null;
}

export interface RequestOptions {
  query?: Record<string, unknown>;
  body?: unknown;
  form?: FormData;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Set where a 401 is an answer rather than an ended session: signing in, and asking who is signed in. */
  anonymous?: boolean;
}

interface Connection {
  csrf: string;
  language: () => Language;
  /** Shows the sign-in and resolves when somebody has signed in again; rejects when they give up. */
  signInAgain: (() => Promise<void>) | null;
  online: (reachable: boolean) => void;
}

/** What the requests of this page share; set by the session. */
export const connection: Connection = {
  csrf: '',
  language: () => 'zh',
  signInAgain: null,
  online: () => undefined,
};

function address(path: string, query?: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null || value === '') continue;
    parameters.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  const text = parameters.toString();
  return base + path + (text ? '?' + text : '');
}

async function problem(response: Response): Promise<ApiProblem> {
  let document: Partial<ProblemDocument> = {};
  try {
    document = (await response.json()) as ProblemDocument;
  } catch {
    // The answer did not come from the application: a proxy, say. Its status has to do.
  }
  return new ApiProblem({
    type: document.type ?? 'about:blank',
    title: document.title ?? `HTTP ${response.status}`,
    detail: document.detail ?? '',
    ...document,
    status: response.status,
  });
}

async function send(method: string, path: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = {
    Accept: 'application/json',
    'Accept-Language': connection.language(),
    ...options.headers,
  };
  if (method !== 'GET' && connection.csrf) headers['X-CSRF-Token'] = connection.csrf;
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  try {
    const response = await fetch(address(path, options.query), {
      method,
      headers,
      body: options.form ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
      signal: options.signal,
      credentials: 'same-origin',
    });
    connection.online(true);
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    connection.online(false);
    throw new Unreachable();
  }
}

/** Sends one request and reads its JSON. Throws `ApiProblem` or `Unreachable`. */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
  let response = await send(method, path, options);
  if (response.status === 401 && !options.anonymous && connection.signInAgain) {
    await connection.signInAgain();
    response = await send(method, path, options);
  }
  if (!response.ok) throw await problem(response);
  const text = response.status === 204 ? '' : await response.text();
  return {
    data: (text ? JSON.parse(text) : null) as T,
    operation: response.headers.get('Operation-Id'),
  };
}

/** `GET`, the data alone. */
export async function get<T>(path: string, options?: RequestOptions): Promise<T> {
  return (await request<T>('GET', path, options)).data;
}

/** `POST` with a JSON body. */
export const post = <T>(path: string, body?: unknown, options?: RequestOptions) =>
  request<T>('POST', path, { ...options, body: body ?? {} });

/** `PATCH` with a JSON body. */
export const patch = <T>(path: string, body: unknown, options?: RequestOptions) =>
  request<T>('PATCH', path, { ...options, body });

/** `DELETE`. */
export const remove = <T>(path: string, options?: RequestOptions) => request<T>('DELETE', path, options);

/** The address of a file's content, for links and images. */
export const fileAddress = (id: string): string => `${base}/files/${encodeURIComponent(id)}`;
