import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Api } from '../../api/api';
import { Problem } from '../../api/problem';
import { Session } from '../../api/session';
import type { Prediction, ServerFacts, User, XRay } from '../../api/types';
import { testFile, testPng } from './test_file';
import { UploadItem } from './upload_item';
import { UploadQueue, waitBefore } from './upload_queue';

/** A request that the test answers. */
interface Sent {
  form: FormData;
  once: string | null;
  progress: (share: number) => void;
  signal: AbortSignal;
  answer: (xray: Partial<XRay>) => void;
  fail: (problem: Problem) => void;
}

class FakeApi {
  readonly uploads: Sent[] = [];
  readonly predictions: Blob[] = [];

  upload = (form: FormData, once: string | null, progress: Sent['progress'], stop: AbortSignal) =>
    new Promise<XRay>((resolve, reject) => {
      stop.addEventListener('abort', () => reject(new Problem('cancelled')));
      const answer = (xray: Partial<XRay>) => resolve(xray as XRay);
      this.uploads.push({ form, once, progress, signal: stop, answer, fail: reject });
    });
  predict = (image: Blob) => {
    this.predictions.push(image);
    return Promise.resolve({ findings: [] } as unknown as Prediction);
  };
}

const png = (name = 'Doe, Jane.png', bytes = 100) => testPng(name, 'x'.repeat(bytes));
const user = (id: number) => ({ id, username: `user${id}` }) as User;

