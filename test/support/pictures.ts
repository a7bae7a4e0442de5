import type { Launch } from '../../simulation/runner.ts';
import { play, SCENES } from '../../simulation/scenes.ts';
import { escapeMarkdown } from '../../src/summary.ts';

/** The scenes that the README shows as pictures, by the names of the files. */
const SHOWN = { success: SCENES.rotation, failure: SCENES.wrongSecret } as const;

export const PICTURES = Object.keys(SHOWN) as (keyof typeof SHOWN)[];

interface Picture {
  readonly svg: string;
  /** The alternative text. */
  readonly alt: string;
}

/** Runs the scene of a picture, and draws what GitHub shows after the run. */
export async function drawPicture(name: keyof typeof SHOWN, launch?: Launch): Promise<Picture> {
  const { log, annotations, summary } = (await play(SHOWN[name], launch)).result;
  const [error] = annotations;
  const alt = error
    ? `Annotation and job summary: ${error.title}. ${error.message.split('\n')[0]}`
    : `Job summary: ${log.split('\n').slice(1).join(' ')}`;
  const drawing = new Drawing();
  for (const { title, message } of annotations) {
    drawing.card('Annotations', () => {
      drawing.text(`❌ ${escapeMarkdown(title)}`, { bold: true });
      for (const line of message.split('\n')) drawing.text(escapeMarkdown(line));
    });
  }
  drawing.card('Job summary', () => drawing.summary(summary));
  return { svg: drawing.svg(alt), alt };
}

// All lengths are in pixels. The colors are those of GitHub's light theme.
const WIDTH = 760;
const PADDING = 16;
const FONT_SIZE = 14;
const LINE_HEIGHT = 21;
const ROW_HEIGHT = 34;
const CELL_PADDING = 13;
const STROKE = 'stroke="#d1d9e0"';

interface TextStyle {
  readonly x?: number;
  readonly size?: number;
  readonly bold?: boolean;
}

/** Draws from top to bottom. */
class Drawing {
  readonly #elements: string[] = [];
  /** Where the next element starts. */
  #y = 0;

  /** Draws a box with a title around what `drawContent` draws. Only the boxes are opaque, for GitHub's dark theme. */
  card(title: string, drawContent: () => void): void {
    if (this.#y > 0) this.#y += 12;
    const [top, index] = [this.#y, this.#elements.length];
    this.#y += 8;
    this.text(title, { bold: true });
    this.#y += 8;
    this.#elements.push(`<path d="M0 ${this.#y + 0.5}H${WIDTH}" ${STROKE}/>`);
    this.#y += PADDING;
    drawContent();
    this.#y += PADDING;
    const [width, height] = [WIDTH - 1, this.#y - top - 1];
    const box = `<rect x="0.5" y="${top + 0.5}" width="${width}" height="${height}" rx="6" fill="#fff" ${STROKE}/>`;
    this.#elements.splice(index, 0, box);
  }

  /** Draws the Markdown that summaryMarkdown writes. */
  summary(markdown: string): void {
    for (const [index, block] of markdown.trim().split('\n\n').entries()) {
      if (index > 0) this.#y += PADDING;
      if (block.startsWith('### ')) this.text(block.slice(4), { size: 17.5, bold: true });
      else if (block.startsWith('| ')) this.#table(block.split('\n').map((row) => row.slice(2, -2).split(' | ')));
      else if (block.startsWith('- ')) for (const item of block.split('\n')) this.#listItem(item.slice(2));
      else this.text(block);
    }
  }

  /** Draws a line of Markdown, which may contain bold text. */
  text(markdown: string, { x = PADDING, size = FONT_SIZE, bold = false }: TextStyle = {}): void {
    const style = `${size === FONT_SIZE ? '' : ` font-size="${size}"`}${bold ? ' font-weight="600"' : ''}`;
    for (const line of wrap(markdown, Math.floor((WIDTH - PADDING - x) / characterWidth(size, bold)))) {
      this.#elements.push(`<text x="${x}" y="${this.#y + 15.5}"${style}>${toXml(line)}</text>`);
      this.#y += LINE_HEIGHT;
    }
  }

  svg(title: string): string {
    const font = `font-family="-apple-system,'Segoe UI',Helvetica,Arial,sans-serif" font-size="${FONT_SIZE}"`;
    const size = `width="${WIDTH}" height="${this.#y}" viewBox="0 0 ${WIDTH} ${this.#y}"`;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font} fill="#1f2328">`,
      `<title>${toXml(escapeMarkdown(title))}</title>`,
      ...this.#elements,
      '</svg>\n',
    ].join('\n');
  }

  #listItem(markdown: string): void {
    this.#elements.push(`<circle cx="${PADDING + 12}" cy="${this.#y + 10.5}" r="2.5"/>`);
    this.text(markdown, { x: PADDING + 24 });
  }

  #table([header = [], , ...rows]: readonly (readonly string[])[]): void {
    const widths = header.map((_, column) => {
      const characters = Math.max(...[header, ...rows].map((row) => unescapeMarkdown(row[column] ?? '').length));
      return Math.ceil(characters * characterWidth(FONT_SIZE, true)) + 2 * CELL_PADDING;
    });
    for (const [index, row] of [header, ...rows].entries()) {
      const top = this.#y;
      const fill = index > 0 && index % 2 === 0 ? '#f6f8fa' : '#fff';
      let x = PADDING;
      for (const [column, cell] of row.entries()) {
        const width = widths[column] ?? 0;
        const box = `x="${x + 0.5}" y="${top + 0.5}" width="${width}" height="${ROW_HEIGHT}"`;
        this.#elements.push(`<rect ${box} fill="${fill}" ${STROKE}/>`);
        this.#y = top + (ROW_HEIGHT - LINE_HEIGHT) / 2;
        this.text(cell, { x: x + CELL_PADDING, bold: index === 0 });
        x += width;
      }
      this.#y = top + ROW_HEIGHT;
    }
  }
}

/** An estimate of the average width, high enough for the fonts that browsers use. */
function characterWidth(size: number, bold: boolean): number {
  return size * (bold ? 0.65 : 0.6);
}

/** Splits a line between words. */
function wrap(markdown: string, characters: number): string[] {
  const lines: string[] = [];
  for (const word of markdown.split(' ')) {
    const longer = [...lines.slice(-1), word].join(' ');
    if (lines.length > 0 && unescapeMarkdown(longer).length <= characters) lines.splice(-1, 1, longer);
    else lines.push(word);
  }
  return lines;
}

function toXml(markdown: string): string {
  return markdown
    .split('**')
    .map((part) => unescapeMarkdown(part).replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`))
    .map((part, index) => (index % 2 === 0 ? part : `<tspan font-weight="600">${part}</tspan>`))
    .join('');
}

/** Reverses escapeMarkdown. */
function unescapeMarkdown(markdown: string): string {
  return markdown.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code));
}
