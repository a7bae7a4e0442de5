/******/ (() => { // webpackBootstrap
/******/ 	var __webpack_modules__ = ({

/***/ 770:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

module.exports = __nccwpck_require__(218);


/***/ }),

/***/ 218:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";
var __webpack_unused_export__;


var net = __nccwpck_require__(278);
var tls = __nccwpck_require__(756);
var http = __nccwpck_require__(611);
var https = __nccwpck_require__(692);
var events = __nccwpck_require__(434);
// Changed by scripts/postbuild.ts. As published: var assert = __nccwpck_require__(613);
var util = __nccwpck_require__(23);


exports.httpOverHttp = httpOverHttp;
exports.httpsOverHttp = httpsOverHttp;
exports.httpOverHttps = httpOverHttps;
exports.httpsOverHttps = httpsOverHttps;


function httpOverHttp(options) {
  var agent = new TunnelingAgent(options);
  agent.request = http.request;
  return agent;
}

function httpsOverHttp(options) {
  var agent = new TunnelingAgent(options);
  agent.request = http.request;
  agent.createSocket = createSecureSocket;
  agent.defaultPort = 443;
  return agent;
}

function httpOverHttps(options) {
  var agent = new TunnelingAgent(options);
  agent.request = https.request;
  return agent;
}

function httpsOverHttps(options) {
  var agent = new TunnelingAgent(options);
  agent.request = https.request;
  agent.createSocket = createSecureSocket;
  agent.defaultPort = 443;
  return agent;
}


function TunnelingAgent(options) {
  var self = this;
  self.options = options || {};
  self.proxyOptions = self.options.proxy || {};
  self.maxSockets = self.options.maxSockets || http.Agent.defaultMaxSockets;
  self.requests = [];
  self.sockets = [];

  self.on('free', function onFree(socket, host, port, localAddress) {
    var options = toOptions(host, port, localAddress);
    for (var i = 0, len = self.requests.length; i < len; ++i) {
      var pending = self.requests[i];
      if (pending.host === options.host && pending.port === options.port) {
        // Detect the request to connect same origin server,
        // reuse the connection.
        self.requests.splice(i, 1);
        pending.request.onSocket(socket);
        return;
      }
    }
    socket.destroy();
    self.removeSocket(socket);
  });
}
util.inherits(TunnelingAgent, events.EventEmitter);

TunnelingAgent.prototype.addRequest = function addRequest(req, host, port, localAddress) {
  var self = this;
  var options = mergeOptions({request: req}, self.options, toOptions(host, port, localAddress));

  if (self.sockets.length >= this.maxSockets) {
    // We are over limit so we'll add it to the queue.
    self.requests.push(options);
    return;
  }

  // If we are under maxSockets create a new one.
  self.createSocket(options, function(socket) {
    socket.on('free', onFree);
    socket.on('close', onCloseOrRemove);
    socket.on('agentRemove', onCloseOrRemove);
    req.onSocket(socket);

    function onFree() {
      self.emit('free', socket, options);
    }

    function onCloseOrRemove(err) {
      self.removeSocket(socket);
      socket.removeListener('free', onFree);
      socket.removeListener('close', onCloseOrRemove);
      socket.removeListener('agentRemove', onCloseOrRemove);
    }
  });
};

TunnelingAgent.prototype.createSocket = function createSocket(options, cb) {
  var self = this;
  var placeholder = {};
  self.sockets.push(placeholder);

  var connectOptions = mergeOptions({}, self.proxyOptions, {
    method: 'CONNECT',
    path: options.host + ':' + options.port,
    agent: false,
    headers: {
      host: options.host + ':' + options.port
    }
  });
  if (options.localAddress) {
    connectOptions.localAddress = options.localAddress;
  }
  if (connectOptions.proxyAuth) {
    connectOptions.headers = connectOptions.headers || {};
    connectOptions.headers['Proxy-Authorization'] = 'Basic ' +
        new Buffer(connectOptions.proxyAuth).toString('base64');
  }

  debug('making CONNECT request');
  var connectReq = self.request(connectOptions);
  connectReq.useChunkedEncodingByDefault = false; // for v0.6
  connectReq.once('response', onResponse); // for v0.6
  connectReq.once('upgrade', onUpgrade);   // for v0.6
  connectReq.once('connect', onConnect);   // for v0.7 or later
  connectReq.once('error', onError);
  connectReq.end();

  function onResponse(res) {
    // Very hacky. This is necessary to avoid http-parser leaks.
    res.upgrade = true;
  }

  function onUpgrade(res, socket, head) {
    // Hacky.
    process.nextTick(function() {
      onConnect(res, socket, head);
    });
  }

  function onConnect(res, socket, head) {
    connectReq.removeAllListeners();
    socket.removeAllListeners();

    if (res.statusCode !== 200) {
      debug('tunneling socket could not be established, statusCode=%d',
        res.statusCode);
      socket.destroy();
      var error = new Error('tunneling socket could not be established, ' +
        'statusCode=' + res.statusCode);
      error.code = 'ECONNRESET';
      options.request.emit('error', error);
      self.removeSocket(placeholder);
      return;
    }
    if (head.length > 0) {
      debug('got illegal response body from proxy');
      socket.destroy();
      var error = new Error('got illegal response body from proxy');
      error.code = 'ECONNRESET';
      options.request.emit('error', error);
      self.removeSocket(placeholder);
      return;
    }
    debug('tunneling connection has established');
    self.sockets[self.sockets.indexOf(placeholder)] = socket;
    return cb(socket);
  }

  function onError(cause) {
    connectReq.removeAllListeners();

    debug('tunneling socket could not be established, cause=%s\n',
          cause.message, cause.stack);
    var error = new Error('tunneling socket could not be established, ' +
                          'cause=' + cause.message);
    error.code = 'ECONNRESET';
    options.request.emit('error', error);
    self.removeSocket(placeholder);
  }
};

TunnelingAgent.prototype.removeSocket = function removeSocket(socket) {
  var pos = this.sockets.indexOf(socket)
  if (pos === -1) {
    return;
  }
  this.sockets.splice(pos, 1);

  var pending = this.requests.shift();
  if (pending) {
    // If we have pending requests and a socket gets closed a new one
    // needs to be created to take over in the pool for the one that closed.
    this.createSocket(pending, function(socket) {
      pending.request.onSocket(socket);
    });
  }
};

function createSecureSocket(options, cb) {
  var self = this;
  TunnelingAgent.prototype.createSocket.call(self, options, function(socket) {
    var hostHeader = options.request.getHeader('host');
    var tlsOptions = mergeOptions({}, self.options, {
      socket: socket,
      servername: hostHeader ? hostHeader.replace(/:.*$/, '') : options.host
    });

    // 0 is dummy port for v0.6
    var secureSocket = tls.connect(0, tlsOptions);
    self.sockets[self.sockets.indexOf(socket)] = secureSocket;
    cb(secureSocket);
  });
}


function toOptions(host, port, localAddress) {
  if (typeof host === 'string') { // since v0.10
    return {
      host: host,
      port: port,
      localAddress: localAddress
    };
  }
  return host; // for v0.11 or later
}

function mergeOptions(target) {
  for (var i = 1, len = arguments.length; i < len; ++i) {
    var overrides = arguments[i];
    if (typeof overrides === 'object') {
      var keys = Object.keys(overrides);
      for (var j = 0, keyLen = keys.length; j < keyLen; ++j) {
        var k = keys[j];
        if (overrides[k] !== undefined) {
          target[k] = overrides[k];
        }
      }
    }
  }
  return target;
}


var debug;
if (process.env.NODE_DEBUG && /\btunnel\b/.test(process.env.NODE_DEBUG)) {
  debug = function() {
    var args = Array.prototype.slice.call(arguments);
    if (typeof args[0] === 'string') {
      args[0] = 'TUNNEL: ' + args[0];
    } else {
      args.unshift('TUNNEL:');
    }
    console.error.apply(console, args);
  }
} else {
  debug = function() {};
}
__webpack_unused_export__ = debug; // for test


/***/ }),

/***/ 613:
/***/ ((module) => {

"use strict";
module.exports = require("assert");

/***/ }),

/***/ 434:
/***/ ((module) => {

"use strict";
module.exports = require("events");

/***/ }),

/***/ 896:
/***/ ((module) => {

"use strict";
module.exports = require("fs");

/***/ }),

/***/ 611:
/***/ ((module) => {

"use strict";
module.exports = require("http");

/***/ }),

/***/ 692:
/***/ ((module) => {

"use strict";
module.exports = require("https");

/***/ }),

/***/ 278:
/***/ ((module) => {

"use strict";
module.exports = require("net");

/***/ }),

/***/ 857:
/***/ ((module) => {

"use strict";
module.exports = require("os");

/***/ }),

/***/ 756:
/***/ ((module) => {

"use strict";
module.exports = require("tls");

/***/ }),

/***/ 23:
/***/ ((module) => {

"use strict";
module.exports = require("util");

/***/ }),

/***/ 779:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

"use strict";
var https__WEBPACK_IMPORTED_MODULE_1___namespace_cache;
var http__WEBPACK_IMPORTED_MODULE_0___namespace_cache;
/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Qq: () => (/* binding */ HttpClient)
/* harmony export */ });
/* unused harmony exports HttpCodes, Headers, MediaTypes, getProxyUrl, HttpClientError, HttpClientResponse, isHttps */
/* harmony import */ var http__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(611);
/* harmony import */ var https__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(692);
/* harmony import */ var _proxy_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(783);
/* harmony import */ var tunnel__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(770);
/* harmony import */ var undici__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(905);
/* eslint-disable @typescript-eslint/no-explicit-any */
var __awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};





var HttpCodes;
(function (HttpCodes) {
    HttpCodes[HttpCodes["OK"] = 200] = "OK";
    HttpCodes[HttpCodes["MultipleChoices"] = 300] = "MultipleChoices";
    HttpCodes[HttpCodes["MovedPermanently"] = 301] = "MovedPermanently";
    HttpCodes[HttpCodes["ResourceMoved"] = 302] = "ResourceMoved";
    HttpCodes[HttpCodes["SeeOther"] = 303] = "SeeOther";
    HttpCodes[HttpCodes["NotModified"] = 304] = "NotModified";
    HttpCodes[HttpCodes["UseProxy"] = 305] = "UseProxy";
    HttpCodes[HttpCodes["SwitchProxy"] = 306] = "SwitchProxy";
    HttpCodes[HttpCodes["TemporaryRedirect"] = 307] = "TemporaryRedirect";
    HttpCodes[HttpCodes["PermanentRedirect"] = 308] = "PermanentRedirect";
    HttpCodes[HttpCodes["BadRequest"] = 400] = "BadRequest";
    HttpCodes[HttpCodes["Unauthorized"] = 401] = "Unauthorized";
    HttpCodes[HttpCodes["PaymentRequired"] = 402] = "PaymentRequired";
    HttpCodes[HttpCodes["Forbidden"] = 403] = "Forbidden";
    HttpCodes[HttpCodes["NotFound"] = 404] = "NotFound";
    HttpCodes[HttpCodes["MethodNotAllowed"] = 405] = "MethodNotAllowed";
    HttpCodes[HttpCodes["NotAcceptable"] = 406] = "NotAcceptable";
    HttpCodes[HttpCodes["ProxyAuthenticationRequired"] = 407] = "ProxyAuthenticationRequired";
    HttpCodes[HttpCodes["RequestTimeout"] = 408] = "RequestTimeout";
    HttpCodes[HttpCodes["Conflict"] = 409] = "Conflict";
    HttpCodes[HttpCodes["Gone"] = 410] = "Gone";
    HttpCodes[HttpCodes["TooManyRequests"] = 429] = "TooManyRequests";
    HttpCodes[HttpCodes["InternalServerError"] = 500] = "InternalServerError";
    HttpCodes[HttpCodes["NotImplemented"] = 501] = "NotImplemented";
    HttpCodes[HttpCodes["BadGateway"] = 502] = "BadGateway";
    HttpCodes[HttpCodes["ServiceUnavailable"] = 503] = "ServiceUnavailable";
    HttpCodes[HttpCodes["GatewayTimeout"] = 504] = "GatewayTimeout";
})(HttpCodes || (HttpCodes = {}));
var Headers;
(function (Headers) {
    Headers["Accept"] = "accept";
    Headers["ContentType"] = "content-type";
})(Headers || (Headers = {}));
var MediaTypes;
(function (MediaTypes) {
    MediaTypes["ApplicationJson"] = "application/json";
})(MediaTypes || (MediaTypes = {}));
/**
 * Returns the proxy URL, depending upon the supplied url and proxy environment variables.
 * @param serverUrl  The server URL where the request will be sent. For example, https://api.github.com
 */
