import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createProxy, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Server as ApiServer, createServer as createApi } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { apiHost, KNOWN_SITES } from '../src/datadog/sites.ts';
import { type Authority, type Certificate, createAuthority } from './certificates.ts';
import { DatadogApi, type Organization } from './datadog.ts';
import { OPSGENIE_HOSTS, OpsgenieApi, type OpsgenieKeys } from './opsgenie.ts';
import type { ProxyScript, ReceivedRequest, Script } from './scripts.ts';

/** State of both services. Tests may change it at any time. */
interface State {
  readonly organization: Organization;
  readonly opsgenieKeys: OpsgenieKeys;
}

/**
 * Simulates Datadog and Opsgenie on loopback: an HTTPS server behind a CONNECT proxy that sends every tunnel to it.
 * Its certificate is valid for the API hosts of all Datadog sites and both Opsgenie regions. It records every request
 * and answers as documented, unless a script answers.
 */
export class SimulatedServer implements AsyncDisposable {
  /** Datadog's state. */
  readonly organization: Organization;
  /** Opsgenie's state. */
  readonly opsgenieKeys: OpsgenieKeys;
  /** Requests to Datadog and to Opsgenie, in order of arrival; `host` says which. */
  readonly requests: ReceivedRequest[] = [];
  /** The `host:port` of every CONNECT request. */
  readonly tunnels: string[] = [];
  /** Every byte the proxy received: CONNECT requests, and what went through the tunnels. */
  readonly seenByProxy: Buffer[] = [];
  /** Environment variables that make a process use the proxy and trust the authority. */
  readonly environment: { readonly HTTPS_PROXY: string; readonly NODE_EXTRA_CA_CERTS: string };
  /** Issues the certificates that such a process trusts. */
  readonly authority: Authority;
  /** URL of the HTTPS server itself. */
  readonly address: string;
  readonly #datadogScripts: Script[] = [];
  readonly #opsgenieScripts: Script[] = [];
  readonly #proxyScripts: ProxyScript[] = [];
  readonly #datadog: DatadogApi;
  readonly #opsgenie: OpsgenieApi;
  readonly #api: ApiServer;
  readonly #close: () => Promise<void>;

  private constructor(
    { organization, opsgenieKeys }: State,
    authority: Authority,
    api: ApiServer,
    proxy: Server,
    folder: string,
  ) {
    this.organization = organization;
    this.opsgenieKeys = opsgenieKeys;
    this.authority = authority;
    this.#datadog = new DatadogApi(organization);
    this.#opsgenie = new OpsgenieApi(opsgenieKeys);
    this.#api = api;
    const { port: apiPort } = api.address() as AddressInfo;
    const { port: proxyPort } = proxy.address() as AddressInfo;
    this.address = `https://127.0.0.1:${apiPort}`;
    this.environment = {
      HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`,
      NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
    };
    api.on('request', (request, response) => {
      // A client may disconnect before its request is complete.
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
      // Either side may disconnect at any time. Close the other one too.
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

  static async start(state: State): Promise<SimulatedServer> {
    const authority = await createAuthority();
    const folder = mkdtempSync(join(tmpdir(), 'simulation-'));
    writeFileSync(join(folder, 'authority.pem'), authority.certificate);
    const api = createApi(await authority.issue([...KNOWN_SITES.map(apiHost), ...OPSGENIE_HOSTS.keys()]));
    const proxy = createProxy();
    await Promise.all([api, proxy].map((server) => new Promise<void>((up) => server.listen(0, '127.0.0.1', up))));
    return new SimulatedServer(state, authority, api, proxy, folder);
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
    await this.#close();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const at = performance.now();
    const body = await text(request);
    const received: ReceivedRequest = { host: headers.host ?? '', method, path, headers, body, at };
    this.requests.push(received);
    this.#chooseScript(received)(request, response);
  }

  #chooseScript(received: ReceivedRequest): Script {
    const region = OPSGENIE_HOSTS.get(received.host);
    if (region === undefined) return this.#datadogScripts.shift() ?? this.#datadog.respond(received);
    return this.#opsgenieScripts.shift() ?? this.#opsgenie.respond(region, received);
  }
}
