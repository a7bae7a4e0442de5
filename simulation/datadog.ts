import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createProxy, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Server as ApiServer, createServer as createApi } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { isObject, parseJson } from '../src/json.ts';
import { apiHost, KNOWN_SITES } from '../src/sites.ts';
import { type Authority, type Certificate, createAuthority } from './certificates.ts';

/** What is good to know of a request that arrived. */
export interface ReceivedRequest {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Milliseconds on the clock of performance.now(). */
  readonly at: number;
}

/** Answers one request in place of the documented behaviour. */
export type Script = (request: IncomingMessage, response: ServerResponse) => void;

/** Handles one request for a tunnel in place of leading it to the API; the client's end of the connection is given. */
export type ProxyScript = (client: Duplex) => void;

type Permission = 'integrations_read' | 'manage_integrations';

export interface RateLimit {
  readonly limit: number;
  readonly periodSeconds: number;
}

/** An organisation at Datadog: its keys and its Opsgenie accounts. */
export interface Organisation {
  readonly apiKeys: Set<string>;
  /** Application keys and access tokens, with the permissions of each. */
  readonly appKeys: Map<string, readonly Permission[]>;
  /** By UUID. */
  readonly accounts: Map<string, { region: string; apiKey: string }>;
  rateLimit: RateLimit | undefined;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const ACCOUNTS = '/api/v2/integration/opsgenie/accounts';

/**
 * Datadog's API as far as this action needs it, on loopback: HTTPS with a certificate for every site from an authority
 * made here, behind a proxy that leads every name to it. Behaves as documented (keys, permission, unknown account,
 * invalid body, rate limit: https://docs.datadoghq.com/api/latest/opsgenie-integration/) unless a script answers.
 */
export class SimulatedDatadog implements AsyncDisposable {
  readonly organisation: Organisation;
  readonly requests: ReceivedRequest[] = [];
  /** Each `host:port` that the proxy was asked for. */
  readonly tunnels: string[] = [];
  /** Every byte that the proxy was sent: requests for tunnels, and what went into them. */
  readonly seenByProxy: Buffer[] = [];
  /** Variables that lead a process here. */
  readonly environment: { readonly HTTPS_PROXY: string; readonly NODE_EXTRA_CA_CERTS: string };
  /** Authority of the certificates that processes led here trust. */
  readonly authority: Authority;
  /** Where the API itself listens. */
  readonly address: string;
  readonly #scripts: Script[] = [];
  readonly #proxyScripts: ProxyScript[] = [];
  readonly #api: ApiServer;
  readonly #close: () => Promise<void>;
  #taken: { period: number; requests: number } = { period: 0, requests: 0 };

