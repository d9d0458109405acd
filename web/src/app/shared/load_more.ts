/** The end of a list that comes in pages: it gets the next page when it is scrolled to, or by a button. */
import { ChangeDetectionStrategy, Component, ElementRef, OnDestroy, afterRenderEffect, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatProgressBar } from '@angular/material/progress-bar';
import { PagedList } from './paged_list';
import { ProblemNote } from './problem_note';

@Component({
  selector: 'px-load-more',
  imports: [MatButton, MatProgressBar, ProblemNote],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (list().error(); as error) {
      <px-problem [error]="error" [retry]="true" (again)="list().more()" />
    } @else if (list().loading()) {
      <mat-progress-bar mode="indeterminate" i18n-aria-label="@@list.loading" aria-label="Loading" />
    } @else if (!list().complete()) {
      <button matButton="outlined" type="button" (click)="list().more()" i18n="@@list.more">Load more</button>
    }
  `,
  styles: `:host { display: grid; justify-items: center; min-height: 1px } mat-progress-bar { max-width: 20rem }`,
})
export class LoadMore implements OnDestroy {
  readonly list = input.required<Pick<PagedList<unknown>, 'loading' | 'complete' | 'error' | 'more'>>();
  private readonly element = inject<ElementRef<Element>>(ElementRef).nativeElement;
  private readonly observer = new IntersectionObserver(
    ([end]) => end.isIntersecting && !this.list().error() && void this.list().more(), { rootMargin: '400px' });

  constructor() {
    // An observer tells of changes alone: where the end is still in sight after a page, it must look anew.
    afterRenderEffect(() => {
      this.observer.disconnect();
      if (!this.list().loading()) this.observer.observe(this.element);
    });
  }

  ngOnDestroy(): void {
    this.observer.disconnect();
  }
}
