import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createProxy, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createApi } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { apiHost, KNOWN_SITES } from '../src/datadog/sites.ts';
import { type Authority, type Certificate, createAuthority } from './certificates.ts';
import { DatadogApi, type Organization } from './datadog.ts';
import { OPSGENIE_HOSTS, type OpsgenieKeys, respondAsOpsgenie } from './opsgenie.ts';
import type { ProxyScript, ReceivedRequest, Script } from './scripts.ts';

/**
 * Simulates Datadog and Opsgenie on loopback: an HTTPS server behind a CONNECT proxy that sends every tunnel there.
 * The certificate is valid for the API hosts of all Datadog sites and both Opsgenie regions. The server records every
 * request and responds as documented unless a script responds instead.
 */
export class SimulatedServer implements AsyncDisposable {
  /** Datadog's state. Tests may change it at any time. */
  readonly organization: Organization;
  /** Opsgenie's state. Tests may change it at any time. */
  readonly opsgenieKeys: OpsgenieKeys;
  /** Requests to Datadog and Opsgenie, in order of arrival. `host` identifies the service. */
  readonly requests: ReceivedRequest[] = [];
  /** The `host:port` of every CONNECT request. */
  readonly tunnels: string[] = [];
  /** Every byte the proxy received: CONNECT requests and all tunnel traffic from the client. */
  readonly seenByProxy: Buffer[] = [];
  /** Issues the certificates that a process with {@link environment} trusts. */
  readonly authority: Authority;
  readonly #datadogScripts: Script[] = [];
  readonly #opsgenieScripts: Script[] = [];
  readonly #proxyScripts: ProxyScript[] = [];
  readonly #datadog: DatadogApi;
  readonly #api = createApi();
  readonly #proxy = createProxy();
  readonly #clients: Duplex[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'simulation-'));

  private constructor(organization: Organization, opsgenieKeys: OpsgenieKeys, authority: Authority) {
    this.organization = organization;
    this.opsgenieKeys = opsgenieKeys;
    this.authority = authority;
    this.#datadog = new DatadogApi(organization);
    // A client may disconnect before its request is complete.
    this.#api.on('request', (request, response) => this.#receive(request, response).catch(() => response.destroy()));
    this.#proxy.on('connect', (request, client) => this.#tunnel(request, client));
    writeFileSync(this.environment.NODE_EXTRA_CA_CERTS, authority.certificate);
  }

  static async start(organization: Organization, opsgenieKeys: OpsgenieKeys): Promise<SimulatedServer> {
    const authority = await createAuthority();
    const server = new SimulatedServer(organization, opsgenieKeys, authority);
    server.useCertificate(await authority.issue([...KNOWN_SITES.map(apiHost), ...OPSGENIE_HOSTS.keys()]));
    await Promise.all([server.#api, server.#proxy].map((each) => once(each.listen(0, '127.0.0.1'), 'listening')));
    return server;
  }

  /** Environment variables that make a process use the proxy and trust the authority. */
  get environment(): { readonly HTTPS_PROXY: string; readonly NODE_EXTRA_CA_CERTS: string } {
    return {
      HTTPS_PROXY: `http://127.0.0.1:${portOf(this.#proxy)}`,
      NODE_EXTRA_CA_CERTS: join(this.#folder, 'authority.pem'),
    };
  }

  /** Queues scripts, one for each of the next requests to Datadog. */
  script(...scripts: Script[]): void {
    this.#datadogScripts.push(...scripts);
  }

  /** Queues scripts, one for each of the next requests to Opsgenie, in either region. */
  scriptOpsgenie(...scripts: Script[]): void {
    this.#opsgenieScripts.push(...scripts);
  }

  /** Queues scripts, one for each of the next CONNECT requests, whatever their host. */
  scriptProxy(...scripts: ProxyScript[]): void {
    this.#proxyScripts.push(...scripts);
  }

  /** Presents another certificate from now on. */
  useCertificate(certificate: Certificate): void {
    // OpenSSL refuses to serve a weak certificate at its default security level.
    this.#api.setSecureContext({ ...certificate, ciphers: 'DEFAULT@SECLEVEL=0' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy();
    for (const server of [this.#api, this.#proxy]) server.closeAllConnections();
    await Promise.all([this.#api, this.#proxy].map((server) => server[Symbol.asyncDispose]()));
    rmSync(this.#folder, { recursive: true });
  }

  #tunnel({ url = '', rawHeaders }: IncomingMessage, client: Duplex): void {
    this.#clients.push(client);
    this.tunnels.push(url);
    this.seenByProxy.push(Buffer.from(rawHeaders.join('\n')));
    client.on('data', (bytes: Buffer) => this.seenByProxy.push(bytes));
    client.on('error', () => {});
    const script = this.#proxyScripts.shift();
    if (script !== undefined) {
      script(client);
      return;
    }
    const server = connect(portOf(this.#api), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    // Either side may disconnect at any time. Close the other side too.
    client.on('close', () => server.destroy());
    server.on('error', () => client.destroy()).on('close', () => client.destroy());
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const at = performance.now();
    const received = { host: headers.host ?? '', method, path, headers, body: await text(request), at };
    this.requests.push(received);
    this.#chooseScript(received)(request, response);
  }

  #chooseScript(received: ReceivedRequest): Script {
    const region = OPSGENIE_HOSTS.get(received.host);
    if (region === undefined) return this.#datadogScripts.shift() ?? this.#datadog.respond(received);
    return this.#opsgenieScripts.shift() ?? respondAsOpsgenie(this.opsgenieKeys, region, received);
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : Number.NaN;
}
