// Takes the README's pictures from runs of dist/. Needs Chromium (Debian: chromium, fonts-inter, fonts-noto-color-emoji);
// its program can be named in the environment, as CHROMIUM.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { drawPicture, fingerprint, PICTURES, writeNote } from '../test/support/pictures.ts';

const WIDTH = 900;
const MEASURE = '<script>document.body.dataset.height = document.documentElement.scrollHeight</script>';

const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
mkdirSync('docs/pictures', { recursive: true });
for (const name of PICTURES) {
  const { html, alt } = await drawPicture(name);
  const [page, shot] = [join(folder, `${name}.html`), join(folder, `${name}.webp`)];
  writeFileSync(page, html + MEASURE);
  const { href } = pathToFileURL(page);
  const height = /data-height="(\d+)"/.exec(chromium(`--window-size=${WIDTH},10`, '--dump-dom', href))?.[1];
  chromium(`--window-size=${WIDTH},${height}`, '--force-device-scale-factor=1.5', `--screenshot=${shot}`, href);
  writeFileSync(`docs/pictures/${name}.webp`, writeNote(readFileSync(shot), fingerprint(html)));
  console.log(`![${alt}](docs/pictures/${name}.webp)`);
}
rmSync(folder, { recursive: true });

function chromium(...args: string[]): string {
  const options = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    `--user-data-dir=${folder}/profile`,
  ];
  const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const program = process.env.CHROMIUM ?? 'chromium';
  return execFileSync(program, [...options, ...quiet, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
