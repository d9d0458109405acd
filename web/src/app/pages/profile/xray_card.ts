/** A radiograph in the list: its picture, what it is, and what stands out in it. */
import { ChangeDetectionStrategy, Component, ElementRef, computed, input, output, signal, viewChild } from '@angular/core';
import { MatIconButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { RouterLink } from '@angular/router';
import type { XRay } from '../../api/types';
import { Decision, FindingPipe, byProminence, decisionOf, decisionWords } from '../../shared/findings';
import { PercentPipe, TimePipe } from '../../shared/formats';
import { Icon } from '../../shared/icon';
import type { IconName } from '../../shared/icons';

const findingsShown = 3;
const decisionIcons: Record<Decision, IconName> = {
  suspected: 'warning', 'not-suspected': 'check_circle', undecided: 'help',
};

@Component({
  selector: 'px-xray-card',
  imports: [FindingPipe, Icon, MatCheckbox, MatIconButton, PercentPipe, RouterLink, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './xray_card.html',
  styleUrl: './xray_card.scss',
})
export class XrayCard {
  readonly xray = input.required<XRay>();
  readonly chosen = input(false);
  readonly canChoose = input(true);
  readonly choose = output();
  readonly remove = output();
  private readonly title = viewChild.required<ElementRef<HTMLElement>>('title');
  protected readonly pictureFailed = signal(false);

  protected readonly findings = computed(() =>
    byProminence(this.xray().findings).slice(0, findingsShown).map((finding) => {
      const decision = decisionOf(finding);
      return { finding, decision, words: decisionWords[decision], icon: decisionIcons[decision] };
    }));

  protected readonly pictureWords = computed(() => $localize`:@@profile.thumbnail:Radiograph ${this.xray().title}:title:`);
  protected readonly deleteWords = computed(() => $localize`:@@profile.delete:Delete ${this.xray().title}:title:`);

  focus(): void {
    this.title().nativeElement.focus();
  }
}
