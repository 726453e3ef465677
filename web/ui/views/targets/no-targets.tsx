// What to do when there is nothing to scrape yet: three ways to copy.
import { CopyButton } from '../../parts/copy-button.tsx';

const origin = () => location.origin;

const ways = [
  {
    title: 'In config.yml, then reload',
    text: () => `scrape_configs:
  - job_name: my-app
    static_configs:
      - targets: ['localhost:8080']
`,
  },
  {
    title: 'Reload the configuration',
    text: () => `curl -X POST ${origin()}/-/reload   # needs --web.enable-lifecycle; or send SIGHUP`,
  },
  {
    title: 'Or let another Prometheus send',
    text: () => `remote_write:
  - url: ${new URL('./api/v1/write', location.href).href}   # needs --web.enable-remote-write-receiver
`,
  },
] as const;

export function NoTargets() {
  return (
    <div class="empty">
      <p class="empty-head">No targets yet</p>
      <ul class="ways">
        {ways.map(({ title, text }) => (
          <li key={title} class="card">
            <span class="card-title">{title}</span>
            <pre>{text()}</pre>
            <CopyButton class="button" title="Copy" text={text}>
              Copy
            </CopyButton>
          </li>
        ))}
      </ul>
    </div>
  );
}