function getProxyUrl(serverUrl) {
    const proxyUrl = pm.getProxyUrl(new URL(serverUrl));
    return proxyUrl ? proxyUrl.href : '';
}
const HttpRedirectCodes = [
    HttpCodes.MovedPermanently,
    HttpCodes.ResourceMoved,
    HttpCodes.SeeOther,
    HttpCodes.TemporaryRedirect,
    HttpCodes.PermanentRedirect
];
const HttpResponseRetryCodes = [
    HttpCodes.BadGateway,
    HttpCodes.ServiceUnavailable,
    HttpCodes.GatewayTimeout
];
const RetryableHttpVerbs = ['OPTIONS', 'GET', 'DELETE', 'HEAD'];
const ExponentialBackoffCeiling = 10;
const ExponentialBackoffTimeSlice = 5;
class HttpClientError extends Error {
    constructor(message, statusCode) {
        super(message);
        this.name = 'HttpClientError';
        this.statusCode = statusCode;
        Object.setPrototypeOf(this, HttpClientError.prototype);
    }
}
class HttpClientResponse {
    constructor(message) {
        this.message = message;
    }
    readBody() {
        return __awaiter(this, void 0, void 0, function* () {
            return new Promise((resolve) => __awaiter(this, void 0, void 0, function* () {
                let output = Buffer.alloc(0);
                this.message.on('data', (chunk) => {
                    output = Buffer.concat([output, chunk]);
                });
                this.message.on('end', () => {
                    resolve(output.toString());
                });
            }));
        });
    }
    readBodyBuffer() {
        return __awaiter(this, void 0, void 0, function* () {
            return new Promise((resolve) => __awaiter(this, void 0, void 0, function* () {
                const chunks = [];
                this.message.on('data', (chunk) => {
                    chunks.push(chunk);
                });
                this.message.on('end', () => {
                    resolve(Buffer.concat(chunks));
                });
            }));
        });
    }
}
function isHttps(requestUrl) {
    const parsedUrl = new URL(requestUrl);
    return parsedUrl.protocol === 'https:';
}
class HttpClient {
    constructor(userAgent, handlers, requestOptions) {
        this._ignoreSslError = false;
        this._allowRedirects = true;
        this._allowRedirectDowngrade = false;
        this._maxRedirects = 50;
        this._allowRetries = false;
        this._maxRetries = 1;
        this._keepAlive = false;
        this._disposed = false;
        this.userAgent = this._getUserAgentWithOrchestrationId(userAgent);
        this.handlers = handlers || [];
        this.requestOptions = requestOptions;
        if (requestOptions) {
            if (requestOptions.ignoreSslError != null) {
                this._ignoreSslError = requestOptions.ignoreSslError;
            }
            this._socketTimeout = requestOptions.socketTimeout;
            if (requestOptions.allowRedirects != null) {
                this._allowRedirects = requestOptions.allowRedirects;
            }
            if (requestOptions.allowRedirectDowngrade != null) {
                this._allowRedirectDowngrade = requestOptions.allowRedirectDowngrade;
            }
            if (requestOptions.maxRedirects != null) {
                this._maxRedirects = Math.max(requestOptions.maxRedirects, 0);
            }
            if (requestOptions.keepAlive != null) {
                this._keepAlive = requestOptions.keepAlive;
            }
            if (requestOptions.allowRetries != null) {
                this._allowRetries = requestOptions.allowRetries;
            }
            if (requestOptions.maxRetries != null) {
                this._maxRetries = requestOptions.maxRetries;
            }
        }
    }
    options(requestUrl, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('OPTIONS', requestUrl, null, additionalHeaders || {});
        });
    }
    get(requestUrl, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('GET', requestUrl, null, additionalHeaders || {});
        });
    }
    del(requestUrl, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('DELETE', requestUrl, null, additionalHeaders || {});
        });
    }
    post(requestUrl, data, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('POST', requestUrl, data, additionalHeaders || {});
        });
    }
    patch(requestUrl, data, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('PATCH', requestUrl, data, additionalHeaders || {});
        });
    }
    put(requestUrl, data, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('PUT', requestUrl, data, additionalHeaders || {});
        });
    }
    head(requestUrl, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('HEAD', requestUrl, null, additionalHeaders || {});
        });
    }
    sendStream(verb, requestUrl, stream, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request(verb, requestUrl, stream, additionalHeaders);
        });
    }
    /**
     * Gets a typed object from an endpoint
     * Be aware that not found returns a null.  Other errors (4xx, 5xx) reject the promise
     */
    getJson(requestUrl_1) {
        return __awaiter(this, arguments, void 0, function* (requestUrl, additionalHeaders = {}) {
            additionalHeaders[Headers.Accept] = this._getExistingOrDefaultHeader(additionalHeaders, Headers.Accept, MediaTypes.ApplicationJson);
            const res = yield this.get(requestUrl, additionalHeaders);
            return this._processResponse(res, this.requestOptions);
        });
    }
    postJson(requestUrl_1, obj_1) {
        return __awaiter(this, arguments, void 0, function* (requestUrl, obj, additionalHeaders = {}) {
            const data = JSON.stringify(obj, null, 2);
            additionalHeaders[Headers.Accept] = this._getExistingOrDefaultHeader(additionalHeaders, Headers.Accept, MediaTypes.ApplicationJson);
            additionalHeaders[Headers.ContentType] =
                this._getExistingOrDefaultContentTypeHeader(additionalHeaders, MediaTypes.ApplicationJson);
            const res = yield this.post(requestUrl, data, additionalHeaders);
            return this._processResponse(res, this.requestOptions);
        });
    }
    putJson(requestUrl_1, obj_1) {
        return __awaiter(this, arguments, void 0, function* (requestUrl, obj, additionalHeaders = {}) {
            const data = JSON.stringify(obj, null, 2);
            additionalHeaders[Headers.Accept] = this._getExistingOrDefaultHeader(additionalHeaders, Headers.Accept, MediaTypes.ApplicationJson);
            additionalHeaders[Headers.ContentType] =
                this._getExistingOrDefaultContentTypeHeader(additionalHeaders, MediaTypes.ApplicationJson);
            const res = yield this.put(requestUrl, data, additionalHeaders);
            return this._processResponse(res, this.requestOptions);
        });
    }
    patchJson(requestUrl_1, obj_1) {
        return __awaiter(this, arguments, void 0, function* (requestUrl, obj, additionalHeaders = {}) {
            const data = JSON.stringify(obj, null, 2);
            additionalHeaders[Headers.Accept] = this._getExistingOrDefaultHeader(additionalHeaders, Headers.Accept, MediaTypes.ApplicationJson);
            additionalHeaders[Headers.ContentType] =
                this._getExistingOrDefaultContentTypeHeader(additionalHeaders, MediaTypes.ApplicationJson);
            const res = yield this.patch(requestUrl, data, additionalHeaders);
            return this._processResponse(res, this.requestOptions);
        });
    }
    /**
     * Makes a raw http request.
     * All other methods such as get, post, patch, and request ultimately call this.
     * Prefer get, del, post and patch
     */
    request(verb, requestUrl, data, headers) {
        return __awaiter(this, void 0, void 0, function* () {
            if (this._disposed) {
                throw new Error('Client has already been disposed.');
            }
            const parsedUrl = new URL(requestUrl);
            let info = this._prepareRequest(verb, parsedUrl, headers);
            // Only perform retries on reads since writes may not be idempotent.
            const maxTries = this._allowRetries && RetryableHttpVerbs.includes(verb)
                ? this._maxRetries + 1
                : 1;
            let numTries = 0;
            let response;
            do {
                response = yield this.requestRaw(info, data);
                // Check if it's an authentication challenge
                if (response &&
                    response.message &&
                    response.message.statusCode === HttpCodes.Unauthorized) {
                    let authenticationHandler;
                    for (const handler of this.handlers) {
                        if (handler.canHandleAuthentication(response)) {
                            authenticationHandler = handler;
                            break;
                        }
                    }
                    if (authenticationHandler) {
                        return authenticationHandler.handleAuthentication(this, info, data);
                    }
                    else {
                        // We have received an unauthorized response but have no handlers to handle it.
                        // Let the response return to the caller.
                        return response;
                    }
                }
                let redirectsRemaining = this._maxRedirects;
                while (response.message.statusCode &&
                    HttpRedirectCodes.includes(response.message.statusCode) &&
                    this._allowRedirects &&
                    redirectsRemaining > 0) {
                    const redirectUrl = response.message.headers['location'];
                    if (!redirectUrl) {
                        // if there's no location to redirect to, we won't
                        break;
                    }
                    const parsedRedirectUrl = new URL(redirectUrl);
                    if (parsedUrl.protocol === 'https:' &&
                        parsedUrl.protocol !== parsedRedirectUrl.protocol &&
                        !this._allowRedirectDowngrade) {
                        throw new Error('Redirect from HTTPS to HTTP protocol. This downgrade is not allowed for security reasons. If you want to allow this behavior, set the allowRedirectDowngrade option to true.');
                    }
                    // we need to finish reading the response before reassigning response
                    // which will leak the open socket.
                    yield response.readBody();
                    // strip authorization header if redirected to a different hostname
                    if (parsedRedirectUrl.hostname !== parsedUrl.hostname) {
                        for (const header in headers) {
                            // header names are case insensitive
                            if (header.toLowerCase() === 'authorization') {
                                delete headers[header];
                            }
                        }
                    }
                    // let's make the request with the new redirectUrl
                    info = this._prepareRequest(verb, parsedRedirectUrl, headers);
                    response = yield this.requestRaw(info, data);
                    redirectsRemaining--;
                }
                if (!response.message.statusCode ||
                    !HttpResponseRetryCodes.includes(response.message.statusCode)) {
                    // If not a retry code, return immediately instead of retrying
                    return response;
                }
                numTries += 1;
                if (numTries < maxTries) {
                    yield response.readBody();
                    yield this._performExponentialBackoff(numTries);
                }
            } while (numTries < maxTries);
            return response;
        });
    }
    /**
     * Needs to be called if keepAlive is set to true in request options.
     */
    dispose() {
        if (this._agent) {
            this._agent.destroy();
        }
        this._disposed = true;
    }
    /**
     * Raw request.
     * @param info
     * @param data
     */
    requestRaw(info, data) {
        return __awaiter(this, void 0, void 0, function* () {
            return new Promise((resolve, reject) => {
                function callbackForResult(err, res) {
                    if (err) {
                        reject(err);
                    }
                    else if (!res) {
                        // If `err` is not passed, then `res` must be passed.
                        reject(new Error('Unknown error'));
                    }
                    else {
                        resolve(res);
                    }
                }
                this.requestRawWithCallback(info, data, callbackForResult);
            });
        });
    }
    /**
     * Raw request with callback.
     * @param info
     * @param data
     * @param onResult
     */
    requestRawWithCallback(info, data, onResult) {
        if (typeof data === 'string') {
            if (!info.options.headers) {
                info.options.headers = {};
            }
            info.options.headers['Content-Length'] = Buffer.byteLength(data, 'utf8');
        }
        let callbackCalled = false;
        function handleResult(err, res) {
            if (!callbackCalled) {
                callbackCalled = true;
                onResult(err, res);
            }
        }
        const req = info.httpModule.request(info.options, (msg) => {
            const res = new HttpClientResponse(msg);
            handleResult(undefined, res);
        });
        let socket;
        req.on('socket', sock => {
            socket = sock;
        });
        // If we ever get disconnected, we want the socket to timeout eventually
        req.setTimeout(this._socketTimeout || 3 * 60000, () => {
            if (socket) {
                socket.end();
            }
            handleResult(new Error(`Request timeout: ${info.options.path}`));
        });
        req.on('error', function (err) {
            // err has statusCode property
            // res should have headers
            handleResult(err);
        });
        if (data && typeof data === 'string') {
            req.write(data, 'utf8');
        }
        if (data && typeof data !== 'string') {
            data.on('close', function () {
                req.end();
            });
            data.pipe(req);
        }
        else {
            req.end();
        }
    }
    /**
     * Gets an http agent. This function is useful when you need an http agent that handles
     * routing through a proxy server - depending upon the url and proxy environment variables.
     * @param serverUrl  The server URL where the request will be sent. For example, https://api.github.com
     */
    getAgent(serverUrl) {
        const parsedUrl = new URL(serverUrl);
        return this._getAgent(parsedUrl);
    }
    getAgentDispatcher(serverUrl) {
        const parsedUrl = new URL(serverUrl);
        const proxyUrl = _proxy_js__WEBPACK_IMPORTED_MODULE_2__/* .getProxyUrl */ .s(parsedUrl);
        const useProxy = proxyUrl && proxyUrl.hostname;
        if (!useProxy) {
            return;
        }
        return this._getProxyAgentDispatcher(parsedUrl, proxyUrl);
    }
    _prepareRequest(method, requestUrl, headers) {
        const info = {};
        info.parsedUrl = requestUrl;
        const usingSsl = info.parsedUrl.protocol === 'https:';
        info.httpModule = usingSsl ? /*#__PURE__*/ (https__WEBPACK_IMPORTED_MODULE_1___namespace_cache || (https__WEBPACK_IMPORTED_MODULE_1___namespace_cache = __nccwpck_require__.t(https__WEBPACK_IMPORTED_MODULE_1__, 2))) : /*#__PURE__*/ (http__WEBPACK_IMPORTED_MODULE_0___namespace_cache || (http__WEBPACK_IMPORTED_MODULE_0___namespace_cache = __nccwpck_require__.t(http__WEBPACK_IMPORTED_MODULE_0__, 2)));
        const defaultPort = usingSsl ? 443 : 80;
        info.options = {};
        info.options.host = info.parsedUrl.hostname;
        info.options.port = info.parsedUrl.port
            ? parseInt(info.parsedUrl.port)
            : defaultPort;
        info.options.path =
            (info.parsedUrl.pathname || '') + (info.parsedUrl.search || '');
        info.options.method = method;
        info.options.headers = this._mergeHeaders(headers);
        if (this.userAgent != null) {
            info.options.headers['user-agent'] = this.userAgent;
        }
        info.options.agent = this._getAgent(info.parsedUrl);
        // gives handlers an opportunity to participate
        if (this.handlers) {
            for (const handler of this.handlers) {
                handler.prepareRequest(info.options);
            }
        }
        return info;
    }
    _mergeHeaders(headers) {
        if (this.requestOptions && this.requestOptions.headers) {
            return Object.assign({}, lowercaseKeys(this.requestOptions.headers), lowercaseKeys(headers || {}));
        }
        return lowercaseKeys(headers || {});
    }
    /**
     * Gets an existing header value or returns a default.
     * Handles converting number header values to strings since HTTP headers must be strings.
     * Note: This returns string | string[] since some headers can have multiple values.
     * For headers that must always be a single string (like Content-Type), use the
     * specialized _getExistingOrDefaultContentTypeHeader method instead.
     */
    _getExistingOrDefaultHeader(additionalHeaders, header, _default) {
        let clientHeader;
        if (this.requestOptions && this.requestOptions.headers) {
            const headerValue = lowercaseKeys(this.requestOptions.headers)[header];
            if (headerValue) {
                clientHeader =
                    typeof headerValue === 'number' ? headerValue.toString() : headerValue;
            }
        }
        const additionalValue = additionalHeaders[header];
        if (additionalValue !== undefined) {
            return typeof additionalValue === 'number'
                ? additionalValue.toString()
                : additionalValue;
        }
        if (clientHeader !== undefined) {
            return clientHeader;
        }
        return _default;
    }
    /**
     * Specialized version of _getExistingOrDefaultHeader for Content-Type header.
     * Always returns a single string (not an array) since Content-Type should be a single value.
     * Converts arrays to comma-separated strings and numbers to strings to ensure type safety.
     * This was split from _getExistingOrDefaultHeader to provide stricter typing for callers
     * that assign the result to places expecting a string (e.g., additionalHeaders[Headers.ContentType]).
     */
    _getExistingOrDefaultContentTypeHeader(additionalHeaders, _default) {
        let clientHeader;
        if (this.requestOptions && this.requestOptions.headers) {
            const headerValue = lowercaseKeys(this.requestOptions.headers)[Headers.ContentType];
            if (headerValue) {
                if (typeof headerValue === 'number') {
                    clientHeader = String(headerValue);
                }
                else if (Array.isArray(headerValue)) {
                    clientHeader = headerValue.join(', ');
                }
                else {
                    clientHeader = headerValue;
                }
            }
        }
        const additionalValue = additionalHeaders[Headers.ContentType];
        // Return the first non-undefined value, converting numbers or arrays to strings if necessary
        if (additionalValue !== undefined) {
            if (typeof additionalValue === 'number') {
                return String(additionalValue);
            }
            else if (Array.isArray(additionalValue)) {
                return additionalValue.join(', ');
            }
            else {
                return additionalValue;
            }
        }
        if (clientHeader !== undefined) {
            return clientHeader;
        }
        return _default;
    }
    _getAgent(parsedUrl) {
        let agent;
        const proxyUrl = _proxy_js__WEBPACK_IMPORTED_MODULE_2__/* .getProxyUrl */ .s(parsedUrl);
        const useProxy = proxyUrl && proxyUrl.hostname;
        if (this._keepAlive && useProxy) {
            agent = this._proxyAgent;
        }
        if (!useProxy) {
            agent = this._agent;
        }
        // if agent is already assigned use that agent.
        if (agent) {
            return agent;
        }
        const usingSsl = parsedUrl.protocol === 'https:';
        let maxSockets = 100;
        if (this.requestOptions) {
            maxSockets = this.requestOptions.maxSockets || http__WEBPACK_IMPORTED_MODULE_0__.globalAgent.maxSockets;
        }
        // This is `useProxy` again, but we need to check `proxyURl` directly for TypeScripts's flow analysis.
        if (proxyUrl && proxyUrl.hostname) {
            const agentOptions = {
                maxSockets,
                keepAlive: this._keepAlive,
                proxy: Object.assign(Object.assign({}, ((proxyUrl.username || proxyUrl.password) && {
                    proxyAuth: `${proxyUrl.username}:${proxyUrl.password}`
                })), { host: proxyUrl.hostname, port: proxyUrl.port })
            };
            let tunnelAgent;
            const overHttps = proxyUrl.protocol === 'https:';
            if (usingSsl) {
                tunnelAgent = overHttps ? tunnel__WEBPACK_IMPORTED_MODULE_3__.httpsOverHttps : tunnel__WEBPACK_IMPORTED_MODULE_3__.httpsOverHttp;
            }
            else {
                tunnelAgent = overHttps ? tunnel__WEBPACK_IMPORTED_MODULE_3__.httpOverHttps : tunnel__WEBPACK_IMPORTED_MODULE_3__.httpOverHttp;
            }
            agent = tunnelAgent(agentOptions);
            this._proxyAgent = agent;
        }
        // if tunneling agent isn't assigned create a new agent
        if (!agent) {
            const options = { keepAlive: this._keepAlive, maxSockets };
            agent = usingSsl ? new https__WEBPACK_IMPORTED_MODULE_1__.Agent(options) : new http__WEBPACK_IMPORTED_MODULE_0__.Agent(options);
            this._agent = agent;
        }
        if (usingSsl && this._ignoreSslError) {
            // we don't want to set NODE_TLS_REJECT_UNAUTHORIZED=0 since that will affect request for entire process
            // http.RequestOptions doesn't expose a way to modify RequestOptions.agent.options
            // we have to cast it to any and change it directly
            agent.options = Object.assign(agent.options || {}, {
                rejectUnauthorized: false
            });
        }
        return agent;
    }
    _getProxyAgentDispatcher(parsedUrl, proxyUrl) {
        let proxyAgent;
        if (this._keepAlive) {
            proxyAgent = this._proxyAgentDispatcher;
        }
        // if agent is already assigned use that agent.
        if (proxyAgent) {
            return proxyAgent;
        }
        const usingSsl = parsedUrl.protocol === 'https:';
        proxyAgent = new undici__WEBPACK_IMPORTED_MODULE_4__/* .ProxyAgent */ .kT(Object.assign({ uri: proxyUrl.href, pipelining: !this._keepAlive ? 0 : 1 }, ((proxyUrl.username || proxyUrl.password) && {
            token: `Basic ${Buffer.from(`${proxyUrl.username}:${proxyUrl.password}`).toString('base64')}`
        })));
        this._proxyAgentDispatcher = proxyAgent;
        if (usingSsl && this._ignoreSslError) {
            // we don't want to set NODE_TLS_REJECT_UNAUTHORIZED=0 since that will affect request for entire process
            // http.RequestOptions doesn't expose a way to modify RequestOptions.agent.options
            // we have to cast it to any and change it directly
            proxyAgent.options = Object.assign(proxyAgent.options.requestTls || {}, {
                rejectUnauthorized: false
            });
        }
        return proxyAgent;
    }
    _getUserAgentWithOrchestrationId(userAgent) {
        const baseUserAgent = userAgent || 'actions/http-client';
        const orchId = process.env['ACTIONS_ORCHESTRATION_ID'];
        if (orchId) {
            // Sanitize the orchestration ID to ensure it contains only valid characters
            // Valid characters: 0-9, a-z, _, -, .
            const sanitizedId = orchId.replace(/[^a-z0-9_.-]/gi, '_');
            return `${baseUserAgent} actions_orchestration_id/${sanitizedId}`;
        }
        return baseUserAgent;
    }
    _performExponentialBackoff(retryNumber) {
        return __awaiter(this, void 0, void 0, function* () {
            retryNumber = Math.min(ExponentialBackoffCeiling, retryNumber);
            const ms = ExponentialBackoffTimeSlice * Math.pow(2, retryNumber);
            return new Promise(resolve => setTimeout(() => resolve(), ms));
        });
    }
    _processResponse(res, options) {
        return __awaiter(this, void 0, void 0, function* () {
            return new Promise((resolve, reject) => __awaiter(this, void 0, void 0, function* () {
                const statusCode = res.message.statusCode || 0;
                const response = {
                    statusCode,
                    result: null,
                    headers: {}
                };
                // not found leads to null obj returned
                if (statusCode === HttpCodes.NotFound) {
                    resolve(response);
                }
                // get the result from the body
                function dateTimeDeserializer(key, value) {
                    if (typeof value === 'string') {
                        const a = new Date(value);
                        if (!isNaN(a.valueOf())) {
                            return a;
                        }
                    }
                    return value;
                }
                let obj;
                let contents;
                try {
                    contents = yield res.readBody();
                    if (contents && contents.length > 0) {
                        if (options && options.deserializeDates) {
                            obj = JSON.parse(contents, dateTimeDeserializer);
                        }
                        else {
                            obj = JSON.parse(contents);
                        }
                        response.result = obj;
                    }
                    response.headers = res.message.headers;
                }
                catch (err) {
                    // Invalid resource (contents not json);  leaving result obj null
                }
                // note that 3xx redirects are handled by the http layer.
                if (statusCode > 299) {
                    let msg;
                    // if exception/error in body, attempt to get better error
                    if (obj && obj.message) {
                        msg = obj.message;
                    }
                    else if (contents && contents.length > 0) {
                        // it may be the case that the exception is in the body message as string
                        msg = contents;
                    }
                    else {
                        msg = `Failed request: (${statusCode})`;
                    }
                    const err = new HttpClientError(msg, statusCode);
                    err.result = response.result;
                    reject(err);
                }
                else {
                    resolve(response);
                }
            }));
        });
    }
}
const lowercaseKeys = (obj) => Object.keys(obj).reduce((c, k) => ((c[k.toLowerCase()] = obj[k]), c), {});
//# sourceMappingURL=index.js.map

