// The lower limit for bench.ts: the same PATCH through the same proxy, with nothing but Node. It masks, checks, and reports
// nothing. It is CommonJS because an ES module that imports node:https loads Node's own undici as well.
const http = require('node:http');
const https = require('node:https');

const { HTTPS_PROXY, INPUT_ACCOUNT_ID, INPUT_API_KEY, INPUT_DD_API_KEY, INPUT_DD_APP_KEY, INPUT_REGION } = process.env;
const host = 'api.datadoghq.com';
const proxy = new URL(HTTPS_PROXY);

http
  .request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: `${host}:443` })
  .on('connect', (_, socket) => {
    https
      .request({
        agent: false,
        socket,
        host,
        method: 'PATCH',
        path: `/api/v2/integration/opsgenie/accounts/${INPUT_ACCOUNT_ID}`,
        headers: {
          Accept: 'application/json',
          'Content-Type': 'application/json',
          'DD-API-KEY': INPUT_DD_API_KEY,
          'DD-APPLICATION-KEY': INPUT_DD_APP_KEY,
        },
      })
      .on('response', (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => {
          JSON.parse(body);
          process.exit(response.statusCode === 200 ? 0 : 1);
        });
      })
      .end(
        JSON.stringify({
          data: {
            attributes: { api_key: INPUT_API_KEY, region: INPUT_REGION },
            id: INPUT_ACCOUNT_ID,
            type: 'opsgenie-account',
          },
        }),
      );
  })
  .end();
