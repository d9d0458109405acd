/**
 * The server's API, one function an operation (src/server/api/openapi.json describes them).
 * Each gives a promise that fails with a `Problem`. A request that fails because the session has
 * ended is made again once the user has logged in anew.
 */
import { HttpClient, HttpEvent, HttpEventType, HttpParams, HttpResponse } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { NEVER, fromEvent, lastValueFrom, takeUntil, tap } from 'rxjs';
import { Problem, problemOf } from './problem';
import type {
  ApiKey, AuditEntry, CreatedApiKey, Models, NewApiKey, Page, Prediction, Review, ReviewChange, ServerFacts,
  SessionInfo, State, Usage, User, XRay, XRayChange, XRaySearch,
} from './types';

const root = '/api/v1';
type Query = Record<string, string | number | undefined>;

interface RequestOptions {
  body?: unknown;
  query?: Query;
  headers?: Record<string, string>;
  /** Part of logging in itself: its 401 is an answer. */
  proving?: boolean;
  responseType?: 'json' | 'blob';
  signal?: AbortSignal;
  onProgress?: (sentShare: number) => void;
}

@Injectable({ providedIn: 'root' })
export class Api {
  private readonly http = inject(HttpClient);
  /** Has the user log in anew when the session has ended; false: they would not. Set by `LogInAgain`. */
  renewSession: () => Promise<boolean> = () => Promise.resolve(false);

  // ---- The server ----
  server = () => this.send<ServerFacts>('GET', '/server');
  models = () => this.send<Models>('GET', '/models');

  // ---- Accounts ----
  signUp = (username: string, password: string) =>
    this.send<User>('POST', '/users', { body: { username, password }, proving: true });
  logIn = (username: string, password: string, client: string) =>
    this.send<{ user: User; expires: string }>('POST', '/session', {
      body: { username, password, kind: 'cookie', client },
      proving: true,
    });
  logOut = () => this.send<void>('DELETE', '/session', { proving: true });
  me = () => this.send<User>('GET', '/me', { proving: true });
  changePassword = (current_password: string, new_password: string) =>
    this.send<User>('PATCH', '/me', { body: { current_password, new_password }, proving: true });
  deleteAccount = (password: string) => this.send<void>('DELETE', '/me', { body: { password }, proving: true });
  sessions = (cursor?: string) => this.send<Page<SessionInfo>>('GET', '/sessions', { query: { cursor } });
  endSession = (id: number) => this.send<void>('DELETE', `/sessions/${id}`);
  apiKeys = (cursor?: string) => this.send<Page<ApiKey>>('GET', '/api-keys', { query: { cursor } });
  addApiKey = (key: NewApiKey) => this.send<CreatedApiKey>('POST', '/api-keys', { body: key });
  revokeApiKey = (id: number) => this.send<void>('DELETE', `/api-keys/${id}`);
  usage = () => this.send<Usage>('GET', '/usage');

  // ---- X-rays ----
  /** Store an image and have it read. `once` makes it safe to send again; accounts only. */
  upload(form: FormData, once: string | null, onProgress?: (share: number) => void, signal?: AbortSignal) {
    return this.send<XRay>('POST', '/xrays', {
      body: form, headers: once ? { 'Idempotency-Key': once } : undefined, onProgress, signal,
    });
  }
  /** Have an image read; nothing is stored. */
  predict(image: Blob, onProgress?: (share: number) => void, signal?: AbortSignal) {
    const body = new FormData();
    body.append('image', image, 'radiograph'); // a file's own name may name a patient
    return this.send<Prediction>('POST', '/predict', { body, query: { heatmaps: 1 }, onProgress, signal });
  }
  /** What is searched for may concern a patient, so it goes in the body, not in the address. */
  xrays = (search: XRaySearch = {}) => this.send<Page<XRay>>('POST', '/xrays/search', { body: search });
  xray = (id: number, capability?: string) => this.send<XRay>('GET', `/xrays/${id}`, { query: { capability } });
  changeXray = (id: number, change: XRayChange) => this.send<XRay>('PATCH', `/xrays/${id}`, { body: change });
  deleteXray = (id: number, capability?: string) =>
    this.send<void>('DELETE', `/xrays/${id}`, { query: { capability } });
  /** Where the page may be gone before an answer comes. */
  deleteXrayOnLeaving = (id: number) =>
    void fetch(`${root}/xrays/${id}`, { method: 'DELETE', keepalive: true }).catch(() => undefined);
  readAgain = (id: number) => this.send<XRay>('POST', `/xrays/${id}/reading`);
  review = (id: number, finding: string, review: ReviewChange) =>
    this.send<Review>('PUT', `/xrays/${id}/findings/${finding}/review`, { body: review });
  deleteReview = (id: number, finding: string) =>
    this.send<void>('DELETE', `/xrays/${id}/findings/${finding}/review`);
  /** A file that an answer links to, such as an image or a report. */
  file = (link: string) => this.send<Blob>('GET', link, { responseType: 'blob' });
  /** A synthetic radiograph; another one for each seed. */
  phantom = (seed: number) => this.send<Blob>('GET', '/phantom.png', { query: { seed }, responseType: 'blob' });

  // ---- Administration ----
  users = (text?: string, cursor?: string) => this.send<Page<User>>('GET', '/admin/users', { query: { text, cursor } });
  changeUser = (id: number, change: { role?: User['role']; disabled?: boolean }) =>
    this.send<User>('PATCH', `/admin/users/${id}`, { body: change });
  resetPassword = (id: number) => this.send<{ password: string }>('POST', `/admin/users/${id}/password`);
  audit = (query: Query = {}) => this.send<Page<AuditEntry>>('GET', '/admin/audit', { query });
  state = () => this.send<State>('GET', '/admin/state');

  private async send<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    try {
      return await this.sendOnce<T>(method, path, options);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.kind !== 'not-authenticated' || options.proving || !(await this.renewSession())) throw problem;
      return this.sendOnce<T>(method, path, options).catch((again) => {
        throw problemOf(again);
      });
    }
  }

  private async sendOnce<T>(method: string, path: string, options: RequestOptions): Promise<T> {
    const events = this.http.request(method, /^\/(api\/|phantom\.png$)/.test(path) ? path : root + path, {
      body: options.body,
      headers: options.headers,
      params: paramsOf(options.query),
      responseType: (options.responseType ?? 'json') as 'json',
      observe: 'events',
      reportProgress: options.onProgress !== undefined,
    });
    const stopped = options.signal ? fromEvent(options.signal, 'abort') : NEVER;
    const last = await lastValueFrom(
      events.pipe(tap((event) => tellProgress(event, options.onProgress)), takeUntil(stopped)),
      { defaultValue: null },
    );
    if (options.signal?.aborted) throw new Problem('cancelled');
    return (last as HttpResponse<T>).body as T;
  }
}

function paramsOf(query: Query = {}): HttpParams {
  const given = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  return new HttpParams({ fromObject: Object.fromEntries(given) });
}

function tellProgress(event: HttpEvent<unknown>, tell?: (share: number) => void): void {
  if (event.type === HttpEventType.UploadProgress && event.total) tell?.(event.loaded / event.total);
}
