// For bench.ts: the same PATCH through the same proxy, with nothing but Node. It is CommonJS because an ES module that
// imports node:https also loads Node's own undici.
const http = require('node:http');
const https = require('node:https');

const { HTTPS_PROXY, INPUT_ACCOUNT_ID: id, INPUT_API_KEY, INPUT_DD_API_KEY, INPUT_DD_APP_KEY } = process.env;
const { hostname, port } = new URL(HTTPS_PROXY);
const host = 'api.datadoghq.com';
const data = { attributes: { api_key: INPUT_API_KEY, region: process.env.INPUT_REGION }, id, type: 'opsgenie-account' };

http
  .request({ host: hostname, port, method: 'CONNECT', path: `${host}:443` })
  .on('connect', (_, socket) => {
    const path = `/api/v2/integration/opsgenie/accounts/${id}`;
    const headers = {
      'Content-Type': 'application/json',
      'DD-API-KEY': INPUT_DD_API_KEY,
      'DD-APPLICATION-KEY': INPUT_DD_APP_KEY,
    };
    https
      .request({ agent: false, socket, host, method: 'PATCH', path, headers })
      .on('response', (response) => {
        response.resume().on('end', () => process.exit(response.statusCode === 200 ? 0 : 1));
      })
      .end(JSON.stringify({ data }));
  })
  .end();