/***/ }),

/***/ 783:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

"use strict";
/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ checkBypass),
/* harmony export */   s: () => (/* binding */ getProxyUrl)
/* harmony export */ });
function getProxyUrl(reqUrl) {
    const usingSsl = reqUrl.protocol === 'https:';
    if (checkBypass(reqUrl)) {
        return undefined;
    }
    const proxyVar = (() => {
        if (usingSsl) {
            return process.env['https_proxy'] || process.env['HTTPS_PROXY'];
        }
        else {
            return process.env['http_proxy'] || process.env['HTTP_PROXY'];
        }
    })();
    if (proxyVar) {
        try {
            return new DecodedURL(proxyVar);
        }
        catch (_a) {
            if (!proxyVar.startsWith('http://') && !proxyVar.startsWith('https://'))
                return new DecodedURL(`http://${proxyVar}`);
        }
    }
    else {
        return undefined;
    }
}
function checkBypass(reqUrl) {
    if (!reqUrl.hostname) {
        return false;
    }
    const reqHost = reqUrl.hostname;
    if (isLoopbackAddress(reqHost)) {
        return true;
    }
    const noProxy = process.env['no_proxy'] || process.env['NO_PROXY'] || '';
    if (!noProxy) {
        return false;
    }
    // Determine the request port
    let reqPort;
    if (reqUrl.port) {
        reqPort = Number(reqUrl.port);
    }
    else if (reqUrl.protocol === 'http:') {
        reqPort = 80;
    }
    else if (reqUrl.protocol === 'https:') {
        reqPort = 443;
    }
    // Format the request hostname and hostname with port
    const upperReqHosts = [reqUrl.hostname.toUpperCase()];
    if (typeof reqPort === 'number') {
        upperReqHosts.push(`${upperReqHosts[0]}:${reqPort}`);
    }
    // Compare request host against noproxy
    for (const upperNoProxyItem of noProxy
        .split(',')
        .map(x => x.trim().toUpperCase())
        .filter(x => x)) {
        if (upperNoProxyItem === '*' ||
            upperReqHosts.some(x => x === upperNoProxyItem ||
                x.endsWith(`.${upperNoProxyItem}`) ||
                (upperNoProxyItem.startsWith('.') &&
                    x.endsWith(`${upperNoProxyItem}`)))) {
            return true;
        }
    }
    return false;
}
function isLoopbackAddress(host) {
    const hostLower = host.toLowerCase();
    return (hostLower === 'localhost' ||
        hostLower.startsWith('127.') ||
        hostLower.startsWith('[::1]') ||
        hostLower.startsWith('[0:0:0:0:0:0:0:1]'));
}
class DecodedURL extends URL {
    constructor(url, base) {
        super(url, base);
        this._decodedUsername = decodeURIComponent(super.username);
        this._decodedPassword = decodeURIComponent(super.password);
    }
    get username() {
        return this._decodedUsername;
    }
    get password() {
        return this._decodedPassword;
    }
}
//# sourceMappingURL=proxy.js.map

/***/ }),

/***/ 905:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

"use strict";
/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Eg: () => (/* binding */ Octokit),
/* harmony export */   _y: () => (/* binding */ unreached),
/* harmony export */   hd: () => (/* binding */ fetch),
/* harmony export */   kT: () => (/* binding */ ProxyAgent),
/* harmony export */   ud: () => (/* binding */ unreached)
/* harmony export */ });
/* unused harmony export getExecOutput */
// Takes the place of packages that this action cannot reach (package.json, "overrides"): with them, dist/ would be eight
// times as large, and a run half as long again. What the importing code needs at import works; every use fails.
//
// | package | imported by | for |
// | --- | --- | --- |
// | undici | @actions/http-client | getAgentDispatcher, which is called for @actions/github's Octokit only |
// | undici | @actions/github | the fetch of its Octokit |
// | @octokit/* | @actions/github | its Octokit; of the package, this action uses `context` |
// | @actions/exec | @actions/core | `platform`, which tells the version of the system |

function unreached() {
  throw new Error('not part of this action: see stubs/unreached/index.js');
}

/** undici: made by @actions/github when it is imported while a proxy is set. */
class ProxyAgent {
  dispatch() {
    unreached();
  }
}

/** undici. */
async function fetch() {
  unreached();
}

/** @octokit/core: extended by @actions/github when it is imported. */
class Octokit {
  static plugin() {
    return Octokit;
  }

  static defaults() {
    return Octokit;
  }

  constructor() {
    unreached();
  }
}

/** @octokit/plugin-rest-endpoint-methods, @octokit/plugin-paginate-rest. */


/** @actions/exec. */
async function getExecOutput() {
  unreached();
}


/***/ })

