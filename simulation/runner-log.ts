/** An annotation as it appears on the run's page. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

interface Command {
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly data: string;
}

const COMMANDS = [
  ...['add-mask', 'debug', 'error', 'warning', 'notice', 'group', 'endgroup', 'echo', 'stop-commands'],
  ...['set-output', 'save-state', 'set-env', 'add-path', 'add-matcher', 'remove-matcher'],
];

/** White space that .NET's TrimStart removes: https://learn.microsoft.com/dotnet/api/system.char.iswhitespace */
const LEADING_SPACE = /^[\s\u0085]+/;

/**
 * Parses a step's output as the runner does, and keeps what a user would see.
 * https://github.com/actions/runner: ActionCommand.cs, ActionCommandManager.cs, OutputManager.cs
 */
export class RunnerLog {
  /** The log lines, with secrets masked. */
  readonly lines: string[] = [];
  readonly annotations: Annotation[] = [];
  /** Executed workflow commands, except those that only print, such as `error` or `debug`. */
  readonly commands: Command[] = [];
  readonly #masks: string[];
  readonly #debug: boolean;
  #stopToken: string | undefined;

  /**
   * @param secrets values that the runner masks from the start
   * @param debug whether debug logging is on
   */
  constructor(secrets: readonly string[], debug: boolean) {
    this.#masks = secrets.flatMap(maskedForms);
    this.#debug = debug;
  }

  /** Processes one line of stdout or stderr, without its line ending. */
  read(line: string): void {
    const command = parseColons(line, this.#stopToken) ?? parseBrackets(line, this.#stopToken);
    if (command === undefined) {
      this.#print(line);
    } else if (this.#stopToken === undefined) {
      this.#execute(command);
    } else {
      if (command.name === this.#stopToken) this.#stopToken = undefined;
      this.#print(line);
    }
  }

  /** Masks secrets as the runner does. */
  mask(text: string): string {
    return this.#masks.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
  }

  #print(line: string): void {
    this.lines.push(this.mask(line));
  }

  #execute(command: Command): void {
    const { name, properties, data } = command;
    switch (name) {
      case 'error':
      case 'warning':
      case 'notice':
        // The runner masks the message but not the title.
        this.annotations.push({ level: name, title: properties.get('title') ?? '', message: this.mask(data) });
        this.#print(`${name[0]?.toUpperCase()}${name.slice(1)}: ${data}`);
        break;
      case 'debug':
        if (this.#debug) this.#print(`Debug: ${data}`);
        break;
      case 'add-mask':
        this.#masks.push(...maskedForms(data));
        // Longest first, so that a mask cannot break up a longer one that contains it.
        this.#masks.sort((a, b) => b.length - a.length);
        this.commands.push(command);
        break;
      case 'stop-commands':
        this.#stopToken = data.toLowerCase();
        this.commands.push(command);
        break;
      default:
        this.commands.push(command);
    }
  }
}

/** Parses `::name key=value,key=value::data` at the start of a line, after optional white space. */
function parseColons(line: string, stopToken: string | undefined): Command | undefined {
  const [, info, data] = /^::(.*?)::(.*)$/s.exec(line.replace(LEADING_SPACE, '')) ?? [];
  return info === undefined
    ? undefined
    : command(info, ',', unescaper({ ':': '3A', ',': '2C' }), unescaper({})(data ?? ''), stopToken);
}

/** Parses `##[name key=value;key=value]data` anywhere in a line. */
function parseBrackets(line: string, stopToken: string | undefined): Command | undefined {
  const [, info, data] = /##\[(.*?)\](.*)$/s.exec(line) ?? [];
  const decode = unescaper({ ';': '3B', ']': '5D' });
  return info === undefined ? undefined : command(info, ';', decode, decode(data ?? ''), stopToken);
}

function command(
  info: string,
  separator: string,
  decode: (text: string) => string,
  data: string,
  stopToken: string | undefined,
): Command | undefined {
  const [, given = '', list = ''] = /^([^ ]*) ?(.*)$/s.exec(info) ?? [];
  const name = given.toLowerCase();
  if (!COMMANDS.includes(name) && name !== stopToken) return undefined;
  const pairs = list
    .trim()
    .split(separator)
    .map((pair) => /^([^=]+)=(.+)$/s.exec(pair));
  const properties = pairs.flatMap((pair) => (pair === null ? [] : [[`${pair[1]}`, decode(`${pair[2]}`)] as const]));
  return { name, properties: new Map(properties), data };
}

function unescaper(more: { readonly [character: string]: string }): (text: string) => string {
  const escapes = Object.entries({ ...more, '\r': '0D', '\n': '0A', '%': '25' });
  return (text) => escapes.reduce((result, [character, code]) => result.replaceAll(`%${code}`, character), text);
}

/** The forms of a secret that the runner masks, as far as they matter here: raw, base64, URL and JSON, line by line. */
function maskedForms(secret: string): string[] {
  const forms = [secret, ...secret.split(/\r\n|\r|\n/)].flatMap((text) => [
    text,
    Buffer.from(text).toString('base64'),
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
  ]);
  return forms.filter((form) => form !== '');
}
