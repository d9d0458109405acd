/** What a programmer needs: API keys, use and limits, the way to the documentation. */
import { ChangeDetectionStrategy, Component } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { CopyButton } from '../../shared/copy_button';
import { Icon } from '../../shared/icon';
import { KeyList } from './key_list';
import { UsageView } from './usage_view';

@Component({
  imports: [CopyButton, Icon, KeyList, MatButton, UsageView],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="page developer">
      <div class="row spread">
        <h1 i18n="@@developer.title">For developers</h1>
        <a matButton="tonal" href="/api/v1/docs"><px-icon name="code" /><ng-container i18n="@@developer.docs">API documentation</ng-container></a>
      </div>
      <px-key-list />
      <px-usage />
      <section class="card" aria-labelledby="example">
        <h2 id="example" i18n="@@developer.example">Read a radiograph from a program</h2>
        <p class="muted" i18n="@@developer.exampleMore">Put the key in a file, not on the command line, where every user of the machine sees it.</p>
        <pre tabindex="0">{{ example }}</pre>
        <div><px-copy [text]="example" /></div>
      </section>
    </div>
  `,
  styles: `
    .developer { max-width: 60rem }
    p { margin: 0 }
    pre { margin: 0; padding: 1rem; overflow-x: auto; border-radius: 0.75rem; background: var(--mat-sys-surface-container-highest);
      font: 0.875rem/1.6 ui-monospace, monospace }
  `,
})
export default class Developer {
  protected readonly example = [
    `echo "Authorization: Bearer pxk_…" >key.header`,
    `curl -sS --fail-with-body ${location.origin}/api/v1/predict \\`,
    `  -H @key.header -H 'Content-Type: image/png' --data-binary @chest.png`,
  ].join('\n');
}
