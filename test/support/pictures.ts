import { createHash } from 'node:crypto';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import type { Launch } from '../../simulation/runner.ts';
import { play, SCENES } from '../../simulation/scenes.ts';
import { markdown } from '../../src/untrusted.ts';

/** The scenes that the README shows as pictures. */
export const PICTURES = ['success', 'failure'] as const;

export interface Picture {
  /** A page that looks as GitHub shows a run: its annotations, and its job summary. */
  readonly html: string;
  /** What the picture says, for those who cannot see it. */
  readonly alt: string;
}

const STYLE = `
  body { margin: 0; padding: 24px; width: 852px; background: #fff; color: #1f2328;
    font: 14px/1.5 -apple-system, 'Segoe UI', Inter, 'Noto Sans', Helvetica, Arial, sans-serif, 'Noto Color Emoji'; }
  h2 { margin: 0 0 8px; font-size: 14px; font-weight: 600; }
  section { border: 1px solid #d1d9e0; border-radius: 6px; padding: 16px; overflow-wrap: anywhere; }
  section + h2 { margin-top: 20px; }
  .error { border-left: 4px solid #cf222e; white-space: pre-line; }
  .error b { display: block; margin-bottom: 4px; }
  h3 { margin: 0 0 12px; font-size: 18px; }
  table { border-collapse: collapse; margin: 0 0 12px; }
  thead { display: none; }
  td { border: 1px solid #d1d9e0; padding: 4px 13px; }
  td:first-child { color: #59636e; }
  p, ul { margin: 0 0 12px; }
  section > :last-child { margin-bottom: 0; }
  code { font: 12px 'Noto Mono', monospace; background: #eff1f3; border-radius: 6px; padding: 2px 5px; }`;

/** Runs a scene and draws what a user sees of it. */
export async function drawPicture(name: (typeof PICTURES)[number], launch?: Launch): Promise<Picture> {
  const { annotations, summary } = await play(SCENES[name], launch);
  const boxes = annotations.map(
    ({ title, message }) =>
      // Character references, which is what Markdown is escaped with, are HTML.
      `<section class="error"><b>❌ ${markdown(title)}</b>${markdown(message)}</section>`,
  );
  const page = micromark(summary, { extensions: [gfm()], htmlExtensions: [gfmHtml()] });
  const parts = [
    ...(boxes.length > 0 ? ['<h2>Annotations</h2>', ...boxes] : []),
    '<h2>Job summary</h2>',
    `<section>${page}</section>`,
  ];
  const [heading = ''] = /(?<=^### ).*$/m.exec(summary) ?? [];
  const [happened = ''] = /^(?:Datadog confirmed|Opsgenie account).*$/m.exec(summary) ?? [];
  return {
    html: `<!doctype html><meta charset="utf-8"><style>${STYLE}</style>${parts.join('\n')}`,
    alt: `Job summary${boxes.length > 0 ? ' and annotation' : ''}: ${heading}. ${happened}`,
  };
}

/** Names the page that a picture was made of. */
export function fingerprint(html: string): string {
  return createHash('sha256').update(html).digest('hex');
}

// A WebP is a RIFF: its name, its size, then chunks of name, size and data. A reader passes over chunks it does not know.
// https://developers.google.com/speed/webp/docs/riff_container
const NOTE = 'NOTE';

/** Adds a note of an even number of characters to a WebP. */
export function writeNote(picture: Buffer, note: string): Buffer {
  const chunk = Buffer.from(`${NOTE}----${note}`, 'latin1');
  chunk.writeUInt32LE(note.length, NOTE.length);
  const noted = Buffer.concat([picture, chunk]);
  noted.writeUInt32LE(noted.length - 'RIFF----'.length, 'RIFF'.length);
  return noted;
}

/** Reads the note of {@link writeNote}. */
export function readNote(picture: Buffer): string | undefined {
  return new RegExp(`${NOTE}.{4}([0-9a-f]{64})$`, 's').exec(picture.toString('latin1'))?.[1];
}
