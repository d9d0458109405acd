import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { MatDialog } from '@angular/material/dialog';
import { Subject } from 'rxjs';
import { Api } from '../api/api';
import { Problem } from '../api/problem';
import { Session } from '../api/session';
import type { User } from '../api/types';
import { LogInAgain } from './log_in_again';

describe('LogInAgain', () => {
  const user = signal<User | null>(null);
  const me = vi.fn<() => Promise<User>>();
  let closed: Subject<boolean | undefined>;
  const open = vi.fn(() => ({ afterClosed: () => closed }));
  let renew: () => Promise<boolean>;

  beforeEach(() => {
    user.set({ id: 7, username: 'mueller' } as User);
    me.mockReset().mockRejectedValue(new Problem('not-authenticated'));
    open.mockClear();
    closed = new Subject();
    const api = { me, renewSession: () => Promise.resolve(false) };
    TestBed.configureTestingModule({
      providers: [
        { provide: Api, useValue: api },
        { provide: Session, useValue: { user } },
        { provide: MatDialog, useValue: { open } },
      ],
    });
    TestBed.inject(LogInAgain).start();
    renew = api.renewSession;
  });

  const opened = (times: number) => vi.waitFor(() => expect(open).toHaveBeenCalledTimes(times), 10_000);
  function close(answer: boolean | undefined): void {
    closed.next(answer);
    closed.complete();
  }

  it('asks the user by name', async () => {
    const renewed = renew();
    await opened(1);
    expect(open).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ data: 'mueller' }));
    close(true);
    expect(await renewed).toBe(true);
  });

  it('asks once for all requests that failed, and anew the next time', async () => {
    const renewed = [renew(), renew(), renew()];
    await opened(1);
    close(true);
    expect(await Promise.all(renewed)).toEqual([true, true, true]);
    closed = new Subject();
    const later = renew();
    await opened(2);
    close(true);
    expect(await later).toBe(true);
  });

  it('is refused when the dialog is closed', async () => {
    for (const answer of [false, undefined]) {
      closed = new Subject();
      open.mockClear();
      const renewed = renew();
      await opened(1);
      close(answer);
      expect(await renewed).toBe(false);
    }
  });

  it('asks nobody when the session was renewed meanwhile', async () => {
    me.mockResolvedValue({ id: 7 } as User);
    expect(await renew()).toBe(true);
    expect(open).not.toHaveBeenCalled();
  });

  it('asks when somebody else is logged in by now', async () => {
    me.mockResolvedValue({ id: 8 } as User);
    const renewed = renew();
    await opened(1);
    close(false);
    expect(await renewed).toBe(false);
  });

  it('asks no stranger', async () => {
    user.set(null);
    expect(await renew()).toBe(false);
    expect(open).not.toHaveBeenCalled();
  });
});