  private constructor(organisation: Organisation, authority: Authority, api: ApiServer, proxy: Server, folder: string) {
    this.organisation = organisation;
    this.authority = authority;
    this.#api = api;
    const { port: apiPort } = api.address() as AddressInfo;
    const { port: proxyPort } = proxy.address() as AddressInfo;
    this.address = `https://127.0.0.1:${apiPort}`;
    this.environment = {
      HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`,
      NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
    };
    api.on('request', (request, response) => {
      // A client may go away amid its request.
      this.#receive(request, response).catch(() => response.destroy());
    });
    proxy.on('connect', (request, client) => {
      this.tunnels.push(request.url ?? '');
      this.seenByProxy.push(Buffer.from(request.rawHeaders.join('\n')));
      client.on('data', (bytes: Buffer) => this.seenByProxy.push(bytes));
      client.on('error', () => {});
      const script = this.#proxyScripts.shift();
      if (script !== undefined) return script(client);
      const server = connect(apiPort, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        server.pipe(client).pipe(server);
      });
      // Either side may break off at any time; the other one is then ended too.
      client.on('close', () => server.destroy());
      server.on('error', () => client.destroy()).on('close', () => client.destroy());
    });
    const connections = new Set<Socket>();
    for (const server of [api, proxy]) {
      server.on('connection', (socket: Socket) => {
        connections.add(socket);
        socket.on('close', () => connections.delete(socket));
      });
    }
    this.#close = async () => {
      for (const socket of connections) socket.destroy();
      await Promise.all([api, proxy].map((server) => new Promise((done) => server.close(done))));
      rmSync(folder, { recursive: true });
    };
  }

  static async start(organisation: Organisation): Promise<SimulatedDatadog> {
    const authority = await createAuthority();
    const folder = mkdtempSync(join(tmpdir(), 'datadog-'));
    writeFileSync(join(folder, 'authority.pem'), authority.certificate);
    const api = createApi(await authority.issue(KNOWN_SITES.map(apiHost)));
    const proxy = createProxy();
    await Promise.all([api, proxy].map((server) => new Promise<void>((up) => server.listen(0, '127.0.0.1', up))));
    return new SimulatedDatadog(organisation, authority, api, proxy, folder);
  }

  /** Lets scripts answer the next requests, one each. */
  script(...scripts: Script[]): void {
    this.#scripts.push(...scripts);
  }

  /** Lets scripts handle the next requests for a tunnel, one each. */
  scriptProxy(...scripts: ProxyScript[]): void {
    this.#proxyScripts.push(...scripts);
  }

  /** Shows another certificate from now on. */
  useCertificate(certificate: Certificate): void {
    this.#api.setSecureContext(certificate);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const at = performance.now();
    const body = await text(request);
    this.requests.push({ host: headers.host ?? '', method, path, headers, body, at });
    const script = this.#scripts.shift() ?? this.#documented(method, path, headers, body);
    script(request, response);
  }

  /** The documented behaviour. */
  #documented(method: string, path: string, headers: IncomingMessage['headers'], body: string): Script {
    const limited = this.#countAgainstLimit();
    if (limited.refused) return answer(429, { errors: ['Too many requests'] }, limited.headers);

    const { apiKeys, appKeys, accounts } = this.organisation;
    const appKey = String(headers['dd-application-key'] ?? '');
    const isKnown = /^dd[ps]at_/.test(appKey) || apiKeys.has(String(headers['dd-api-key'] ?? ''));
    const needed: Permission = method === 'GET' ? 'integrations_read' : 'manage_integrations';
    if (!isKnown || !appKeys.get(appKey)?.includes(needed)) return answer(403, { errors: ['Forbidden'] });

    if (method === 'GET' && path === ACCOUNTS) {
      return answer(200, { data: [...accounts].map(([id, { region }]) => resource(id, region)) }, limited.headers);
    }
    const id = path.startsWith(`${ACCOUNTS}/`) ? path.slice(ACCOUNTS.length + 1) : '';
    const account = accounts.get(id);
    if (method !== 'PATCH' || account === undefined) return answer(404, { errors: ['Account not found'] });

    const document = parseJson(body);
    const data = isObject(document) ? document.data : undefined;
    if (!isObject(data) || data.id !== id || data.type !== 'opsgenie-account' || !isObject(data.attributes)) {
      return answer(400, { errors: ['Bad Request'] });
    }
    const { region = account.region, api_key: apiKey = account.apiKey } = data.attributes;
    if (region !== 'us' && region !== 'eu' && region !== 'custom') return invalid('region', 'is not a region');
    if (typeof apiKey !== 'string' || !UUID.test(apiKey)) return invalid('api_key', 'is not an Opsgenie API key');
    accounts.set(id, { region, apiKey });
    return answer(200, { data: resource(id, region) }, limited.headers);
  }

  /** Counts a request in the current period; periods are aligned to the clock, as Datadog's are. */
  #countAgainstLimit(): { refused: boolean; headers: Record<string, string> } {
    const { rateLimit } = this.organisation;
    if (rateLimit === undefined) return { refused: false, headers: {} };
    const { limit, periodSeconds } = rateLimit;
    const now = Date.now() / 1000;
    const period = Math.floor(now / periodSeconds);
    if (this.#taken.period !== period) this.#taken = { period, requests: 0 };
    this.#taken.requests += 1;
    return {
      refused: this.#taken.requests > limit,
      headers: {
        'X-RateLimit-Limit': `${limit}`,
        'X-RateLimit-Period': `${periodSeconds}`,
        'X-RateLimit-Remaining': `${Math.max(limit - this.#taken.requests, 0)}`,
        'X-RateLimit-Reset': `${Math.ceil((period + 1) * periodSeconds - now)}`,
        'X-RateLimit-Name': 'opsgenie_accounts',
      },
    };
  }
}

/** A script that answers with a status and a body: text as it is, anything else as JSON. */
export function answer(status: number, body: unknown, headers: { readonly [name: string]: string } = {}): Script {
  const [type, text] = typeof body === 'string' ? ['text/plain', body] : ['application/json', JSON.stringify(body)];
  return (_, response) => response.writeHead(status, { 'Content-Type': type, ...headers }).end(text);
}

/** The same script for as many requests as any run can make. */
export function always<T extends Script | ProxyScript>(script: T): T[] {
  return Array.from({ length: 99 }, () => script);
}

/** An account as the API writes it. */
export function resource(id: string, region: string): object {
  return { attributes: { region }, id, type: 'opsgenie-account' };
}

function invalid(attribute: string, what: string): Script {
  const detail = `${attribute} ${what}`;
  const source = { pointer: `/data/attributes/${attribute}` };
  return answer(422, { errors: [{ title: 'Invalid attribute', detail, source, status: '422' }] });
}
