/** An annotation as it appears on the run's page. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

interface Command {
  readonly name: string;
  readonly title: string;
  readonly data: string;
}

const COMMANDS = [
  ...['add-mask', 'debug', 'error', 'warning', 'notice', 'group', 'endgroup', 'echo', 'stop-commands'],
  ...['set-output', 'save-state', 'set-env', 'add-path', 'add-matcher', 'remove-matcher'],
];

/**
 * The two forms of a workflow command: `::name key=value,key=value::data` at the start of a line, after white space that
 * .NET's TrimStart removes, and `##[name key=value;key=value]data` anywhere in a line.
 */
const SYNTAXES = [
  { pattern: /^[\s\u0085]*::(.*?)::(.*)$/s, separator: ',', inData: [], inProperties: [':', ','] },
  { pattern: /##\[(.*?)\](.*)$/s, separator: ';', inData: [';', ']'], inProperties: [';', ']'] },
];

/**
 * Parses a step's output as the runner does and keeps everything that a user would see.
 * https://github.com/actions/runner: ActionCommand.cs, ActionCommandManager.cs, OutputManager.cs
 */
export class RunnerLog {
  /** The log lines, with secrets masked. */
  readonly lines: string[] = [];
  readonly annotations: Annotation[] = [];
  /** Names of the executed workflow commands, except those that only print, such as `error` or `debug`. */
  readonly commands: string[] = [];
  readonly #masks: string[];
  readonly #debug: boolean;
  #stopToken: string | undefined;

  /**
   * @param secrets values that the runner masks from the start
   * @param debug true if debug logging is on
   */
  constructor(secrets: readonly string[], debug: boolean) {
    this.#masks = secrets.flatMap(maskedForms);
    this.#debug = debug;
  }

  /** Processes one line of stdout or stderr, without its line ending. */
  read(line: string): void {
    const command = parseCommand(line, this.#stopToken);
    if (command === undefined) {
      this.#print(line);
    } else if (this.#stopToken === undefined) {
      this.#execute(command, line);
    } else {
      if (command.name === this.#stopToken) this.#stopToken = undefined;
      this.#print(line);
    }
  }

  /** Masks secrets as the runner does: secrets that overlap or touch are masked as one. */
  mask(text: string): string {
    const hidden = new Set<number>();
    for (const secret of this.#masks) {
      for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + 1)) {
        for (let index = at; index < at + secret.length; index++) hidden.add(index);
      }
    }
    const mark = (at: number): string => (hidden.has(at - 1) ? '' : '***');
    return Array.from(text.split(''), (character, at) => (hidden.has(at) ? mark(at) : character)).join('');
  }

  #print(line: string): void {
    this.lines.push(this.mask(line));
  }

  #execute({ name, title, data }: Command, line: string): void {
    switch (name) {
      case 'error':
      case 'warning':
      case 'notice':
        // The runner masks the message but not the title.
        this.annotations.push({ level: name, title, message: this.mask(data) });
        this.#print(`${name[0]?.toUpperCase()}${name.slice(1)}: ${data}`);
        break;
      case 'debug':
        if (this.#debug) this.#print(`Debug: ${data}`);
        break;
      case 'add-mask':
        this.#masks.push(...maskedForms(data));
        this.commands.push(name);
        break;
      case 'stop-commands':
        this.#stopToken = data.toLowerCase();
        if (data.length > 6) this.#masks.push(...maskedForms(data));
        this.commands.push(name);
        this.#print(line);
        break;
      default:
        this.commands.push(name);
    }
  }
}

/** Parses a workflow command: a known command or the token that ends `stop-commands`. */
function parseCommand(line: string, stopToken: string | undefined): Command | undefined {
  for (const { pattern, separator, inData, inProperties } of SYNTAXES) {
    const [, info = '', data = ''] = pattern.exec(line) ?? [];
    const [, given = '', list = ''] = /^([^ ]*) ?(.*)$/s.exec(info) ?? [];
    const name = given.toLowerCase();
    if (!COMMANDS.includes(name) && name !== stopToken) continue;
    const properties = list.trim().split(separator);
    const title = properties.findLast((property) => property.startsWith('title='))?.slice('title='.length) ?? '';
    return { name, title: decode(title, inProperties), data: decode(data, inData) };
  }
  return undefined;
}

/** Decodes the percent escapes of these characters and of the characters that are always escaped. */
function decode(text: string, characters: readonly string[]): string {
  return [...characters, '\r', '\n', '%'].reduce((result, character) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
    return result.replaceAll(`%${code}`, character);
  }, text);
}

/** Returns the forms of a secret and its lines that the runner masks, except those for XML, command lines, and PowerShell. */
function maskedForms(secret: string): string[] {
  const lines = secret.split(/[\r\n]/).map((line) => line.trim());
  const forms = [secret, ...lines].flatMap((text) => [
    text,
    // A secret's base64 depends on the length of the text in front of it, modulo 3.
    ...[0, 1, 2].map((shift) => Buffer.from(text).subarray(shift).toString('base64')),
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
  ]);
  return forms.filter((form) => form.trim() !== '');
}
