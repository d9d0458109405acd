/** Who is logged in, and what the server and its ensemble are: known to the whole app. */
import { Injectable, computed, inject, signal } from '@angular/core';
import { Api } from './api';
import { problemOf } from './problem';
import type { Models, ServerFacts, User } from './types';

// Whether to ask at the start: a stranger's request for an account would only be refused.
const hint = 'loggedIn';

@Injectable({ providedIn: 'root' })
export class Session {
  private readonly api = inject(Api);
  private readonly known = signal<User | null>(null);

  readonly user = this.known.asReadonly();
  readonly isAdmin = computed(() => this.known()?.role === 'admin');
  /** Settled when it is known whether somebody is logged in. */
  readonly ready: Promise<void> = this.recall();
  readonly server = signal<ServerFacts | null>(null);
  readonly models = signal<Models | null>(null);
  /** The server could not be asked what it is. */
  readonly unreachable = signal(false);

  constructor() {
    this.loadFacts();
  }

  async logIn(username: string, password: string): Promise<User> {
    const { user } = await this.api.logIn(username, password, describeBrowser(navigator.userAgent));
    this.enter(user);
    return user;
  }

  async logOut(): Promise<void> {
    await this.api.logOut();
    this.leave();
  }

  /** The account is gone or its session ended. */
  leave(): void {
    remember(false);
    this.known.set(null);
  }

  /** Ask again what the server is, after it could not be asked. */
  async loadFacts(): Promise<void> {
    const [server, models] = await Promise.allSettled([this.api.server(), this.api.models()]);
    this.unreachable.set(server.status === 'rejected');
    if (server.status === 'fulfilled') this.server.set(server.value);
    if (models.status === 'fulfilled') this.models.set(models.value);
  }

  private enter(user: User): void {
    remember(true);
    this.known.set(user);
  }

  private async recall(): Promise<void> {
    if (!remembered()) return;
    try {
      this.enter(await this.api.me());
    } catch (error) {
      if (problemOf(error).kind === 'not-authenticated') this.leave();
    }
  }
}

function remember(loggedIn: boolean): void {
  try {
    if (loggedIn) localStorage.setItem(hint, '1');
    else localStorage.removeItem(hint);
  } catch {} // storage may be switched off: then each start is a stranger's
}

function remembered(): boolean {
  try {
    return localStorage.getItem(hint) !== null;
  } catch {
    return false;
  }
}

/** A browser's name and system, for the list of sessions: "Firefox on Linux". */
export function describeBrowser(agent: string): string {
  const first = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(agent))?.[1];
  const browser = first([
    [/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari'],
  ]);
  const system = first([
    [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux'],
  ]);
  return [browser ?? 'Browser', system].filter(Boolean).join(' on ');
}