/******/ 	});
/************************************************************************/
/******/ 	// The module cache
/******/ 	var __webpack_module_cache__ = {};
/******/ 	
/******/ 	// The require function
/******/ 	function __nccwpck_require__(moduleId) {
/******/ 		// Check if module is in cache
/******/ 		var cachedModule = __webpack_module_cache__[moduleId];
/******/ 		if (cachedModule !== undefined) {
/******/ 			return cachedModule.exports;
/******/ 		}
/******/ 		// Create a new module (and put it into the cache)
/******/ 		var module = __webpack_module_cache__[moduleId] = {
/******/ 			// no module.id needed
/******/ 			// no module.loaded needed
/******/ 			exports: {}
/******/ 		};
/******/ 	
/******/ 		// Execute the module function
/******/ 		var threw = true;
/******/ 		try {
/******/ 			__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 			threw = false;
/******/ 		} finally {
/******/ 			if(threw) delete __webpack_module_cache__[moduleId];
/******/ 		}
/******/ 	
/******/ 		// Return the exports of the module
/******/ 		return module.exports;
/******/ 	}
/******/ 	
/******/ 	// expose the modules object (__webpack_modules__)
/******/ 	__nccwpck_require__.m = __webpack_modules__;
/******/ 	
/************************************************************************/
/******/ 	/* webpack/runtime/asset-relocator-loader */
/******/ 	if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = __dirname + "/";
/******/ 	
/******/ 	/* webpack/runtime/create fake namespace object */
/******/ 	(() => {
/******/ 		var getProto = Object.getPrototypeOf ? (obj) => (Object.getPrototypeOf(obj)) : (obj) => (obj.__proto__);
/******/ 		var leafPrototypes;
/******/ 		// create a fake namespace object
/******/ 		// mode & 1: value is a module id, require it
/******/ 		// mode & 2: merge all properties of value into the ns
/******/ 		// mode & 4: return value when already ns object
/******/ 		// mode & 16: return value when it's Promise-like
/******/ 		// mode & 8|1: behave like require
/******/ 		__nccwpck_require__.t = function(value, mode) {
/******/ 			if(mode & 1) value = this(value);
/******/ 			if(mode & 8) return value;
/******/ 			if(typeof value === 'object' && value) {
/******/ 				if((mode & 4) && value.__esModule) return value;
/******/ 				if((mode & 16) && typeof value.then === 'function') return value;
/******/ 			}
/******/ 			var ns = Object.create(null);
/******/ 			__nccwpck_require__.r(ns);
/******/ 			var def = {};
/******/ 			leafPrototypes = leafPrototypes || [null, getProto({}), getProto([]), getProto(getProto)];
/******/ 			for(var current = mode & 2 && value; typeof current == 'object' && !~leafPrototypes.indexOf(current); current = getProto(current)) {
/******/ 				Object.getOwnPropertyNames(current).forEach((key) => (def[key] = () => (value[key])));
/******/ 			}
/******/ 			def['default'] = () => (value);
/******/ 			__nccwpck_require__.d(ns, def);
/******/ 			return ns;
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/define property getters */
/******/ 	(() => {
/******/ 		// define getter functions for harmony exports
/******/ 		__nccwpck_require__.d = (exports, definition) => {
/******/ 			for(var key in definition) {
/******/ 				if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 					Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 				}
/******/ 			}
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/ensure chunk */
/******/ 	(() => {
/******/ 		__nccwpck_require__.f = {};
/******/ 		// This file contains only the entry chunk.
/******/ 		// The chunk loading function for additional chunks
/******/ 		__nccwpck_require__.e = (chunkId) => {
/******/ 			return Promise.all(Object.keys(__nccwpck_require__.f).reduce((promises, key) => {
/******/ 				__nccwpck_require__.f[key](chunkId, promises);
/******/ 				return promises;
/******/ 			}, []));
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/get javascript chunk filename */
/******/ 	(() => {
/******/ 		// This function allow to reference async chunks
/******/ 		__nccwpck_require__.u = (chunkId) => {
/******/ 			// return url for filenames based on template
/******/ 			return "" + chunkId + ".index.js";
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/hasOwnProperty shorthand */
/******/ 	(() => {
/******/ 		__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/make namespace object */
/******/ 	(() => {
/******/ 		// define __esModule on exports
/******/ 		__nccwpck_require__.r = (exports) => {
/******/ 			if(typeof Symbol !== 'undefined' && Symbol.toStringTag) {
/******/ 				Object.defineProperty(exports, Symbol.toStringTag, { value: 'Module' });
/******/ 			}
/******/ 			Object.defineProperty(exports, '__esModule', { value: true });
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/require chunk loading */
/******/ 	(() => {
/******/ 		// no baseURI
/******/ 		
/******/ 		// object to store loaded chunks
/******/ 		// "1" means "loaded", otherwise not loaded yet
/******/ 		var installedChunks = {
/******/ 			792: 1
/******/ 		};
/******/ 		
/******/ 		// no on chunks loaded
/******/ 		
/******/ 		var installChunk = (chunk) => {
/******/ 			var moreModules = chunk.modules, chunkIds = chunk.ids, runtime = chunk.runtime;
/******/ 			for(var moduleId in moreModules) {
/******/ 				if(__nccwpck_require__.o(moreModules, moduleId)) {
/******/ 					__nccwpck_require__.m[moduleId] = moreModules[moduleId];
/******/ 				}
/******/ 			}
/******/ 			if(runtime) runtime(__nccwpck_require__);
/******/ 			for(var i = 0; i < chunkIds.length; i++)
/******/ 				installedChunks[chunkIds[i]] = 1;
/******/ 		
/******/ 		};
/******/ 		
/******/ 		// require() chunk loading for javascript
/******/ 		__nccwpck_require__.f.require = (chunkId, promises) => {
/******/ 			// "1" is the signal for "already loaded"
/******/ 			if(!installedChunks[chunkId]) {
/******/ 				if(true) { // all chunks have JS
/******/ 					installChunk(require("./" + __nccwpck_require__.u(chunkId)));
/******/ 				} else installedChunks[chunkId] = 1;
/******/ 			}
/******/ 		};
/******/ 		
/******/ 		// no external install chunk
/******/ 		
/******/ 		// no HMR
/******/ 		
/******/ 		// no HMR manifest
/******/ 	})();
/******/ 	
/************************************************************************/
var __webpack_exports__ = {};
// This entry need to be wrapped in an IIFE because it need to be in strict mode.
(() => {
"use strict";

;// CONCATENATED MODULE: ./build/failure.js
const NETWORK_REMEDY = 'Check that the runner may reach this host on port 443 (firewall, DNS, proxy), then run the step again.';
/** Every failure a user can tell apart: its title, what to do about it, and whether trying again can help. */
const FAILURES = {
    inputs: {
        title: 'Inputs need correcting',
        remedy: 'Correct the inputs of this step and run it again.',
        retry: 'never',
    },
    'keys-missing': {
        title: 'Keys are missing',
        remedy: 'Check that the secrets exist under the names that the step uses, in the repository, the organisation or the environment of this job, and that a calling workflow passes them on (secrets: inherit).',
        retry: 'never',
    },
    'bad-request': {
        title: 'Datadog could not read the request',
        remedy: 'Check account_id and region against the Opsgenie integration page in Datadog. If they are right, report this to the maintainers of this action.',
        retry: 'never',
    },
    unauthorized: {
        title: 'Datadog does not know these keys',
        remedy: 'Check that dd_api_key is a valid API key and dd_app_key a valid application key of the organisation on this site, that neither was revoked, and that they are not swapped.',
        retry: 'once',
    },
    forbidden: {
        title: 'Datadog refused these keys',
        remedy: 'Likely causes: (1) the keys belong to another Datadog site than the one in `site`; (2) dd_api_key and dd_app_key are swapped; (3) the application key, or the user or service account that owns it, lacks the permission manage_integrations (for a dry run: integrations_read), or the scopes of the key leave it out; (4) a key was revoked.',
        retry: 'once',
    },
    'not-found': {
        title: 'Opsgenie account not found',
        remedy: 'Set account_id to an account that exists (they are listed here where Datadog told them), and check that `site` is the site of that organisation. If the data of this Opsgenie has moved to Jira Service Management, the account may have been switched off.',
        retry: 'never',
    },
    'invalid-values': {
        title: 'Datadog rejected the new values',
        remedy: 'Correct what Datadog names above: usually api_key is not an Opsgenie API key, or region is not the region of this key.',
        retry: 'never',
    },
    'rate-limited': {
        title: 'Datadog asks to slow down',
        remedy: 'Run the step again later, give it a longer `timeout`, or let fewer jobs call Datadog at once.',
        retry: 'backoff',
    },
    unavailable: {
        title: 'Datadog could not handle the request',
        remedy: 'See https://status.datadoghq.com for this site, then run the step again.',
        retry: 'backoff',
    },
    redirected: {
        title: 'Redirected, not followed',
        remedy: "Datadog's API does not redirect: something between the runner and Datadog did (a proxy, a login page). Let the runner reach the API directly or through a proxy that passes it on.",
        retry: 'never',
    },
    'unexpected-status': {
        title: 'Unexpected answer from Datadog',
        remedy: 'Check in Datadog what the account holds now. If something stands between the runner and Datadog, check that it passes requests on.',
        retry: 'never',
    },
    unconfirmed: {
        title: 'Not confirmed by Datadog',
        remedy: 'Check in Datadog what the account holds now, and whether something between the runner and Datadog answers in its place (a proxy, a login page), then run the step again.',
        retry: 'never',
    },
    'answer-too-large': {
        title: 'Answer too large',
        remedy: "Datadog's own answers are far smaller: find out what stands between the runner and Datadog and answers in its place.",
        retry: 'never',
    },
    'answer-cut-off': {
        title: 'Connection to Datadog lost',
        remedy: NETWORK_REMEDY,
        retry: 'backoff',
    },
    'no-answer': {
        title: 'No answer in time',
        remedy: NETWORK_REMEDY,
        retry: 'backoff',
    },
    unreachable: {
        title: 'Datadog cannot be reached',
        remedy: NETWORK_REMEDY,
        retry: 'backoff',
    },
    certificate: {
        title: 'Certificate not trusted',
        remedy: "If your company's proxy decrypts TLS connections, give the runner its certificate authority: set NODE_EXTRA_CA_CERTS to the PEM file in the environment of the step. Otherwise check the clock of the runner, and do not send keys until you know who answers here.",
        retry: 'never',
    },
    'proxy-failed': {
        title: 'Proxy did not connect',
        remedy: 'Check that the proxy in HTTPS_PROXY is up and reaches this host on port 443, or list the host in NO_PROXY.',
        retry: 'backoff',
    },
    'proxy-refused': {
        title: 'Proxy refused the connection',
        remedy: 'Let the proxy in HTTPS_PROXY allow connections from this runner to this host on port 443, or list the host in NO_PROXY.',
        retry: 'never',
    },
    'proxy-login': {
        title: 'Proxy wants a login',
        remedy: 'Put the user name and password for the proxy into HTTPS_PROXY, as http://user:password@host:port with special characters percent-encoded, from a secret.',
        retry: 'never',
    },
    'proxy-settings': {
        title: 'Proxy settings cannot be used',
        remedy: 'Write HTTPS_PROXY (or https_proxy) as http://host:port or http://user:password@host:port, with special characters percent-encoded, and a name or an IPv4 address as the host. The action never goes past a proxy that is set.',
        retry: 'never',
    },
    cancelled: {
        title: 'Cancelled',
        remedy: 'Run the step again if the account is to be updated.',
        retry: 'never',
    },
    internal: {
        title: 'Fault in this action',
        remedy: 'Please report this to the maintainers of this action. Check in Datadog what the account holds now.',
        retry: 'never',
    },
};
/** A failure as the user will be told of it. `message` says what happened and where, in one sentence. */
class Failure extends Error {
    kind;
    texts;
    known;
    status;
    serverWait;
    ratePeriod;
    mayBeApplied;
    attempts;
    gaveUp;
    constructor(kind, message, facts = {}) {
        super(message, { cause: facts.cause });
        this.kind = kind;
        this.texts = facts.texts ?? [];
        this.known = facts.known ?? [];
        this.status = facts.status;
        this.serverWait = facts.serverWait;
        this.ratePeriod = facts.ratePeriod;
        this.mayBeApplied = facts.mayBeApplied ?? false;
        this.attempts = facts.attempts ?? 0;
        this.gaveUp = facts.gaveUp;
    }
    get title() {
        return FAILURES[this.kind].title;
    }
    get remedy() {
        return FAILURES[this.kind].remedy;
    }
    get retry() {
        return FAILURES[this.kind].retry;
    }
    /** The same failure, with what is known besides. */
    with(facts) {
        return new Failure(this.kind, this.message, { ...this, cause: this.cause, ...facts });
    }
    /** Turns anything that was thrown into a Failure; what this action did not foresee becomes an `internal` one. */
    static from(thrown) {
        if (thrown instanceof Failure)
            return thrown;
        const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'something that is no error was thrown';
        return new Failure('internal', `This action ran into a fault of its own (${what}).`, {
            mayBeApplied: true,
            cause: thrown,
        });
    }
}

;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = require("node:util");
;// CONCATENATED MODULE: ./build/json.js

/** Parses JSON from outside; undefined where the text is no JSON (which JSON itself cannot express). */
function parseJson(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined;
    }
}
/** Whether a value is a JSON object: not null, not an array. */
function isObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
/** Shows any value from outside, in full: where a text is cut, a key in it could lose its end and not be recognised. */
function show(value) {
    return (0,external_node_util_namespaceObject.inspect)(value, { maxStringLength: null });
}

;// CONCATENATED MODULE: ./build/sites.js
/** Used when neither the input nor `DD_SITE` names a site. */
const DEFAULT_SITE = 'datadoghq.com';
/**
 * The sites that Datadog's documentation and clients name, in the form of `DD_SITE`.
 * https://docs.datadoghq.com/getting_started/site/
 */
const KNOWN_SITES = [
    DEFAULT_SITE,
    'us3.datadoghq.com',
    'us5.datadoghq.com',
    'datadoghq.eu',
    'uk1.datadoghq.com',
    'ap1.datadoghq.com',
    'ap2.datadoghq.com',
    'ddog-gov.com',
    'us2.ddog-gov.com',
];
/**
 * A site is one of Datadog's own domains, with a region such as `us3` before it or none. New regions need no release
 * of this action; a customer's own subdomain (`acme.datadoghq.com`) is not a site.
 */
const SITE = /^(?:[a-z]{2}\d{1,2}\.)?(?:datadoghq\.com|datadoghq\.eu|ddog-gov\.com)$/;
/**
 * Reads a Datadog site as people write it: `us3.datadoghq.com`, the host of the web interface (`app.datadoghq.eu`) or
 * of the API, or a pasted URL of either, in any capitals.
 *
 * @returns the site in the form of `DD_SITE`, or undefined if this is none of Datadog's own domains
 */
function parseSite(text) {
    const url = URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`);
    if (url === null || url.username !== '' || url.password !== '' || url.port !== '')
        return undefined;
    const site = url.hostname.replace(/^(?:app|api)\./, '');
    return SITE.test(site) ? site : undefined;
}
/** The host that the API of a site answers on. Keys are sent to this host and no other. */
function apiHost(site) {
    return `api.${site}`;
}

;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = require("node:http");
;// CONCATENATED MODULE: ./build/datadog/error-body.js

/**
 * Reads the error texts out of the body of an answer, whatever its shape. The shape does not follow from the status:
 * seen are `{"errors": ["…"]}`, `{"errors": [{"title", "detail", "source", …}]}`, `{"error": {…}}`, plain text, and
 * web pages from something between the runner and Datadog.
 *
 * @returns one text per error, as the server wrote them: not yet safe to print. Empty where the body says nothing.
 */
function readErrors(body) {
    const json = parseJson(body);
    const texts = json === undefined ? [describeText(body)] : errorsOf(json).map(describeError);
    return texts.filter((text) => text.trim() !== '');
}
/** Says what an answer holds that is no JSON: the title of a web page, or the text itself. */
function describeText(body) {
    if (!/^\s*<(?:!doctype html|!--|html|head|body)/i.test(body))
        return body;
    const title = /<title[^<>]*>([^<]*)/i.exec(body)?.[1]?.trim();
    return title ? `a web page titled "${title}"` : 'a web page without a title';
}
/** What an answer of JSON names as its errors, whatever else it holds; undefined for none. */
function namedErrors(json) {
    const fields = isObject(json) ? [json.errors, json.error] : [];
    return fields.find((errors) => (Array.isArray(errors) ? errors.length > 0 : errors !== undefined && errors !== null));
}
function errorsOf(json) {
    // Where nothing is named, an empty list of errors says nothing; any other answer is shown as it is.
    const errors = namedErrors(json) ?? (isObject(json) ? (json.errors ?? json) : json);
    return Array.isArray(errors) ? errors : [errors];
}
/** One error: a string as it is, an object by the fields of JSON:API (https://jsonapi.org/format/#error-objects). */
function describeError(error) {
    if (typeof error === 'string')
        return error;
    if (isObject(error)) {
        const words = [error.title, error.detail ?? error.message].filter(isText);
        const place = describeSource(error.source);
        if (words.length > 0)
            return words.join(': ') + (place === '' ? '' : ` (${place})`);
    }
    return show(error);
}
function describeSource(source) {
    if (!isObject(source))
        return '';
    return ['pointer', 'parameter', 'header']
        .flatMap((name) => (isText(source[name]) ? `${name} ${source[name]}` : []))
        .join(', ');
}
function isText(value) {
    return typeof value === 'string' && value.trim() !== '';
}

;// CONCATENATED MODULE: ./build/datadog/retry.js

// p-retry was considered: it can neither wait as long as the server asks, nor stop at once when that is too long,
// nor draw its waits with full jitter, which leaves little more than the loop below.
/** All times in milliseconds. */
const BACKOFF_BASE = 500;
const BACKOFF_CAP = 30_000;
/**
 * After a refusal, how many periods of the rate limit a job may draw its next attempt from, at first at most so long.
 * Jobs that are refused do not know of each other, and each period has room for some of them only.
 */
const SPREAD_PERIODS = 4;
const FIRST_SPREAD = 8_000;
/** What chance leaves of the time there is for the attempt itself, or half of it. */
const ATTEMPT_RESERVE = 5_000;
/** Datadog refuses keys made a moment ago for a few seconds, with the same statuses as wrong ones. */
const NEW_KEY_WAIT = 3_000;
/** A request that hangs must not use up the time in which another one would have worked. */
const ATTEMPT_LIMIT = 60_000;
const systemClock = {
    // Not performance.now(): Node loads a dozen modules for it.
    now: () => process.uptime() * 1000,
    sleep: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
    random: Math.random,
};
/**
 * Repeats an operation until it succeeds, fails for good, or has no time left.
 *
 * @param operation one attempt, given its time limit in milliseconds
 * @returns its value, and how many attempts it took
 * @throws Failure the last one, with what is known of all attempts
 */
async function withRetries(operation, { deadline, clock, interruption, onRetry }) {
    let status;
    let mayBeApplied = false;
    let keysTriedAgain = false;
    let before;
    for (let attempts = 1;; attempts += 1) {
        const ended = (failure, gaveUp) => failure.with({ attempts, status, mayBeApplied, gaveUp });
        const timeLimit = Math.min(Math.max(deadline - clock.now(), 0), ATTEMPT_LIMIT);
        try {
            return { value: await Promise.race([operation(timeLimit), interruption]), attempts };
        }
        catch (error) {
            const failure = Failure.from(error);
            status = failure.status ?? status;
            mayBeApplied ||= failure.mayBeApplied;
            const final = failure.retry === 'never' || (failure.retry === 'once' && keysTriedAgain);
            // Not asked of the clock alone: a timer may fire a moment before the clock is there.
            const cutShort = failure.kind === 'no-answer' && timeLimit < ATTEMPT_LIMIT;
            const timeLeft = cutShort ? 0 : deadline - clock.now();
            const leastWait = failure.retry === 'once' ? NEW_KEY_WAIT : (failure.serverWait ?? 0);
            const wait = leastWait + clock.random() * jitter(attempts, failure.ratePeriod, timeLeft - leastWait);
            // What went wrong is what went wrong before.
            if (cutShort && before !== undefined)
                throw ended(before, 'The last attempt was cut short by `timeout`.');
            if (final || wait >= timeLeft)
                throw ended(failure, final ? undefined : noTimeLeft(failure.serverWait, timeLeft));
            before = failure;
            keysTriedAgain ||= failure.retry === 'once';
            onRetry({ failure, attempt: attempts + 1, wait });
            await Promise.race([clock.sleep(wait), interruption]).catch((reason) => {
                throw ended(Failure.from(reason));
            });
        }
    }
}
/**
 * The longest time that chance may add to a wait. Exponential backoff with full jitter: anything from nothing to a
 * ceiling that doubles with each attempt (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * Against a rate limit the ceiling is as wide as its periods ask for. No job gives up for a wait that chance made long,
 * but in its last second.
 */
function jitter(attempt, ratePeriod, timeLeft) {
    const first = ratePeriod === undefined ? 0 : Math.min(SPREAD_PERIODS * ratePeriod, FIRST_SPREAD);
    const ceiling = Math.min(Math.max(first, BACKOFF_BASE) * 2 ** (attempt - 1), BACKOFF_CAP);
    return Math.min(ceiling, Math.max(timeLeft - ATTEMPT_RESERVE, timeLeft / 2, BACKOFF_BASE));
}
function noTimeLeft(serverWait, timeLeft) {
    const left = `\`timeout\` leaves ${seconds(Math.max(timeLeft, 0))}`;
    return serverWait === undefined || serverWait < timeLeft
        ? `Another attempt might help, but ${left}.`
        : `Datadog asks to wait ${seconds(serverWait)}, but ${left}.`;
}
/** Milliseconds in words, to a tenth of a second. */
function seconds(milliseconds) {
    return `${Math.round(milliseconds / 100) / 10} s`;
}
/** From here on a number of seconds can only be a Unix time (September 2001). */
const FIRST_UNIX_TIME = 1_000_000_000;
/**
 * How long a server asks to wait: `X-RateLimit-Reset` in seconds (https://docs.datadoghq.com/api/latest/rate-limits/; a
 * Unix time has also been seen) or `Retry-After` in seconds or as a date
 * (https://www.rfc-editor.org/rfc/rfc9110#name-retry-after), whichever is longer.
 *
 * @param now Unix time in milliseconds
 * @returns milliseconds, never negative; undefined where the server names no wait that can be understood
 */
function serverWait(headers, now) {
    const waits = [headers['x-ratelimit-reset'], headers['retry-after']].flatMap((value) => typeof value === 'string' ? (waitIn(value.trim(), now) ?? []) : []);
    return waits.length === 0 ? undefined : Math.max(...waits);
}
function waitIn(value, now) {
    // More digits than a Unix time has are nothing that is meant.
    if (/^\d{1,10}(?:\.\d+)?$/.test(value)) {
        const number = Number(value);
        return number < FIRST_UNIX_TIME ? number * 1000 : Math.max(number * 1000 - now, 0);
    }
    // Date.parse alone takes almost anything for a date.
    const date = /^[A-Z][a-z]{2,8}, .*GMT$/.test(value) ? Date.parse(value) : Number.NaN;
    return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}
/** The length of the periods that a rate limit counts in, `X-RateLimit-Period`, in milliseconds; undefined for none. */
function ratePeriod(headers) {
    const period = headers['x-ratelimit-period'];
    return typeof period === 'string' && /^\d+$/.test(period) ? Number(period) * 1000 : undefined;
}

;// CONCATENATED MODULE: ./build/datadog/answer.js






/** The failure that an answer other than 200 stands for. */
function refusal(answer, site, kind = kindOf(answer.status)) {
    const { status, headers, body } = answer;
    return new Failure(kind, `${describe(answer, site)}.`, {
        status,
        texts: readErrors(body),
        serverWait: status === 429 || status === 503 ? serverWait(headers, Date.now()) : undefined,
        ratePeriod: status === 429 ? ratePeriod(headers) : undefined,
        mayBeApplied: status < 300 || status >= 500,
    });
}
/**
 * What an answer of JSON holds under `data`; undefined for nothing.
 *
 * @throws Failure if it is no JSON, or names errors
 */
function readData(answer, site) {
    const { body } = answer;
    const json = parseJson(body);
    // The end of the connection can be the only end of an answer, and then a cut shows only here.
    if (json === undefined && body.trimStart().startsWith('{')) {
        throw unconfirmed(answer, site, 'the JSON is cut off', 'answer-cut-off');
    }
    if (json === undefined) {
        throw unconfirmed(answer, site, body.trim() === '' ? 'with nothing' : `not with JSON: ${describeText(body)}`);
    }
    if (namedErrors(json) !== undefined)
        throw unconfirmed(answer, site, 'with errors').with({ texts: readErrors(body) });
    return isObject(json) ? json.data : undefined;
}
/**
 * The failure of an answer that sounds like success and does not prove it.
 *
 * @param what why, as the end of a sentence that begins with "but"
 */
function unconfirmed(answer, site, what, kind = 'unconfirmed') {
    const { status } = answer;
    return new Failure(kind, `${describe(answer, site)}, but ${what}.`, { status, mayBeApplied: true });
}
function kindOf(status) {
    switch (status) {
        case 400:
            return 'bad-request';
        case 401:
            return 'unauthorized';
        case 403:
            return 'forbidden';
        case 404:
            return 'not-found';
        case 422:
            return 'invalid-values';
        case 429:
            return 'rate-limited';
        case 408:
        case 500:
        case 502:
        case 503:
        case 504:
            return 'unavailable';
        default:
            return status >= 300 && status < 400 ? 'redirected' : 'unexpected-status';
    }
}
/** An answer in words: `api.datadoghq.eu answered 403 Forbidden`. */
function describe({ status, headers }, site) {
    const host = apiHost(site);
    const words = [host, 'answered', status, external_node_http_namespaceObject.STATUS_CODES[status] ?? ''].join(' ').trimEnd();
    // The name is what Datadog's support asks for.
    const limit = headers['x-ratelimit-name'];
    if (status === 429 && limit !== undefined)
        return `${words} (rate limit ${limit})`;
    const target = headers.location === undefined ? null : URL.parse(headers.location, `https://${host}`);
    if (kindOf(status) === 'redirected' && target !== null)
        return `${words}, a redirect to ${target.host}`;
    return words;
}

// EXTERNAL MODULE: ./node_modules/@actions/http-client/lib/index.js
var lib = __nccwpck_require__(779);
// EXTERNAL MODULE: ./node_modules/@actions/http-client/lib/proxy.js
var lib_proxy = __nccwpck_require__(783);
;// CONCATENATED MODULE: ./build/datadog/client.js




/** Name and version of this project; a test holds the version against package.json. */
const USER_AGENT = 'datadog-opsgenie-account/1.0.0';
/** Datadog's answers here are a few hundred bytes, or a hundred for each account. What is larger takes long to clean. */
const MAX_BODY_BYTES = 64 * 1024;
/**
 * Sends one request and reads the whole answer, whatever its status. Redirects are not followed.
 *
 * @param timeLimit milliseconds for everything: proxy, connection, TLS, request and answer
 * @throws Failure if no complete answer came from this host within the limit
 */
async function exchange(request, timeLimit, trace) {
    const proxy = proxyFor(request.url);
    const host = proxy === undefined ? request.url.host : `${request.url.host} (through the proxy ${proxy.host})`;
    // The client's tunnel calls the deprecated Buffer() where the proxy wants a login; that is nothing for a user's log.
    if (proxy !== undefined)
        process.noDeprecation = true;
    // Keys never travel over a connection whose other end is not verified, whatever the environment says.
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    const abort = new AbortController();
    // By default the client follows a redirect to any host, with the keys still in the headers.
    const client = new lib/* HttpClient */.Qq(USER_AGENT, [abortable(abort.signal)], { allowRedirects: false });
    const start = systemClock.now();
    const traceEnd = (how) => trace(`${request.method} ${request.url.href}: ${how}, after ${seconds(systemClock.now() - start)}`);
    let timer;
    // No timeout or signal of the client ends a proxy that never answers CONNECT, so the exchange races against a timer.
    // AbortSignal.timeout would not do: it does not keep the process alive until it fires.
    const timeUp = new Promise((_, reject) => {
        timer = setTimeout(() => {
            const message = `${host} gave no complete answer within ${seconds(timeLimit)}.`;
            reject(new Failure('no-answer', message, { mayBeApplied: true }));
            abort.abort();
        }, timeLimit);
    });
    try {
        const answer = await Promise.race([send(client, request, host), timeUp]);
        traceEnd([answer.status, ...rateLimit(answer)].join(', '));
        return answer;
    }
    catch (error) {
        const failure = networkFailure(error, host);
        traceEnd(failure.kind);
        throw failure;
    }
    finally {
        clearTimeout(timer);
    }
}
async function send(client, request, host) {
    const { message } = await client.request(request.method, request.url.href, request.body ?? null, request.headers);
    return { status: Number(message.statusCode), headers: message.headers, body: await readBody(message, host) };
}
/** Reads a body up to the cap. (The client's own readBody never settles when the answer is cut off.) */
async function readBody(message, host) {
    const chunks = [];
    let size = 0;
    for await (const chunk of message) {
        size += chunk.length;
        if (size > MAX_BODY_BYTES) {
            const text = `${host} answered with more than ${MAX_BODY_BYTES / 1024} KiB.`;
            throw new Failure('answer-too-large', text, { status: message.statusCode, mayBeApplied: true });
        }
        chunks.push(chunk);
    }
    return new TextDecoder().decode(Buffer.concat(chunks));
}
function rateLimit({ headers }) {
    const names = Object.keys(headers).filter((name) => name.startsWith('x-ratelimit-'));
    return names.map((name) => `${name} ${headers[name]}`);
}
/** Lets a signal end a request of the client, which has no option for it. */
function abortable(signal) {
    return {
        prepareRequest: (options) => {
            options.signal = signal;
        },
        canHandleAuthentication: () => false,
        /* v8 ignore next -- @preserve: the interface asks for it, but the client calls it only after a true above */
        handleAuthentication: () => Promise.reject(new Error('not supported')),
    };
}
/**
 * The proxy that the client will use for a URL, undefined for none.
 *
 * @throws Failure if a proxy is set that the client cannot use: it would go direct, without a word
 */
function proxyFor(url) {
    const set = process.env.https_proxy || process.env.HTTPS_PROXY;
    if (!set || (0,lib_proxy/* checkBypass */.H)(url))
        return undefined;
    const proxy = usableProxy(url);
    if (proxy === undefined) {
        const variable = process.env.https_proxy ? 'https_proxy' : 'HTTPS_PROXY';
        // The value is not shown: it may hold a password.
        throw new Failure('proxy-settings', `The environment variable ${variable} is set, but not to the URL of a proxy that can be used.`);
    }
    return proxy;
}
function usableProxy(url) {
    try {
        const proxy = (0,lib_proxy/* getProxyUrl */.s)(url);
        // An IPv6 address would be looked up as a name, brackets and all.
        if (!proxy?.hostname || proxy.hostname.startsWith('[') || !/^https?:$/.test(proxy.protocol))
            return undefined;
        // A password with a character of URLs in it ends the host too early, and would be shown in its place.
        return [proxy.pathname, proxy.search, proxy.hash].some((part) => part.includes('@')) ? undefined : proxy;
    }
    catch {
        return undefined;
    }
}
/** Codes, and messages without a code of their own, of errors that come before a byte of the request was sent. */
const NOT_SENT = /^(?:ENOTFOUND|EAI_\w+|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$|^connect |before secure TLS connection/;
/** Codes of a certificate that does not verify. https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /_CERT(?:_|$)|^CERT_|^UNABLE_TO_|^INVALID_|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$/;
/** The only trace of what a proxy did in the tunnel's errors. */
const TUNNEL = /^tunneling socket could not be established, (?:statusCode=(\d+)|cause=(.*))|^got illegal response body from proxy$/;
/** What an answer of a proxy to CONNECT means, or none (NaN). Of refusals, only those of the server's side may pass. */
function proxyFailure(status) {
    if (status === 407)
        return 'proxy-login';
    return status < 500 ? 'proxy-refused' : 'proxy-failed';
}
/** The failure that an error of the HTTP client stands for. */
function networkFailure(error, host) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (!(error instanceof Error) || typeof code !== 'string')
        return Failure.from(error);
    // An error for several addresses of a name says nothing itself.
    const [first] = error instanceof AggregateError ? error.errors : [error];
    const what = (first instanceof Error && first.message) || code;
    const [tunnel, status, cause] = TUNNEL.exec(what) ?? [];
    // The tunnel hands on only the words of an error, not its code.
    if (cause !== undefined && /certificate/.test(cause)) {
        return new Failure('certificate', `The certificate of the proxy is not trusted: ${cause}.`, { cause: error });
    }
    if (tunnel !== undefined) {
        const reason = status === undefined ? (cause ?? what) : `the proxy answered ${status}`;
        return new Failure(proxyFailure(Number(status)), `No connection to ${host}: ${reason}.`, { cause: error });
    }
    if (CERTIFICATE.test(code)) {
        return new Failure('certificate', `The certificate of ${host} is not trusted: ${what} (${code}).`, {
            cause: error,
        });
    }
    if (NOT_SENT.test(code) || NOT_SENT.test(what)) {
        return new Failure('unreachable', `No connection to ${host}: ${what}.`, { cause: error });
    }
    if (code === 'HPE_HEADER_OVERFLOW') {
        return new Failure('answer-too-large', `${host} answered with endless headers.`, {
            mayBeApplied: true,
            cause: error,
        });
    }
    const text = `The connection to ${host} broke before the answer was complete: ${what}.`;
    return new Failure('answer-cut-off', text, { mayBeApplied: true, cause: error });
}

;// CONCATENATED MODULE: ./build/datadog/opsgenie-accounts.js





// The contract: https://docs.datadoghq.com/api/latest/opsgenie-integration/, "Update an Opsgenie account" and "Get all
// Opsgenie accounts".
const ACCOUNTS = '/api/v2/integration/opsgenie/accounts';
const ACCOUNT_TYPE = 'opsgenie-account';
/** Milliseconds that it may take to find out, after a 404, which accounts there are. */
const LOOK_AROUND_LIMIT = 10_000;
const LISTED_NEVERTHELESS = "The list has this account: Datadog refused only its update. Run the step again; if that does not help, ask Datadog's support.";
/** The regions of the Opsgenie service that Datadog documents. */
const REGIONS = ['us', 'eu', 'custom'];
/**
 * Updates an Opsgenie account with one request.
 *
 * @param timeLimit milliseconds for the whole exchange
 * @returns the account as Datadog confirmed it: this id and, if a region was to be set, this region
 * @throws Failure in every other case
 */
async function updateAccount(update, timeLimit, trace) {
    const { site, accountId, change } = update;
    // JSON.stringify leaves out the attributes that are undefined.
    const body = JSON.stringify({
        data: { attributes: { api_key: change.apiKey, region: change.region }, id: accountId, type: ACCOUNT_TYPE },
    });
    const answer = await opsgenie_accounts_send('PATCH', `${ACCOUNTS}/${accountId}`, body, update, timeLimit, trace);
    if (answer.status !== 200)
        throw refusal(answer, site);
    return confirmedAccount(answer, update);
}
/**
 * Finds out what {@link updateAccount} would meet, with one request that changes nothing.
 *
 * @param timeLimit milliseconds for the whole exchange
 * @returns the account as it is now
 * @throws Failure if there is no such account, and in every case in which that cannot be told
 */
async function previewUpdate(update, timeLimit, trace) {
    const { site, accountId } = update;
    const { accounts, answer } = await listAccounts(update, timeLimit, trace);
    const account = findAccount(accounts, accountId);
    if (account === undefined) {
        throw new Failure('not-found', `${apiHost(site)} lists no such account.`, {
            status: answer.status,
            known: describeAccounts(accounts, update),
        });
    }
    return checkRegion(account, answer, site);
}
/**
 * Finds out, where {@link updateAccount} did not find the account, which there are.
 *
 * @param timeLeft milliseconds
 * @returns sentences; none where that cannot be told
 */
async function lookAround(update, timeLeft, trace) {
    const timeLimit = Math.min(Math.max(timeLeft, 0), LOOK_AROUND_LIMIT);
    try {
        const { accounts } = await listAccounts(update, timeLimit, trace);
        const isListed = findAccount(accounts, update.accountId) !== undefined;
        return isListed ? [LISTED_NEVERTHELESS] : describeAccounts(accounts, update);
    }
    catch {
        return [];
    }
}
/** All accounts of the organisation, and the answer that lists them. */
async function listAccounts(update, timeLimit, trace) {
    const answer = await opsgenie_accounts_send('GET', ACCOUNTS, undefined, update, timeLimit, trace);
    if (answer.status !== 200) {
        // What these mean for an update, they do not for a list, which is documented without them.
        throw refusal(answer, update.site, [400, 404, 422].includes(answer.status) ? 'unexpected-status' : undefined);
    }
    const data = readData(answer, update.site);
    const entries = Array.isArray(data) ? data : ['no list'];
    const accounts = entries.flatMap((entry) => readAccount(entry) ?? []);
    // Entries of a kind that is not known do not matter beside accounts; alone, they say nothing about accounts.
    if (accounts.length === 0 && entries.length > 0) {
        throw unconfirmed(answer, update.site, 'not with a list of accounts');
    }
    return { accounts, answer };
}
function findAccount(accounts, accountId) {
    return accounts.find(({ id }) => id.toLowerCase() === accountId);
}
function describeAccounts(accounts, { site, change }) {
    if (accounts.length === 0) {
        return [`These keys belong to an organisation without any Opsgenie account on ${site}: another site may be meant.`];
    }
    return accounts.map(({ id, region }) => 
    // The id would be taken out of what is printed, as the key that it was given for.
    id.toLowerCase() === change.apiKey?.toLowerCase()
        ? 'api_key is the id of an account that exists: account_id and api_key are swapped.'
        : `Account that exists: ${id}, region ${typeof region === 'string' ? region : 'unknown'}.`);
}
function opsgenie_accounts_send(method, path, body, { site, credentials }, timeLimit, trace) {
    const headers = {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(credentials.apiKey === undefined ? {} : { 'DD-API-KEY': credentials.apiKey }),
        'DD-APPLICATION-KEY': credentials.appKey,
    };
    return exchange({ method, url: new URL(`https://${apiHost(site)}${path}`), headers, body }, timeLimit, trace);
}
/** Checks a 200 field by field: only an answer that proves the update counts. */
function confirmedAccount(answer, { site, accountId, change }) {
    const not = (what) => unconfirmed(answer, site, what);
    const account = readAccount(readData(answer, site));
    if (account === undefined)
        throw not('not with an Opsgenie account');
    if (account.id.toLowerCase() !== accountId)
        throw not(`for another account: ${account.id}`);
    const confirmed = checkRegion(account, answer, site);
    if (change.region !== undefined && confirmed.region !== change.region) {
        throw not(`the region is ${confirmed.region ?? 'missing'} where ${change.region} was asked for`);
    }
    return confirmed;
}
/** Reads an account as the API writes it; undefined where it is none. */
function readAccount(data) {
    if (!isObject(data) || data.type !== ACCOUNT_TYPE || typeof data.id !== 'string' || !isObject(data.attributes)) {
        return undefined;
    }
    return { id: data.id, region: data.attributes.region };
}
/** An account of an answer whose region, if it has one, is documented. */
function checkRegion({ id, region }, answer, site) {
    const documented = REGIONS.find((known) => known === region);
    if (region !== undefined && documented === undefined) {
        throw unconfirmed(answer, site, `with a region that is not documented: ${show(region)}`);
    }
    return { id, region: documented };
}

// EXTERNAL MODULE: external "os"
var external_os_ = __nccwpck_require__(857);
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/utils.js
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */
/**
 * Sanitizes an input into a string so it can be passed into issueCommand safely
 * @param input input to sanitize into a string
 */
function utils_toCommandValue(input) {
    if (input === null || input === undefined) {
        return '';
    }
    else if (typeof input === 'string' || input instanceof String) {
        return input;
    }
    return JSON.stringify(input);
}
/**
 *
 * @param annotationProperties
 * @returns The command properties to send with the actual annotation command
 * See IssueCommandProperties: https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs#L646
 */
function utils_toCommandProperties(annotationProperties) {
    if (!Object.keys(annotationProperties).length) {
        return {};
    }
    return {
        title: annotationProperties.title,
        file: annotationProperties.file,
        line: annotationProperties.startLine,
        endLine: annotationProperties.endLine,
        col: annotationProperties.startColumn,
        endColumn: annotationProperties.endColumn
    };
}
//# sourceMappingURL=utils.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/command.js


/**
 * Issues a command to the GitHub Actions runner
 *
 * @param command - The command name to issue
 * @param properties - Additional properties for the command (key-value pairs)
 * @param message - The message to include with the command
 * @remarks
 * This function outputs a specially formatted string to stdout that the Actions
 * runner interprets as a command. These commands can control workflow behavior,
 * set outputs, create annotations, mask values, and more.
 *
 * Command Format:
 *   ::name key=value,key=value::message
 *
 * @example
 * ```typescript
 * // Issue a warning annotation
 * issueCommand('warning', {}, 'This is a warning message');
 * // Output: ::warning::This is a warning message
 *
 * // Set an environment variable
 * issueCommand('set-env', { name: 'MY_VAR' }, 'some value');
 * // Output: ::set-env name=MY_VAR::some value
 *
 * // Add a secret mask
 * issueCommand('add-mask', {}, 'secretValue123');
 * // Output: ::add-mask::secretValue123
 * ```
 *
 * @internal
 * This is an internal utility function that powers the public API functions
 * such as setSecret, warning, error, and exportVariable.
 */
function command_issueCommand(command, properties, message) {
    const cmd = new Command(command, properties, message);
    process.stdout.write(cmd.toString() + external_os_.EOL);
}
function command_issue(name, message = '') {
    command_issueCommand(name, {}, message);
}
const CMD_STRING = '::';
class Command {
    constructor(command, properties, message) {
        if (!command) {
            command = 'missing.command';
        }
        this.command = command;
        this.properties = properties;
        this.message = message;
    }
    toString() {
        let cmdStr = CMD_STRING + this.command;
        if (this.properties && Object.keys(this.properties).length > 0) {
            cmdStr += ' ';
            let first = true;
            for (const key in this.properties) {
                if (this.properties.hasOwnProperty(key)) {
                    const val = this.properties[key];
                    if (val) {
                        if (first) {
                            first = false;
                        }
                        else {
                            cmdStr += ',';
                        }
                        cmdStr += `${key}=${escapeProperty(val)}`;
                    }
                }
            }
        }
        cmdStr += `${CMD_STRING}${escapeData(this.message)}`;
        return cmdStr;
    }
}
function escapeData(s) {
    return utils_toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A');
}
function escapeProperty(s) {
    return utils_toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A')
        .replace(/:/g, '%3A')
        .replace(/,/g, '%2C');
}
//# sourceMappingURL=command.js.map
;// CONCATENATED MODULE: external "crypto"
const external_crypto_namespaceObject = require("crypto");
// EXTERNAL MODULE: external "fs"
var external_fs_ = __nccwpck_require__(896);
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/file-command.js
// For internal use, subject to change.
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */




function file_command_issueFileCommand(command, message) {
    const filePath = process.env[`GITHUB_${command}`];
    if (!filePath) {
        throw new Error(`Unable to find environment variable for file command ${command}`);
    }
    if (!external_fs_.existsSync(filePath)) {
        throw new Error(`Missing file at path: ${filePath}`);
    }
    external_fs_.appendFileSync(filePath, `${utils_toCommandValue(message)}${external_os_.EOL}`, {
        encoding: 'utf8'
    });
}
function file_command_prepareKeyValueMessage(key, value) {
    const delimiter = `ghadelimiter_${external_crypto_namespaceObject.randomUUID()}`;
    const convertedValue = utils_toCommandValue(value);
    // These should realistically never happen, but just in case someone finds a
    // way to exploit uuid generation let's not allow keys or values that contain
    // the delimiter.
    if (key.includes(delimiter)) {
        throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
    }
    if (convertedValue.includes(delimiter)) {
        throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
    }
    return `${key}<<${delimiter}${external_os_.EOL}${convertedValue}${external_os_.EOL}${delimiter}`;
}
//# sourceMappingURL=file-command.js.map
;// CONCATENATED MODULE: external "path"
const external_path_namespaceObject = require("path");
;// CONCATENATED MODULE: ./node_modules/@actions/http-client/lib/auth.js
var __awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};
class BasicCredentialHandler {
    constructor(username, password) {
        this.username = username;
        this.password = password;
    }
    prepareRequest(options) {
        if (!options.headers) {
            throw Error('The request has no headers');
        }
        options.headers['Authorization'] = `Basic ${Buffer.from(`${this.username}:${this.password}`).toString('base64')}`;
    }
    // This handler cannot handle 401
    canHandleAuthentication() {
        return false;
    }
    handleAuthentication() {
        return __awaiter(this, void 0, void 0, function* () {
            throw new Error('not implemented');
        });
    }
}
class auth_BearerCredentialHandler {
    constructor(token) {
        this.token = token;
    }
    // currently implements pre-authorization
    // TODO: support preAuth = false where it hooks on 401
    prepareRequest(options) {
        if (!options.headers) {
            throw Error('The request has no headers');
        }
        options.headers['Authorization'] = `Bearer ${this.token}`;
    }
    // This handler cannot handle 401
    canHandleAuthentication() {
        return false;
    }
    handleAuthentication() {
        return __awaiter(this, void 0, void 0, function* () {
            throw new Error('not implemented');
        });
    }
}
class PersonalAccessTokenCredentialHandler {
    constructor(token) {
        this.token = token;
    }
    // currently implements pre-authorization
    // TODO: support preAuth = false where it hooks on 401
    prepareRequest(options) {
        if (!options.headers) {
            throw Error('The request has no headers');
        }
        options.headers['Authorization'] = `Basic ${Buffer.from(`PAT:${this.token}`).toString('base64')}`;
    }
    // This handler cannot handle 401
    canHandleAuthentication() {
        return false;
    }
    handleAuthentication() {
        return __awaiter(this, void 0, void 0, function* () {
            throw new Error('not implemented');
        });
    }
}
//# sourceMappingURL=auth.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/oidc-utils.js
var oidc_utils_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};



class oidc_utils_OidcClient {
    static createHttpClient(allowRetry = true, maxRetry = 10) {
        const requestOptions = {
            allowRetries: allowRetry,
            maxRetries: maxRetry
        };
        return new HttpClient('actions/oidc-client', [new BearerCredentialHandler(oidc_utils_OidcClient.getRequestToken())], requestOptions);
    }
    static getRequestToken() {
        const token = process.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
        if (!token) {
            throw new Error('Unable to get ACTIONS_ID_TOKEN_REQUEST_TOKEN env variable');
        }
        return token;
    }
    static getIDTokenUrl() {
        const runtimeUrl = process.env['ACTIONS_ID_TOKEN_REQUEST_URL'];
        if (!runtimeUrl) {
            throw new Error('Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable');
        }
        return runtimeUrl;
    }
    static getCall(id_token_url) {
        return oidc_utils_awaiter(this, void 0, void 0, function* () {
            var _a;
            const httpclient = oidc_utils_OidcClient.createHttpClient();
            const res = yield httpclient
                .getJson(id_token_url)
                .catch(error => {
                throw new Error(`Failed to get ID Token. \n 
        Error Code : ${error.statusCode}\n 
        Error Message: ${error.message}`);
            });
            const id_token = (_a = res.result) === null || _a === void 0 ? void 0 : _a.value;
            if (!id_token) {
                throw new Error('Response json body do not have ID Token field');
            }
            return id_token;
        });
    }
    static getIDToken(audience) {
        return oidc_utils_awaiter(this, void 0, void 0, function* () {
            try {
                // New ID Token is requested from action service
                let id_token_url = oidc_utils_OidcClient.getIDTokenUrl();
                if (audience) {
                    const encodedAudience = encodeURIComponent(audience);
                    id_token_url = `${id_token_url}&audience=${encodedAudience}`;
                }
                debug(`ID token url is ${id_token_url}`);
                const id_token = yield oidc_utils_OidcClient.getCall(id_token_url);
                setSecret(id_token);
                return id_token;
            }
            catch (error) {
                throw new Error(`Error message: ${error.message}`);
            }
        });
    }
}
//# sourceMappingURL=oidc-utils.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/summary.js
var summary_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};


const [access, appendFile, writeFile] = ['access', 'appendFile', 'writeFile'].map((name) => (...list) => external_fs_.promises[name](...list)); // Changed by scripts/postbuild.ts. As published: const { access, appendFile, writeFile } = external_fs_.promises;
const SUMMARY_ENV_VAR = 'GITHUB_STEP_SUMMARY';
const SUMMARY_DOCS_URL = 'https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-job-summary';
class Summary {
    constructor() {
        this._buffer = '';
    }
    /**
     * Finds the summary file path from the environment, rejects if env var is not found or file does not exist
     * Also checks r/w permissions.
     *
     * @returns step summary file path
     */
    filePath() {
        return summary_awaiter(this, void 0, void 0, function* () {
            if (this._filePath) {
                return this._filePath;
            }
            const pathFromEnv = process.env[SUMMARY_ENV_VAR];
            if (!pathFromEnv) {
                throw new Error(`Unable to find environment variable for $${SUMMARY_ENV_VAR}. Check if your runtime environment supports job summaries.`);
            }
            try {
                yield access(pathFromEnv, external_fs_.constants.R_OK | external_fs_.constants.W_OK);
            }
            catch (_a) {
                throw new Error(`Unable to access summary file: '${pathFromEnv}'. Check if the file has correct read/write permissions.`);
            }
            this._filePath = pathFromEnv;
            return this._filePath;
        });
    }
    /**
     * Wraps content in an HTML tag, adding any HTML attributes
     *
     * @param {string} tag HTML tag to wrap
     * @param {string | null} content content within the tag
     * @param {[attribute: string]: string} attrs key-value list of HTML attributes to add
     *
     * @returns {string} content wrapped in HTML element
     */
    wrap(tag, content, attrs = {}) {
        const htmlAttrs = Object.entries(attrs)
            .map(([key, value]) => ` ${key}="${value}"`)
            .join('');
        if (!content) {
            return `<${tag}${htmlAttrs}>`;
        }
        return `<${tag}${htmlAttrs}>${content}</${tag}>`;
    }
    /**
     * Writes text in the buffer to the summary buffer file and empties buffer. Will append by default.
     *
     * @param {SummaryWriteOptions} [options] (optional) options for write operation
     *
     * @returns {Promise<Summary>} summary instance
     */
    write(options) {
        return summary_awaiter(this, void 0, void 0, function* () {
            const overwrite = !!(options === null || options === void 0 ? void 0 : options.overwrite);
            const filePath = yield this.filePath();
            const writeFunc = overwrite ? writeFile : appendFile;
            yield writeFunc(filePath, this._buffer, { encoding: 'utf8' });
            return this.emptyBuffer();
        });
    }
    /**
     * Clears the summary buffer and wipes the summary file
     *
     * @returns {Summary} summary instance
     */
    clear() {
        return summary_awaiter(this, void 0, void 0, function* () {
            return this.emptyBuffer().write({ overwrite: true });
        });
    }
    /**
     * Returns the current summary buffer as a string
     *
     * @returns {string} string of summary buffer
     */
    stringify() {
        return this._buffer;
    }
    /**
     * If the summary buffer is empty
     *
     * @returns {boolen} true if the buffer is empty
     */
    isEmptyBuffer() {
        return this._buffer.length === 0;
    }
    /**
     * Resets the summary buffer without writing to summary file
     *
     * @returns {Summary} summary instance
     */
    emptyBuffer() {
        this._buffer = '';
        return this;
    }
    /**
     * Adds raw text to the summary buffer
     *
     * @param {string} text content to add
     * @param {boolean} [addEOL=false] (optional) append an EOL to the raw text (default: false)
     *
     * @returns {Summary} summary instance
     */
    addRaw(text, addEOL = false) {
        this._buffer += text;
        return addEOL ? this.addEOL() : this;
    }
    /**
     * Adds the operating system-specific end-of-line marker to the buffer
     *
     * @returns {Summary} summary instance
     */
    addEOL() {
        return this.addRaw(external_os_.EOL);
    }
    /**
     * Adds an HTML codeblock to the summary buffer
     *
     * @param {string} code content to render within fenced code block
     * @param {string} lang (optional) language to syntax highlight code
     *
     * @returns {Summary} summary instance
     */
    addCodeBlock(code, lang) {
        const attrs = Object.assign({}, (lang && { lang }));
        const element = this.wrap('pre', this.wrap('code', code), attrs);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML list to the summary buffer
     *
     * @param {string[]} items list of items to render
     * @param {boolean} [ordered=false] (optional) if the rendered list should be ordered or not (default: false)
     *
     * @returns {Summary} summary instance
     */
    addList(items, ordered = false) {
        const tag = ordered ? 'ol' : 'ul';
        const listItems = items.map(item => this.wrap('li', item)).join('');
        const element = this.wrap(tag, listItems);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML table to the summary buffer
     *
     * @param {SummaryTableCell[]} rows table rows
     *
     * @returns {Summary} summary instance
     */
    addTable(rows) {
        const tableBody = rows
            .map(row => {
            const cells = row
                .map(cell => {
                if (typeof cell === 'string') {
                    return this.wrap('td', cell);
                }
                const { header, data, colspan, rowspan } = cell;
                const tag = header ? 'th' : 'td';
                const attrs = Object.assign(Object.assign({}, (colspan && { colspan })), (rowspan && { rowspan }));
                return this.wrap(tag, data, attrs);
            })
                .join('');
            return this.wrap('tr', cells);
        })
            .join('');
        const element = this.wrap('table', tableBody);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds a collapsable HTML details element to the summary buffer
     *
     * @param {string} label text for the closed state
     * @param {string} content collapsable content
     *
     * @returns {Summary} summary instance
     */
    addDetails(label, content) {
        const element = this.wrap('details', this.wrap('summary', label) + content);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML image tag to the summary buffer
     *
     * @param {string} src path to the image you to embed
     * @param {string} alt text description of the image
     * @param {SummaryImageOptions} options (optional) addition image attributes
     *
     * @returns {Summary} summary instance
     */
    addImage(src, alt, options) {
        const { width, height } = options || {};
        const attrs = Object.assign(Object.assign({}, (width && { width })), (height && { height }));
        const element = this.wrap('img', null, Object.assign({ src, alt }, attrs));
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML section heading element
     *
     * @param {string} text heading text
     * @param {number | string} [level=1] (optional) the heading level, default: 1
     *
     * @returns {Summary} summary instance
     */
    addHeading(text, level) {
        const tag = `h${level}`;
        const allowedTag = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].includes(tag)
            ? tag
            : 'h1';
        const element = this.wrap(allowedTag, text);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML thematic break (<hr>) to the summary buffer
     *
     * @returns {Summary} summary instance
     */
    addSeparator() {
        const element = this.wrap('hr', null);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML line break (<br>) to the summary buffer
     *
     * @returns {Summary} summary instance
     */
    addBreak() {
        const element = this.wrap('br', null);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML blockquote to the summary buffer
     *
     * @param {string} text quote text
     * @param {string} cite (optional) citation url
     *
     * @returns {Summary} summary instance
     */
    addQuote(text, cite) {
        const attrs = Object.assign({}, (cite && { cite }));
        const element = this.wrap('blockquote', text, attrs);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML anchor tag to the summary buffer
     *
     * @param {string} text link text/content
     * @param {string} href hyperlink
     *
     * @returns {Summary} summary instance
     */
    addLink(text, href) {
        const element = this.wrap('a', text, { href });
        return this.addRaw(element).addEOL();
    }
}
const _summary = new Summary();
/**
 * @deprecated use `core.summary`
 */
const markdownSummary = (/* unused pure expression or super */ null && (_summary));
const summary = (/* unused pure expression or super */ null && (_summary));
//# sourceMappingURL=summary.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/path-utils.js

/**
 * toPosixPath converts the given path to the posix form. On Windows, \\ will be
 * replaced with /.
 *
 * @param pth. Path to transform.
 * @return string Posix path.
 */
function toPosixPath(pth) {
    return pth.replace(/[\\]/g, '/');
}
/**
 * toWin32Path converts the given path to the win32 form. On Linux, / will be
 * replaced with \\.
 *
 * @param pth. Path to transform.
 * @return string Win32 path.
 */
function toWin32Path(pth) {
    return pth.replace(/[/]/g, '\\');
}
/**
 * toPlatformPath converts the given path to a platform-specific path. It does
 * this by replacing instances of / and \ with the platform-specific path
 * separator.
 *
 * @param pth The path to platformize.
 * @return string The platform-specific path.
 */
function toPlatformPath(pth) {
    return pth.replace(/[/\\]/g, path.sep);
}
//# sourceMappingURL=path-utils.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/platform.js
var platform_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};


const getWindowsInfo = () => platform_awaiter(void 0, void 0, void 0, function* () {
    const { stdout: version } = yield exec.getExecOutput('powershell -command "(Get-CimInstance -ClassName Win32_OperatingSystem).Version"', undefined, {
        silent: true
    });
    const { stdout: name } = yield exec.getExecOutput('powershell -command "(Get-CimInstance -ClassName Win32_OperatingSystem).Caption"', undefined, {
        silent: true
    });
    return {
        name: name.trim(),
        version: version.trim()
    };
});
const getMacOsInfo = () => platform_awaiter(void 0, void 0, void 0, function* () {
    var _a, _b, _c, _d;
    const { stdout } = yield exec.getExecOutput('sw_vers', undefined, {
        silent: true
    });
    const version = (_b = (_a = stdout.match(/ProductVersion:\s*(.+)/)) === null || _a === void 0 ? void 0 : _a[1]) !== null && _b !== void 0 ? _b : '';
    const name = (_d = (_c = stdout.match(/ProductName:\s*(.+)/)) === null || _c === void 0 ? void 0 : _c[1]) !== null && _d !== void 0 ? _d : '';
    return {
        name,
        version
    };
});
const getLinuxInfo = () => platform_awaiter(void 0, void 0, void 0, function* () {
    const { stdout } = yield exec.getExecOutput('lsb_release', ['-i', '-r', '-s'], {
        silent: true
    });
    const [name, version] = stdout.trim().split('\n');
    return {
        name,
        version
    };
});
const platform = external_os_.platform();
const arch = external_os_.arch();
const isWindows = platform === 'win32';
const isMacOS = platform === 'darwin';
const isLinux = platform === 'linux';
function getDetails() {
    return platform_awaiter(this, void 0, void 0, function* () {
        return Object.assign(Object.assign({}, (yield (isWindows
            ? getWindowsInfo()
            : isMacOS
                ? getMacOsInfo()
                : getLinuxInfo()))), { platform,
            arch,
            isWindows,
            isMacOS,
            isLinux });
    });
}
//# sourceMappingURL=platform.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/core.js
var core_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};






/**
 * The code to exit an action
 */
var ExitCode;
(function (ExitCode) {
    /**
     * A code indicating that the action was successful
     */
    ExitCode[ExitCode["Success"] = 0] = "Success";
    /**
     * A code indicating that the action was a failure
     */
    ExitCode[ExitCode["Failure"] = 1] = "Failure";
})(ExitCode || (ExitCode = {}));
//-----------------------------------------------------------------------
// Variables
//-----------------------------------------------------------------------
/**
 * Sets env variable for this action and future actions in the job
 * @param name the name of the variable to set
 * @param val the value of the variable. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function exportVariable(name, val) {
    const convertedVal = toCommandValue(val);
    process.env[name] = convertedVal;
    const filePath = process.env['GITHUB_ENV'] || '';
    if (filePath) {
        return issueFileCommand('ENV', prepareKeyValueMessage(name, val));
    }
    issueCommand('set-env', { name }, convertedVal);
}
/**
 * Registers a secret which will get masked from logs
 *
 * @param secret - Value of the secret to be masked
 * @remarks
 * This function instructs the Actions runner to mask the specified value in any
 * logs produced during the workflow run. Once registered, the secret value will
 * be replaced with asterisks (***) whenever it appears in console output, logs,
 * or error messages.
 *
 * This is useful for protecting sensitive information such as:
 * - API keys
 * - Access tokens
 * - Authentication credentials
 * - URL parameters containing signatures (SAS tokens)
 *
 * Note that masking only affects future logs; any previous appearances of the
 * secret in logs before calling this function will remain unmasked.
 *
 * @example
 * ```typescript
 * // Register an API token as a secret
 * const apiToken = "abc123xyz456";
 * setSecret(apiToken);
 *
 * // Now any logs containing this value will show *** instead
 * console.log(`Using token: ${apiToken}`); // Outputs: "Using token: ***"
 * ```
 */
function core_setSecret(secret) {
    command_issueCommand('add-mask', {}, secret);
}
/**
 * Prepends inputPath to the PATH (for this action and future actions)
 * @param inputPath
 */
function addPath(inputPath) {
    const filePath = process.env['GITHUB_PATH'] || '';
    if (filePath) {
        issueFileCommand('PATH', inputPath);
    }
    else {
        issueCommand('add-path', {}, inputPath);
    }
    process.env['PATH'] = `${inputPath}${path.delimiter}${process.env['PATH']}`;
}
/**
 * Gets the value of an input.
 * Unless trimWhitespace is set to false in InputOptions, the value is also trimmed.
 * Returns an empty string if the value is not defined.
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   string
 */
function getInput(name, options) {
    const val = process.env[`INPUT_${name.replace(/ /g, '_').toUpperCase()}`] || '';
    if (options && options.required && !val) {
        throw new Error(`Input required and not supplied: ${name}`);
    }
    if (options && options.trimWhitespace === false) {
        return val;
    }
    return val.trim();
}
/**
 * Gets the values of an multiline input.  Each value is also trimmed.
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   string[]
 *
 */
function getMultilineInput(name, options) {
    const inputs = getInput(name, options)
        .split('\n')
        .filter(x => x !== '');
    if (options && options.trimWhitespace === false) {
        return inputs;
    }
    return inputs.map(input => input.trim());
}
/**
 * Gets the input value of the boolean type in the YAML 1.2 "core schema" specification.
 * Support boolean input list: `true | True | TRUE | false | False | FALSE` .
 * The return value is also in boolean type.
 * ref: https://yaml.org/spec/1.2/spec.html#id2804923
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   boolean
 */
function getBooleanInput(name, options) {
    const trueValue = ['true', 'True', 'TRUE'];
    const falseValue = ['false', 'False', 'FALSE'];
    const val = getInput(name, options);
    if (trueValue.includes(val))
        return true;
    if (falseValue.includes(val))
        return false;
    throw new TypeError(`Input does not meet YAML 1.2 "Core Schema" specification: ${name}\n` +
        `Support boolean input list: \`true | True | TRUE | false | False | FALSE\``);
}
/**
 * Sets the value of an output.
 *
 * @param     name     name of the output to set
 * @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function setOutput(name, value) {
    const filePath = process.env['GITHUB_OUTPUT'] || '';
    if (filePath) {
        return file_command_issueFileCommand('OUTPUT', file_command_prepareKeyValueMessage(name, value));
    }
    process.stdout.write(external_os_.EOL);
    command_issueCommand('set-output', { name }, utils_toCommandValue(value));
}
/**
 * Enables or disables the echoing of commands into stdout for the rest of the step.
 * Echoing is disabled by default if ACTIONS_STEP_DEBUG is not set.
 *
 */
function setCommandEcho(enabled) {
    issue('echo', enabled ? 'on' : 'off');
}
//-----------------------------------------------------------------------
// Results
//-----------------------------------------------------------------------
/**
 * Sets the action status to failed.
 * When the action exits it will be with an exit code of 1
 * @param message add error issue message
 */
function setFailed(message) {
    process.exitCode = ExitCode.Failure;
    error(message);
}
//-----------------------------------------------------------------------
// Logging Commands
//-----------------------------------------------------------------------
/**
 * Gets whether Actions Step Debug is on or not
 */
function isDebug() {
    return process.env['RUNNER_DEBUG'] === '1';
}
/**
 * Writes debug message to user log
 * @param message debug message
 */
function core_debug(message) {
    command_issueCommand('debug', {}, message);
}
/**
 * Adds an error issue
 * @param message error issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function error(message, properties = {}) {
    command_issueCommand('error', utils_toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Adds a warning issue
 * @param message warning issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function core_warning(message, properties = {}) {
    command_issueCommand('warning', utils_toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Adds a notice issue
 * @param message notice issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function notice(message, properties = {}) {
    issueCommand('notice', toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Writes info to log with console.log.
 * @param message info message
 */
function info(message) {
    process.stdout.write(message + external_os_.EOL);
}
/**
 * Begin an output group.
 *
 * Output until the next `groupEnd` will be foldable in this group
 *
 * @param name The name of the output group
 */
function startGroup(name) {
    issue('group', name);
}
/**
 * End an output group.
 */
function endGroup() {
    issue('endgroup');
}
/**
 * Wrap an asynchronous function call in a group.
 *
 * Returns the same type as the function itself.
 *
 * @param name The name of the group
 * @param fn The function to wrap in the group
 */
function group(name, fn) {
    return core_awaiter(this, void 0, void 0, function* () {
        startGroup(name);
        let result;
        try {
            result = yield fn();
        }
        finally {
            endGroup();
        }
        return result;
    });
}
//-----------------------------------------------------------------------
// Wrapper action state
//-----------------------------------------------------------------------
/**
 * Saves state for current action, the state can only be retrieved by this action's post job execution.
 *
 * @param     name     name of the state to store
 * @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function saveState(name, value) {
    const filePath = process.env['GITHUB_STATE'] || '';
    if (filePath) {
        return issueFileCommand('STATE', prepareKeyValueMessage(name, value));
    }
    issueCommand('save-state', { name }, toCommandValue(value));
}
/**
 * Gets the value of an state set by this action's main execution.
 *
 * @param     name     name of the state to get
 * @returns   string
 */
function getState(name) {
    return process.env[`STATE_${name}`] || '';
}
function getIDToken(aud) {
    return core_awaiter(this, void 0, void 0, function* () {
        return yield OidcClient.getIDToken(aud);
    });
}
/**
 * Summary exports
 */

/**
 * @deprecated use core.summary
 */

/**
 * Path exports
 */

/**
 * Platform utilities exports
 */

//# sourceMappingURL=core.js.map
;// CONCATENATED MODULE: ./build/untrusted.js

/** What stands in the place of a secret, as in the runner's own logs. */
const REDACTED = '***';
/**
 * No key is shorter or longer. To redact what is shorter would eat ordinary words; what is longer would make an
 * expression that is too large.
 */
const KEY_LENGTH = { min: 8, max: 500 };
/** The form of the ids of accounts, and usually of Opsgenie's keys. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/**
 * Makes the function that all text goes through before it is printed, whoever wrote it. The result
 * - is one line without control, colour, direction or invisible characters;
 * - holds none of the secrets, raw or encoded. The runner masks too, but neither annotation titles nor other capitals,
 *   hex, base64url or a UUID without dashes;
 * - cannot be taken for a workflow command. The runner looks for `::name::` at the start of a line and for `##[name]`
 *   anywhere in it (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
 *
 * The order matters: taking characters out can bring the parts of a secret or of a command together.
 */
function createCleaner(secrets) {
    const long = (part) => part.length >= KEY_LENGTH.min;
    const keys = secrets
        .filter((secret) => long(secret) && !/\s/.test(secret))
        .map((key) => key.slice(0, KEY_LENGTH.max));
    // What holds white space was never sent, so that no server knows it, but could be shown as an input. There can be very
    // many parts, too many for an expression.
    const parts = secrets.filter((secret) => /\s/.test(secret)).flatMap((secret) => secret.split(/\s+/).filter(long));
    const plain = expressionOf(keys, RegExp.escape);
    // Finds all that the plain one does, but Node takes some 40 ms to compile it.
    let escaped;
    return (text) => {
        const line = PRINTABLE.test(text) ? text : printable(text);
        if (ESCAPE.test(line))
            escaped ??= expressionOf(keys, escapedCharacter);
        return parts
            .reduce((rest, part) => rest.replaceAll(part, REDACTED), line)
            .replace(escaped ?? plain, REDACTED)
            .replace(/:(?=:)/g, ': ')
            .replace(/##\[/g, '## [')
            .trim();
    };
}
/** Most text is already what {@link printable} makes of it, whose expressions take Node a while to compile. */
const PRINTABLE = /^[!-~]+(?: [!-~]+)*$/;
/** One line of characters that can be seen, each white space a single blank. */
function printable(text) {
    return (0,external_node_util_namespaceObject.stripVTControlCharacters)(text.toWellFormed())
        .replace(/[\p{Cf}\p{DI}]|(?![\s\u0085])\p{Cc}/gu, '')
        .replace(/[\s\u0085]+/gu, ' ');
}
/** Cuts text to a number of UTF-16 units, with an ellipsis in the place of what is cut. */
function truncate(text, limit) {
    return text.length <= limit
        ? text
        : `${text
            .slice(0, limit - 1)
            .toWellFormed()
            .replace(/\uFFFD$/, '')}…`;
}
/** Characters that start something inside a line of GitHub's Markdown: markup, HTML, a mention, a link, a formula. */
const INLINE = /[\\`*~[\]<>&|@#$!]|(?<![a-z0-9])_|_(?![a-z0-9])|:(?=\/\/)|(?<=www)\./;
/** Characters that make a list of a line that starts with them; all others that make a block are in INLINE. */
const BLOCK = /^[-+]|(?<=^\d{1,9})[.)]/;
const MARKUP = new RegExp(`${INLINE.source}|${BLOCK.source}`, 'gi');
/**
 * Escapes clean text for a paragraph, list item or table cell of GitHub's Markdown: what could be taken for markup
 * becomes a character reference, which is never read as syntax
 * (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
 */
function markdown(text) {
    return text.replace(MARKUP, (char) => `&#${char.charCodeAt(0)};`);
}
/** Without one of these, a text holds no escape that {@link escapedCharacter} knows. */
const ESCAPE = /[%\\&]/;
/** Finds keys in the shapes in which a server or a tool between may hand them back, in either capitals. */
function expressionOf(keys, characterPattern) {
    const never = '(?!)';
    return new RegExp([...keys.flatMap((key) => keyPatterns(key, characterPattern)), never].join('|'), 'giu');
}
function keyPatterns(key, characterPattern) {
    const bytes = Buffer.from(key);
    // The dashes of a UUID may be missing.
    const optional = UUID.test(key) ? '-' : '';
    return [
        [...key].map((character) => characterPattern(character) + (character === optional ? '?' : '')).join(''),
        bytes.toString('hex'),
        ...[0, 1, 2].map((start) => base64Pattern(bytes, start)),
    ];
}
/** A character as it is, behind backslashes, or escaped for a URL, JSON, JavaScript or HTML. */
function escapedCharacter(character) {
    // A set: two ways to match the same would be doubled by each character, and a hostile text could take forever.
    const codes = [...new Set([character.toLowerCase(), character.toUpperCase()])].map((letter) => letter.charCodeAt(0));
    const hex = codes.map((code) => code.toString(16)).join('|');
    const shapes = [
        `%(?:${hex})`,
        `\\\\{1,4}(?:u00|x)(?:${hex})`,
        `&#x0{0,6}(?:${hex});?`,
        `&#0{0,6}(?:${codes.join('|')});?`,
        `\\\\{0,4}${RegExp.escape(character)}`,
    ];
    return `(?:${shapes.join('|')})`;
}
/**
 * The base64 that every text holding the secret has in common, for one of the three ways its bytes can lie in groups
 * of three; the characters beside it, which the secret shares with its neighbours, go too.
 */
function base64Pattern(bytes, start) {
    const groups = bytes.subarray(start, start + Math.floor((bytes.length - start) / 3) * 3).toString('base64');
    const either = groups.replaceAll('+', '[+-]').replaceAll('/', '[/_]');
    return `[\\w+/-]{0,4}${either}[\\w+/-]{0,4}={0,2}`;
}

;// CONCATENATED MODULE: ./build/inputs.js





/** The inputs of action.yml, each with the environment variable that stands in for it, if one does. */
const INPUTS = {
    site: 'DD_SITE',
    account_id: undefined,
    region: undefined,
    api_key: undefined,
    region_only: undefined,
    dry_run: undefined,
    dd_api_key: 'DD_API_KEY',
    dd_app_key: 'DD_APP_KEY',
    timeout: undefined,
};
const SECRETS = ['api_key', 'dd_api_key', 'dd_app_key'];
/** What counts where an input is empty: the runner gives an empty string for what is not given. */
const DEFAULTS = { site: DEFAULT_SITE, region_only: 'false', dry_run: 'false', timeout: '300' };
const MAX_TIMEOUT = 3600;
/**
 * Masks every key that was given, in an input or in the environment, used or not. To be called before anything is
 * printed.
 */
function maskSecrets() {
    const given = SECRETS.flatMap((name) => [
        { name, value: getInput(name) },
        { name: INPUTS[name] ?? name, value: environment(name) },
    ]);
    const secrets = given.filter(({ value }) => value !== '');
    for (const { value } of secrets)
        core_setSecret(value);
    return secrets;
}
/**
 * Reads and checks all inputs. (A schema library would not make this shorter: most rules are about two inputs at once,
 * and each message must name the input, its value and what is allowed.)
 *
 * @throws Failure that names every problem at once, of the kind `keys-missing` where a key is, else `inputs`
 */
function readInputs() {
    // A reader that finds a problem notes it here and returns any value of its type; nothing of it is used.
    const problems = new Problems();
    const site = readSite(problems);
    const accountId = readAccountId(problems);
    const region = readRegion(problems);
    const apiKey = readApiKey(problems);
    const credentials = readCredentials(problems);
    const dryRun = readSwitch('dry_run', problems) ?? false;
    const timeout = readTimeout(problems);
    if (apiKey !== undefined && [credentials.apiKey, credentials.appKey].includes(apiKey)) {
        problems.add('api_key is the same as one of the Datadog keys. It must be the API key of Opsgenie.');
    }
    if (apiKey?.toLowerCase() === accountId) {
        problems.add('api_key is the same as account_id. It must be the API key of Opsgenie.');
    }
    problems.throwIfAny();
    const looksLikeDatadogKey = apiKey !== undefined && /^(?:[0-9a-f]{32}|dd(?:app|pat|sat)_.*)$/.test(apiKey);
    return {
        site,
        accountId,
        credentials,
        change: { apiKey, region },
        dryRun,
        timeout,
        warnings: looksLikeDatadogKey
            ? ['api_key has the form of a Datadog key; Opsgenie keys usually are UUIDs. Check that the right secret is used.']
            : [],
    };
}
/** What the step is about, as far as it can be read, whether or not it can be used. */
function readSubject() {
    const site = value('site') || DEFAULTS.site;
    return { site: parseSite(site) ?? site, accountId: value('account_id'), region: value('region') };
}
/** Whether the step asks for a dry run, whether or not its other inputs can be used. */
function isDryRun() {
    return readSwitch('dry_run', new Problems()) ?? false;
}
class Problems {
    #texts = [];
    #keyMissing = false;
    add(text) {
        this.#texts.push(text);
    }
    addMissingKey(text) {
        this.add(text);
        this.#keyMissing = true;
    }
    throwIfAny() {
        if (this.#texts.length === 0)
            return;
        const [kind, what] = this.#keyMissing
            ? ['keys-missing', 'A key that is needed is empty.']
            : ['inputs', 'Not all inputs of this step can be used.'];
        throw new Failure(kind, what, { texts: this.#texts });
    }
}
function readSite(problems) {
    const given = value('site') || DEFAULTS.site;
    const site = parseSite(given);
    if (site === undefined) {
        problems.add(`${named('site')}: ${quoted(given)} is not a Datadog site. Sites are ${list(KNOWN_SITES)}.`);
    }
    return site ?? DEFAULTS.site;
}
function readAccountId(problems) {
    const given = value('account_id');
    if (given === '') {
        problems.add('account_id is empty. It must be the UUID of the Opsgenie account in Datadog.');
    }
    else if (!UUID.test(given)) {
        problems.add(`account_id: ${quoted(given)} is not a UUID such as 596da4af-0563-4097-90ff-07230c3f9db3.`);
    }
    return given.toLowerCase();
}
function readRegion(problems) {
    const given = value('region');
    const region = REGIONS.find((known) => known === given.toLowerCase());
    if (given !== '' && region === undefined) {
        problems.add(`region: ${quoted(given)} is not a region. Regions are ${list(REGIONS)}; empty leaves it as it is.`);
    }
    return region;
}
/** The Opsgenie key, or undefined if only the region is to change. */
function readApiKey(problems) {
    const key = readKey('api_key', problems);
    const regionOnly = readSwitch('region_only', problems);
    if (regionOnly === false && key === undefined) {
        problems.addMissingKey('api_key is empty: it was not given, or the secret does not exist here. To change only the region and leave the key alone, set region_only: true.');
    }
    else if (regionOnly === true) {
        if (key !== undefined)
            problems.add('region_only is true, but api_key is given as well. Leave one of the two out.');
        if (value('region') === '')
            problems.add('region_only is true, but no region is given.');
    }
    return key;
}
function readCredentials(problems) {
    const apiKey = readKey('dd_api_key', problems);
    const appKey = readKey('dd_app_key', problems) ?? '';
    // https://docs.datadoghq.com/account_management/personal-access-tokens/
    const isAccessToken = /^dd[ps]at_/.test(appKey);
    if (apiKey === undefined && !isAccessToken) {
        problems.addMissingKey(`${named('dd_api_key')} is empty. It must be a Datadog API key.`);
    }
    if (appKey === '') {
        problems.addMissingKey(`${named('dd_app_key')} is empty. It must be a Datadog application key or access token.`);
    }
    return { apiKey, appKey };
}
/** A key, undefined if none is given. Its value never appears in a problem. */
function readKey(name, problems) {
    const key = value(name);
    if (key === '')
        return undefined;
    const fault = faultOf(key);
    if (fault !== undefined)
        problems.add(`${named(name)} ${fault}`);
    return key;
}
function faultOf(key) {
    if (/[\r\n]/.test(key))
        return 'has several lines. Give the key alone, on one line.';
    if (/^["'`]|["'`]$/.test(key))
        return 'has quotation marks around it. Give the key without them.';
    if (/[^\x21-\x7e]/.test(key))
        return 'holds white space or a character that no HTTP header can carry.';
    if (/^\$|^<.*>$|^\*+$/.test(key))
        return 'holds a placeholder such as $NAME, <key> or ***, not a key.';
    if (key.length < KEY_LENGTH.min)
        return `is too short for a key: fewer than ${KEY_LENGTH.min} characters.`;
    if (key.length > KEY_LENGTH.max)
        return `is too long for a key: more than ${KEY_LENGTH.max} characters.`;
    return undefined;
}
/** True or false, undefined if the value is neither. */
function readSwitch(name, problems) {
    const given = value(name) || DEFAULTS[name];
    if (/^true$/i.test(given))
        return true;
    if (/^false$/i.test(given))
        return false;
    problems.add(`${name}: ${quoted(given)} is neither true nor false.`);
    return undefined;
}
function readTimeout(problems) {
    const given = value('timeout') || DEFAULTS.timeout;
    const timeout = /^\d{1,4}$/.test(given) ? Number(given) : 0;
    if (timeout < 1 || timeout > MAX_TIMEOUT) {
        problems.add(`timeout: ${quoted(given)} is not a whole number of seconds from 1 to ${MAX_TIMEOUT}.`);
    }
    return timeout;
}
/** What counts for an input: itself or else the environment variable that stands in for it; empty for neither. */
function value(name) {
    return getInput(name) || environment(name);
}
function environment(name) {
    const variable = INPUTS[name];
    return (variable !== undefined && process.env[variable]?.trim()) || '';
}
/** An input as problems name it: with the environment variable, if that is where the value comes from. */
function named(name) {
    const variable = INPUTS[name];
    return variable === undefined || getInput(name) !== '' ? name : `${name} (or ${variable} in the environment)`;
}
/** A value in quotes; a long one is not cut but counted, for a cut could leave half a secret that no one recognises. */
function quoted(text) {
    return text.length <= 100 ? JSON.stringify(text) : `a text of ${text.length} characters`;
}
function list(values) {
    return new Intl.ListFormat('en', { type: 'disjunction' }).format(values);
}

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = require("node:fs");
;// CONCATENATED MODULE: ./build/origin.js


/**
 * Reads what started this run from @actions/github, and warns of keys that stand in it. The package is imported only
 * here and now: it throws at import where the event file is no JSON, and the request need not wait for it.
 *
 * @returns undefined where it cannot be read; never rejects, for an update must not fail because of it
 */
async function loadOrigin(secrets, warn) {
    const { GITHUB_EVENT_PATH, GITHUB_EVENT_NAME: event, GITHUB_ACTOR: actor } = process.env;
    try {
        // The package would print the path and go on.
        if (GITHUB_EVENT_PATH && !(0,external_node_fs_namespaceObject.existsSync)(GITHUB_EVENT_PATH))
            throw new SyntaxError('no event file');
        const { context } = await __nccwpck_require__.e(/* import() */ 722).then(__nccwpck_require__.bind(__nccwpck_require__, 722));
        const { payload } = context;
        for (const name of exposed(secrets, payload)) {
            warn(`${name} stands in plain text in the event that started this run (${event}), where nothing masks it. Rotate this key again, and pass it as a secret.`);
        }
        if (!event || !actor)
            return undefined;
        return { event, actor, secretsWithheld: secretsWithheld(event, actor, payload) };
    }
    catch (error) {
        if (error instanceof SyntaxError) {
            warn('What started this run is not known: the file in GITHUB_EVENT_PATH is missing or no JSON.');
        }
        return undefined;
    }
}
/** Names of the secrets that stand anywhere in the payload of an event: plain inputs of a workflow, a client payload. */
function exposed(secrets, payload) {
    const text = JSON.stringify(payload);
    return secrets.filter(({ value }) => text.includes(JSON.stringify(value).slice(1, -1))).map(({ name }) => name);
}
/** https://docs.github.com/actions/reference/security/secure-use, "Workflows triggered by forks" and "Dependabot". */
function secretsWithheld(event, actor, payload) {
    if (actor === 'dependabot[bot]')
        return 'Runs that Dependabot starts get only the secrets made for Dependabot.';
    const pull = isObject(payload) && event !== 'pull_request_target' ? payload.pull_request : undefined;
    if (!isObject(pull) || repository(pull.head) === repository(pull.base))
        return undefined;
    return 'Pull requests from a fork get no secrets.';
}
/** Full name of the repository that one side of a pull request is in; undefined once it is deleted. */
function repository(side) {
    const repo = isObject(side) ? side.repo : undefined;
    return isObject(repo) ? repo.full_name : undefined;
}

;// CONCATENATED MODULE: ./build/summary.js

/** An input can be of any length, but the runner takes no summary of more than 1 MiB. */
const MAX_CELL = 200;
/** Writes a job summary in GitHub's Markdown. */
function summaryMarkdown(story, clean) {
    const { heading, subject, attempts, happened, details, remedy, origin } = story;
    const safe = (text) => markdown(clean(text));
    const row = (name, text) => `| ${name} | ${markdown(truncate(clean(text), MAX_CELL)) || '–'} |`;
    const table = [
        '| | |',
        '| --- | --- |',
        row('Account', subject.accountId),
        row('Site', subject.site),
        row('Region', subject.region),
        row('Attempts', `${attempts}`),
        row('Started by', origin === undefined ? '' : `${origin.actor} (${origin.event})`),
    ];
    const blocks = [
        `### ${heading}`,
        table.join('\n'),
        safe(happened),
        details.map((detail) => `- ${safe(detail)}`).join('\n'),
        remedy && `**What to do:** ${remedy}`,
    ];
    return `${blocks.filter(Boolean).join('\n\n')}\n\n`;
}

;// CONCATENATED MODULE: ./build/report.js







/** The outputs of action.yml. */
const OUTPUTS = (/* unused pure expression or super */ null && (['account_id', 'region', 'status_code', 'attempts', 'errors']));
/** GitHub cuts the message of an annotation at 4,096 characters; the rest is left for what it may count differently. */
const MAX_ANNOTATION = 4000;
/** Longest sentence about what happened; only its quotes from outside can make it long. */
const MAX_SENTENCE = 1000;
/** What parts the items of an annotation's list. */
const BULLET = '\n- ';
const MAY_BE_APPLIED = 'The update may have been applied all the same. Running the step again is safe: the same update twice is the same as once.';
const ADVICE = 'What to do: ';
const DRY_RUN = 'This was a dry run: nothing was changed.';
const NOT_APPLIED = 'Nothing was changed: Datadog still holds what it held before.';
/** Tells of a fault that kept a report from being made, in fixed text: what was thrown could hold a key. */
function reportFault() {
    const { title, remedy } = FAILURES.internal;
    error(`This action ran into a fault of its own that it cannot tell. ${MAY_BE_APPLIED}\n${ADVICE}${remedy}`, {
        title,
    });
}
/** @param clean makes text safe to print: every text that is not fixed goes through it */
function createReport(clean) {
    const warning = (text) => core_warning(clean(text), { title: 'Opsgenie account in Datadog' });
    /** Outputs and summary come after the fact: where they cannot be written, what happened stays as it is. */
    const write = (outputs, story) => {
        try {
            for (const [name, value] of Object.entries(outputs))
                setOutput(name, value);
        }
        catch {
            warning('The outputs of this step could not be written.');
        }
        try {
            // Not by the toolkit's summary: it writes through node:fs/promises, which takes Node milliseconds to load.
            (0,external_node_fs_namespaceObject.appendFileSync)(process.env.GITHUB_STEP_SUMMARY ?? '', summaryMarkdown(story, clean));
        }
        catch {
            warning('The job summary could not be written.');
        }
    };
    return {
        warning,
        debug: (text) => core_debug(clean(text)),
        started({ site, accountId, change, dryRun, warnings }) {
            for (const text of warnings)
                warning(text);
            const doing = dryRun ? 'Dry run, which changes nothing, for' : 'Updating';
            info(clean(`${doing} Opsgenie account ${accountId} on ${site}: ${report_describe(change)}.`));
        },
        retrying({ failure, attempt, wait }) {
            const what = truncate(clean(failure.message), MAX_SENTENCE);
            info(`Attempt ${attempt - 1}: ${what} Attempt ${attempt} follows in ${seconds(wait)}.`);
        },
        succeeded(account, attempts, inputs, origin) {
            const { site, accountId, change, dryRun } = inputs;
            const region = account.region ?? '';
            const happened = clean(dryRun ? wouldHappen(account, inputs) : hasHappened(account, inputs));
            info(happened);
            const outputs = {
                account_id: clean(account.id),
                region,
                status_code: '200',
                attempts: `${attempts}`,
                errors: '[]',
            };
            write(outputs, {
                heading: `✅ Opsgenie account in Datadog: ${dryRun ? 'dry run passed' : 'updated'}`,
                subject: { site, accountId, region: dryRun ? regions(account.region, change) : region },
                attempts,
                happened,
                details: [],
                remedy: undefined,
                origin,
            });
        },
        failed(failure, origin) {
            const { title, remedy, attempts, status, gaveUp } = failure;
            const subject = readSubject();
            const where = attempts > 0 ? `Opsgenie account ${subject.accountId} on ${subject.site}: ` : '';
            const sentences = [
                where + truncate(clean(failure.message), MAX_SENTENCE),
                attempts > 1 && `${attempts} attempts were made.`,
                gaveUp,
                isDryRun() ? DRY_RUN : failure.mayBeApplied ? MAY_BE_APPLIED : NOT_APPLIED,
                failure.kind === 'keys-missing' && origin?.secretsWithheld,
            ];
            const happened = clean(sentences.filter(Boolean).join(' '));
            const advice = `${ADVICE}${remedy}`;
            const texts = failure.texts.map(clean).filter(Boolean);
            const known = failure.known.map(clean);
            const room = MAX_ANNOTATION - happened.length - advice.length;
            // Long texts from outside leave half of it to what is known besides.
            const first = fitting(texts, known.length === 0 ? room : room / 2);
            const details = [...first, ...fitting(known, room - ['', ...first].join(BULLET).length)];
            error(`${[happened, ...details].join(BULLET)}\n${advice}`, { title });
            const errors = status === undefined ? [] : texts;
            const outputs = { status_code: `${status ?? ''}`, attempts: `${attempts}`, errors: JSON.stringify(errors) };
            write(outputs, {
                heading: `❌ Opsgenie account in Datadog: ${title}`,
                subject: { ...subject, region: subject.region && `${subject.region} (asked for)` },
                attempts,
                happened,
                details,
                remedy,
                origin,
            });
        },
    };
}
/** The first texts in full, as many as there is room for, then how many there are besides. */
function fitting(texts, room) {
    const fits = [];
    let left = room - `${BULLET}… and ${texts.length} more`.length;
    for (const text of texts) {
        left -= BULLET.length + text.length;
        if (left < 0)
            break;
        fits.push(text);
    }
    const [first] = texts;
    if (first !== undefined && fits.length === 0)
        fits.push(truncate(first, left + first.length));
    const besides = texts.length - fits.length;
    return besides === 0 ? fits : [...fits, `… and ${besides} more`];
}
function hasHappened({ region }, { site, accountId, change }) {
    const facts = [change.apiKey && 'took the new API key', region && `has region ${region}`];
    return `Datadog confirmed: Opsgenie account ${accountId} on ${site} ${facts.filter(Boolean).join(' and ')}.`;
}
function wouldHappen({ region }, { site, accountId, change }) {
    const facts = [
        change.apiKey && 'put in the API key (whether it differs from the present one cannot be told)',
        movesRegion(region, change)
            ? `change the region from ${region ?? 'none'} to ${change.region}`
            : `leave the region as it is${region ? ` (${region})` : ''}`,
    ];
    return `Dry run passed: Datadog has Opsgenie account ${accountId} on ${site}. An update would ${facts.filter(Boolean).join(' and ')}. Not proven: that these keys may also write (permission manage_integrations).`;
}
/** A region now and after the update. */
function regions(now, change) {
    return movesRegion(now, change) ? `${now ?? 'none'} → ${change.region}` : (now ?? '');
}
function movesRegion(now, change) {
    return change.region !== undefined && change.region !== now;
}
function report_describe({ apiKey, region }) {
    return [apiKey && 'new API key', region && `region ${region}`].filter(Boolean).join(', ');
}

;// CONCATENATED MODULE: ./build/run.js







/** Updates the account that the inputs name, and ends the process: with 0 only if Datadog confirmed the update. */
async function run() {
    process.exitCode = 1;
    await updateAndReport().catch(reportFault);
    // The callback runs when all output before has been taken; process.exit alone would drop what a pipe has not.
    process.stdout.write('', end);
}
async function updateAndReport() {
    const start = systemClock.now();
    const interruption = nextInterruption();
    const secrets = maskSecrets();
    const report = createReport(createCleaner(secrets.map(({ value }) => value)));
    let loading;
    const origin = () => {
        loading ??= loadOrigin(secrets, report.warning);
        return loading;
    };
    try {
        await update(start, interruption, report, origin);
        process.exitCode = 0;
    }
    catch (error) {
        report.failed(Failure.from(error), await origin());
    }
}
/** Ends the process, even where a connection that a proxy or server keeps open would hold it up. */
function end() {
    // To exit waits for a name that is being looked up, which no one can cancel: for a resolver that does not answer,
    // many seconds. Any code but 0 is a failure to the runner, and this signal is one, without an annotation of its own
    // (https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/NodeScriptActionHandler.cs).
    const lookingUp = process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap');
    /* v8 ignore next -- @preserve: where this is measured, it would end the process of the tests */
    if (process.exitCode !== 0 && lookingUp)
        process.kill(process.pid, 'SIGKILL');
    process.exit();
}
/**
 * @param start time of the system clock, from which `timeout` counts
 * @param interruption ends the update when it rejects
 */
async function update(start, interruption, report, origin) {
    const inputs = readInputs();
    const operation = inputs.dryRun ? previewUpdate : updateAccount;
    const deadline = start + inputs.timeout * 1000;
    const updating = withRetries((timeLimit) => operation(inputs, timeLimit, report.debug), {
        deadline,
        clock: systemClock,
        interruption,
        onRetry: report.retrying,
    });
    // Both while the request is under way.
    report.started(inputs);
    const startedBy = origin();
    const { value: account, attempts } = await updating.catch(async (error) => {
        const failure = Failure.from(error);
        // A dry run has looked around already.
        if (failure.kind !== 'not-found' || inputs.dryRun)
            throw failure;
        // The 404 is what happened, whatever becomes of this.
        const looking = lookAround(inputs, deadline - systemClock.now(), report.debug);
        throw failure.with({ known: await Promise.race([looking, interruption.catch(() => [])]) });
    });
    report.succeeded(account, attempts, inputs, await startedBy);
}
/**
 * Rejects when the run is cancelled, or when an error escapes: Node would print that with all its properties, request
 * headers among them.
 */
function nextInterruption() {
    return new Promise((_, reject) => {
        // Always, not once: a fault can bring another, and the first is told.
        process.on('uncaughtException', reject);
        const cancel = () => reject(new Failure('cancelled', 'The run was cancelled.', { mayBeApplied: true }));
        // The runner sends the first, and seconds later the second; a machine that shuts down only that.
        for (const signal of ['SIGINT', 'SIGTERM'])
            process.on(signal, cancel);
    });
}

;// CONCATENATED MODULE: ./build/index.js

void run();

})();

module.exports = __webpack_exports__;
/******/ })()
;