describe('UploadQueue', () => {
  const session = {
    user: signal<User | null>(null),
    server: signal<Partial<ServerFacts> | null>(null),
    ready: Promise.resolve(),
  };
  let api: FakeApi;
  let queue: UploadQueue;
  const steps = () => queue.items().map((item) => item.state().step);
  const settle = () => vi.advanceTimersByTimeAsync(0);

  beforeEach(() => {
    vi.useFakeTimers();
    api = new FakeApi();
    session.user.set(user(7));
    session.server.set({ anonymous: 'store', max_upload_bytes: 1000 });
    TestBed.configureTestingModule({
      providers: [{ provide: Api, useValue: api }, { provide: Session, useValue: session }],
    });
    queue = TestBed.inject(UploadQueue);
    TestBed.tick();
  });
  afterEach(() => {
    queue.clear();
    vi.useRealTimers();
  });

  function enter(somebody: User | null): void {
    session.user.set(somebody);
    TestBed.tick();
  }

  async function start(...files: File[]): Promise<readonly UploadItem[]> {
    await queue.add(files);
    queue.start();
    await settle();
    return queue.items();
  }

  it('sends nothing before it is told to', async () => {
    await queue.add([png()]);
    await settle();
    expect(steps()).toEqual(['draft']);
    expect(api.uploads).toHaveLength(0);
  });

  it('refuses what the server could not read, and sends the rest', async () => {
    await start(testFile('text', 'fake.png'), png('large.png', 2000), png());
    expect(steps()).toEqual(['refused', 'refused', 'sending']);
  });

  it('sends title, reference and consent, and never the name of the file', async () => {
    await queue.add([png()]);
    const [item] = queue.items();
    item.title.set('  Supine, AP ');
    item.patientReference.set('P-17');
    queue.consent.set(true);
    queue.start();
    await settle();
    const { form } = api.uploads[0];
    expect([form.get('title'), form.get('patient_reference'), form.get('consent')]).toEqual(['Supine, AP', 'P-17', 'true']);
    expect((form.get('image') as File).name).toBe('radiograph');
  });

  it('has a title also when the user deleted it', async () => {
    await queue.add([png()]);
    queue.items()[0].title.set(' ');
    queue.start();
    await settle();
    expect(api.uploads[0].form.get('title')).toBe('Chest X-ray');
    expect(api.uploads[0].form.has('patient_reference')).toBe(false);
  });

  it('sends one at a time, in order', async () => {
    await start(png('a.png'), png('b.png'));
    expect(steps()).toEqual(['sending', 'waiting']);
    api.uploads[0].answer({ id: 1 });
    await settle();
    expect(steps()).toEqual(['done', 'sending']);
    api.uploads[1].answer({ id: 2 });
    await settle();
    expect(steps()).toEqual(['done', 'done']);
    expect(queue.running()).toBe(false);
  });

  it('tells how much is sent, then that it is read', async () => {
    const [item] = await start(png());
    api.uploads[0].progress(0.4);
    expect(item.state()).toEqual({ step: 'sending', share: 0.4 });
    api.uploads[0].progress(1);
    expect(item.state()).toEqual({ step: 'reading', since: Date.now() });
  });

  it('goes on by itself after the server was away, and says that it is the same upload', async () => {
    const [item] = await start(png());
    api.uploads[0].fail(new Problem('offline'));
    await settle();
    expect(item.state()).toMatchObject({ step: 'pausing', until: Date.now() + 1000 });
    await vi.advanceTimersByTimeAsync(999);
    expect(api.uploads).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(api.uploads).toHaveLength(2);
    expect(api.uploads[1].once).toBe(api.uploads[0].once);
    api.uploads[1].answer({ id: 1 });
    await settle();
    expect(steps()).toEqual(['done']);
  });

  it('has another key for each upload', async () => {
    const [first, second] = await start(png(), png());
    expect(first.once).toMatch(/^[0-9a-f]{32}$/);
    expect(second.once).not.toBe(first.once);
  });

  it('tries at once when the browser is online again, or the user says so', async () => {
    await start(png());
    for (const [tries, wake] of [[1, () => queue.tryNow()], [2, () => window.dispatchEvent(new Event('online'))]] as const) {
      api.uploads[tries - 1].fail(new Problem('unavailable', '', {}, 25));
      await settle();
      expect(steps()).toEqual(['pausing']);
      wake();
      await settle();
      expect(api.uploads).toHaveLength(tries + 1);
    }
  });

  it('stops at a problem that does not pass, and goes on with the next', async () => {
    await start(png('a.png'), png('b.png'));
    api.uploads[0].fail(new Problem('invalid-request', 'Not an image.'));
    await settle();
    expect(steps()).toEqual(['failed', 'sending']);
  });

  it('tries again what failed when asked to, with the same key', async () => {
    const [item] = await start(png());
    api.uploads[0].fail(new Problem('storage-full'));
    await settle();
    queue.retry(item);
    await settle();
    expect(steps()).toEqual(['sending']);
    expect(api.uploads[1].once).toBe(item.once);
  });

  it('cancels what is sent, what is waited for, and what waits', async () => {
    const [sent, waiting, next] = await start(png(), png(), png());
    queue.cancel(waiting);
    api.uploads[0].fail(new Problem('offline'));
    await settle();
    queue.cancel(sent);
    await settle();
    expect(steps()).toEqual(['cancelled', 'cancelled', 'sending']);
    queue.cancel(next);
    await settle();
    expect(api.uploads[1].signal.aborted).toBe(true);
    expect(steps()).toEqual(['cancelled', 'cancelled', 'cancelled']);
  });

  it('sends again what was cancelled a moment ago', async () => {
    const [item] = await start(png());
    queue.cancel(item);
    queue.retry(item);
    await settle();
    expect(steps()).toEqual(['sending']);
    expect(api.uploads).toHaveLength(2);
    expect(api.uploads[1].signal.aborted).toBe(false);
  });

  it('without an account has images read alone where nothing is stored', async () => {
    enter(null);
    session.server.set({ anonymous: 'read' });
    const [item] = await start(png());
    expect(api.predictions).toEqual([item.file]);
    expect(item.state()).toMatchObject({ step: 'done', reading: { unstored: { findings: [] } } });
  });

  it('without an account sends neither key nor consent', async () => {
    enter(null);
    await start(png());
    expect(api.uploads[0].once).toBeNull();
    expect(api.uploads[0].form.has('consent')).toBe(false);
  });

  it('forgets everything when the user goes, but not when they log in again', async () => {
    await start(png());
    enter(user(7));
    expect(steps()).toEqual(['sending']);
    enter(null);
    expect(steps()).toEqual([]);
    expect(api.uploads[0].signal.aborted).toBe(true);
  });

  it('asks before the page is left while something is under way', async () => {
    const leaving = () => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
    await queue.add([png()]);
    TestBed.tick();
    expect(leaving()).toBe(false);
    queue.start();
    await settle();
    TestBed.tick();
    expect(leaving()).toBe(true);
    api.uploads[0].answer({ id: 1 });
    await settle();
    TestBed.tick();
    expect(leaving()).toBe(false);
  });
});

describe('waitBefore', () => {
  it('grows, but not for ever', () => {
    const waits = Array.from({ length: 13 }, (_, i) => waitBefore(i + 1, new Problem('offline')));
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30, null]);
  });

  it('is at least as long as the server says', () => {
    expect(waitBefore(1, new Problem('unavailable', '', {}, 5))).toBe(5);
    expect(waitBefore(6, new Problem('too-many-requests', '', {}, 5))).toBe(30);
  });

  it('tries once more after a failure of the server, and never what cannot pass', () => {
    expect(waitBefore(1, new Problem('internal-error'))).toBe(1);
    expect(waitBefore(2, new Problem('internal-error'))).toBeNull();
    expect(waitBefore(1, new Problem('invalid-request'))).toBeNull();
    expect(waitBefore(1, new Problem('not-authenticated'))).toBeNull();
  });
});
