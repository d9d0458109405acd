/** The rules for a new password, told before and ticked off while it is typed. */
import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { Session } from '../../api/session';
import { Icon } from '../../shared/icon';
import { checkPassword } from './password_rules';

@Component({
  selector: 'px-password-rules',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <ul i18n-aria-label="@@account.rules" aria-label="Rules for the password">
      @for (rule of rules(); track rule.words) {
        <li [class.met]="rule.met">
          <px-icon [name]="rule.met ? 'check_circle' : 'info'" />
          <span>{{ rule.words }}
            @if (rule.met) { <span class="visually-hidden" i18n="@@account.ruleMet">(met)</span> }</span>
        </li>
      }
      <li><px-icon name="info" /><span i18n="@@account.ruleCommon">Not a common one: several words are better than one with digits.</span></li>
    </ul>
  `,
  styles: `
    ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.25rem; font-size: 0.875rem }
    li { display: flex; gap: 0.5rem; color: var(--mat-sys-on-surface-variant) }
    .met { color: var(--px-clear) }
    px-icon { flex: none; align-self: start; margin-top: 0.1rem }
  `,
})
export class PasswordRulesList {
  readonly password = input.required<string>();
  readonly username = input.required<string>();
  private readonly server = inject(Session).server;

  protected readonly rules = computed(() => {
    const least = this.server()?.password_least;
    const checks = checkPassword(this.password(), this.username(), least ?? 0);
    const name = { met: checks.notTheName, words: $localize`:@@account.ruleName:Not your user name, or nearly so.` };
    if (!least) return [name];
    return [{ met: checks.longEnough, words: $localize`:@@account.ruleLength:At least ${least}:least: characters.` }, name];
  });
}
