/** A user's X-rays: found again, opened, compared, deleted. */
import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Location } from '@angular/common';
import { ChangeDetectionStrategy, Component, DestroyRef, Injector, afterNextRender, computed, inject, viewChildren } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatSnackBar } from '@angular/material/snack-bar';
import { RouterLink } from '@angular/router';
import { Api } from '../../api/api';
import { problemOf } from '../../api/problem';
import type { XRay } from '../../api/types';
import { Icon } from '../../shared/icon';
import { LoadMore } from '../../shared/load_more';
import { Shortcuts } from '../../shell/shortcuts';
import { FilterBar } from './filter_bar';
import { Filters, filtersFrom, isFiltered, noFilters } from './filters';
import { PendingDeletions } from './pending_deletions';
import { XrayCard } from './xray_card';
import { XrayList } from './xray_list';

const undoMs = 8000;

@Component({
  imports: [FilterBar, Icon, LoadMore, MatButton, RouterLink, XrayCard],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './profile.html',
  styleUrl: './profile.scss',
})
export default class Profile {
  private readonly api = inject(Api);
  private readonly location = inject(Location);
  private readonly messages = inject(MatSnackBar);
  private readonly announcer = inject(LiveAnnouncer);
  private readonly injector = inject(Injector);
  private readonly cards = viewChildren(XrayCard);
  protected readonly list = new XrayList(this.api.xrays);
  protected readonly filtered = computed(() => isFiltered(this.list.searchedBy()));
  protected readonly skeletons = Array.from({ length: 8 }, (_, i) => i);
  private readonly deletions = new PendingDeletions((ids) => ids.forEach((id) => void this.deleteNow(id)), undoMs);

  constructor() {
    inject(Shortcuts).add({
      key: 'z', does: $localize`:@@profile.undoShortcut:Undo the deletion`, run: () => this.undo(),
    });
    this.finishWhenLeft();
    void this.search(filtersFrom(this.location.getState()));
  }

  // What is searched for may name a patient: it is kept beside the address, never in it.
  protected async search(filters: Filters): Promise<void> {
    const state = this.location.getState() as object | null;
    this.location.replaceState(this.location.path(), '', { ...state, filters });
    await this.list.searchBy(filters);
    if (this.list.pages.error() === null) void this.announcer.announce(this.counted());
  }

  protected clear = () => this.search({ ...noFilters, sort: this.list.searchedBy().sort });

  protected counted(): string {
    const count = this.list.shown().length;
    if (!this.list.pages.complete()) return $localize`:@@profile.countMore:${count}:count: X-rays shown, there are more`;
    return count === 1 ? $localize`:@@profile.countOne:One X-ray` : $localize`:@@profile.count:${count}:count: X-rays`;
  }

  protected remove(xray: XRay, index: number): void {
    this.list.hide(xray.id);
    this.deletions.add(xray.id);
    this.offerUndo();
    this.focusCard(index);
  }

  private offerUndo(): void {
    const count = this.deletions.ids().length;
    const words = count === 1 ? $localize`:@@profile.deleted:X-ray deleted`
      : $localize`:@@profile.deletedSome:${count}:count: X-rays deleted`;
    const message = this.messages.open(words, $localize`:@@profile.undo:Undo`, { duration: undoMs });
    message.onAction().subscribe(() => this.undo());
  }

  private undo(): void {
    const ids = this.deletions.ids();
    if (ids.length === 0) return;
    this.deletions.undo();
    this.messages.dismiss();
    this.list.restore(ids);
    this.focusCard(this.list.shown().findIndex(({ id }) => id === ids.at(-1)));
    void this.announcer.announce($localize`:@@profile.undone:Not deleted`);
  }

  // The button that had the focus is gone: go on at the card that took its place.
  private focusCard(index: number): void {
    afterNextRender(() => this.cards().at(Math.min(index, this.cards().length - 1))?.focus(), { injector: this.injector });
  }

  private async deleteNow(id: number): Promise<void> {
    try {
      await this.api.deleteXray(id);
      this.list.pages.remove(id);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.kind === 'not-found') return;
      this.list.restore([id]);
      this.messages.open(problem.words, undefined, { duration: undoMs });
    }
  }

  // A page that is hidden may never be shown again: what was deleted goes now.
  private finishWhenLeft(): void {
    const leave = () => {
      if (document.visibilityState === 'visible') return;
      if (this.deletions.ids().length > 0) this.messages.dismiss();
      this.deletions.finish((ids) => ids.forEach(this.api.deleteXrayOnLeaving));
    };
    document.addEventListener('visibilitychange', leave);
    inject(DestroyRef).onDestroy(() => {
      document.removeEventListener('visibilitychange', leave);
      if (this.deletions.ids().length > 0) this.messages.dismiss();
      this.deletions.finish();
    });
  }
}
