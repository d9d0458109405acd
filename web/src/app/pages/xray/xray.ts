/** A stored X-ray: its reading, and what its owner may change. */
import { ChangeDetectionStrategy, Component, computed, effect, inject, input, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatProgressBar } from '@angular/material/progress-bar';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';
import { Api } from '../../api/api';
import { Session } from '../../api/session';
import type { XRay, XRayChange } from '../../api/types';
import { Confirm } from '../../shared/confirm';
import { TimePipe } from '../../shared/formats';
import { Icon } from '../../shared/icon';
import { ProblemNote } from '../../shared/problem_note';
import { EditableText } from './editable_text';
import { ExpiryNote } from './expiry_note';
import { Facts } from './facts';
import { storedReading } from './reading';
import { ReadingView } from './reading_view';
import { Reviews } from './reviews';

@Component({
  imports: [EditableText, ExpiryNote, Facts, Icon, MatButton, MatProgressBar, ProblemNote, ReadingView, RouterLink, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './xray.html',
  styleUrl: './xray.scss',
  host: { '(window:beforeunload)': 'warn($event)' },
})
export default class XRayPage {
  /** From the address. */
  readonly id = input.required<string>();

  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly router = inject(Router);
  private readonly confirm = inject(Confirm);
  private readonly capability = inject(ActivatedRoute).snapshot.fragment ?? undefined;

  /** As it was read: the reading and the reviews begin here. Later changes are in `xray`. */
  protected readonly loading = resource({
    params: () => Number(this.id()),
    loader: async ({ params: id }) => {
      await this.session.ready;
      return this.api.xray(id, this.capability);
    },
  });
  private readonly loaded = computed(() => (this.loading.hasValue() ? this.loading.value() : null));
  protected readonly xray = signal<XRay | null>(null);
  /** Who opens it without a capability is its owner: nobody else is given it. */
  protected readonly owned = computed(() => this.loaded() !== null && this.capability === undefined);
  protected readonly source = computed(() => {
    const loaded = this.loaded();
    return loaded && storedReading(this.api, loaded);
  });
  protected readonly reviews = computed(() => {
    const loaded = this.loaded();
    return loaded && this.owned() ? new Reviews(this.api, loaded) : null;
  });
  protected readonly busy = signal(false);
  protected readonly error = signal<unknown>(null);

  constructor() {
    effect(() => this.xray.set(this.loaded()));
  }

  protected readonly titleLabel = $localize`:@@xray.titleLabel:Title`;
  protected readonly editTitle = $localize`:@@xray.editTitle:Change the title`;
  protected readonly referenceLabel = $localize`:@@xray.referenceLabel:Patient reference`;
  protected readonly editReference = $localize`:@@xray.editReference:Change the patient reference`;
  protected readonly saveTitle = (title: string) => this.change({ title });
  protected readonly saveReference = (reference: string) => this.change({ patient_reference: reference || null });

  /** Before the page is left: what is typed is saved, or the user says that it may be lost. */
  async canLeave(): Promise<boolean> {
    const reviews = this.reviews();
    return !reviews || (await reviews.settle()) || confirm(lost);
  }

  protected warn(event: BeforeUnloadEvent): void {
    if (this.reviews()?.unsaved()) event.preventDefault();
  }

  protected readAgain(): Promise<void> {
    return this.attempt(async () => this.loading.set(await this.api.readAgain(Number(this.id()))));
  }

  protected async remove(): Promise<void> {
    if (!(await this.confirm.ask(deletion))) return;
    await this.attempt(async () => {
      await this.api.deleteXray(Number(this.id()), this.capability);
      const user = this.session.user();
      await this.router.navigateByUrl(user && this.owned() ? `/users/${user.id}` : '/');
    });
  }

  private async change(change: XRayChange): Promise<void> {
    this.xray.set(await this.api.changeXray(Number(this.id()), change));
  }

  private async attempt(what: () => Promise<unknown>): Promise<void> {
    this.busy.set(true);
    this.error.set(null);
    try {
      await what();
    } catch (error) {
      this.error.set(error);
    } finally {
      this.busy.set(false);
    }
  }
}

const deletion = {
  title: $localize`:@@xray.deleteTitle:Delete this X-ray?`,
  text: $localize`:@@xray.deleteWhat:The image, its reading and your notes are deleted for good.`,
  action: $localize`:@@xray.delete:Delete`,
  refusal: $localize`:@@xray.keep:Keep it`,
};
const lost = $localize`:@@xray.lost:A note could not be saved. Leave the page and lose it?`;
