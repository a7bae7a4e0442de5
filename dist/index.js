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
var assert = __nccwpck_require__(896);
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

/***/ 896:
/***/ ((module) => {

"use strict";
module.exports = require("./unreached.js");

/***/ }),

/***/ 434:
/***/ ((module) => {

"use strict";
module.exports = require("events");

/***/ }),

/***/ 515:
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
/* harmony import */ var undici__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(896);
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
        proxyAgent = new undici__WEBPACK_IMPORTED_MODULE_4__.ProxyAgent(Object.assign({ uri: proxyUrl.href, pipelining: !this._keepAlive ? 0 : 1 }, ((proxyUrl.username || proxyUrl.password) && {
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

;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = require("node:util");
;// CONCATENATED MODULE: ./build/parse.js

/** Parses JSON; undefined if the text is not valid JSON (JSON itself cannot express undefined). */
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
/** Renders any value on one line. Strings are never cut: half a key would not be recognized and redacted. */
function render(value) {
    return (0,external_node_util_namespaceObject.inspect)(value, { breakLength: Number.POSITIVE_INFINITY, maxStringLength: null });
}
/** Parses a URL; null if it is not valid. (`URL.parse` does not exist on Node 20, where this action only reports that.) */
function parseUrl(text, base) {
    return URL.canParse(text, base) ? new URL(text, base) : null;
}

;// CONCATENATED MODULE: ./build/datadog/sites.js

/** Used when neither the input nor `DD_SITE` names a site. */
const DEFAULT_SITE = 'datadoghq.com';
/**
 * The sites that Datadog's documentation and clients list: name, and form of `DD_SITE`.
 * https://docs.datadoghq.com/getting_started/site/
 */
const SITES = {
    US1: DEFAULT_SITE,
    US3: 'us3.datadoghq.com',
    US5: 'us5.datadoghq.com',
    EU1: 'datadoghq.eu',
    UK1: 'uk1.datadoghq.com',
    AP1: 'ap1.datadoghq.com',
    AP2: 'ap2.datadoghq.com',
    'US1-FED': 'ddog-gov.com',
    'US2-FED': 'us2.ddog-gov.com',
};
const KNOWN_SITES = Object.values(SITES);
/** Names of sites, and hosts that are not sites but clearly mean one. */
const NAMES = new Map([
    ...Object.entries(SITES),
    ['US1.DATADOGHQ.COM', SITES.US1],
    ['EU1.DATADOGHQ.COM', SITES.EU1],
    ['EU1.DATADOGHQ.EU', SITES.EU1],
]);
/** Labels in front of one of Datadog's own domains, and the site: a region such as `us3` belongs to the site. */
const HOST = /^(?:(.+?)\.)??((?:[a-z]{2}\d{1,2}\.)?(?:datadoghq\.com|datadoghq\.eu|ddog-gov\.com))$/;
/** Words of which the regions of Datadog and of cloud providers are made, such as `us`, `eu-west-1` and `eastus2`. */
const REGION = '(?:us|usa|eu|uk|emea|apac|america|asia|europe|gov|fed|north|south|east|west|central)[-_\\d]*';
/** Labels that are not an organization's own subdomain: something like a region, or a host of Datadog's. */
const NOT_AN_ORGANIZATION = new RegExp(`^(?:[a-z]{2}|[a-z]{2}[-_]?\\d+|(?:[a-z]{2}[-_])?(?:${REGION})+|docs|status|www|agent|blog|help|support|intake)$`);
/**
 * Reads a Datadog site the way people write it: its name, its host with or without an organization's subdomain, or a URL, in
 * any letter case. Regions that Datadog adds later work. Keys never go outside its domains, nor to a site that was not meant.
 *
 * @returns the site in the form of `DD_SITE`, or undefined if this is not a Datadog site
 */
function parseSite(text) {
    const named = NAMES.get(text.toUpperCase());
    if (named !== undefined)
        return named;
    const url = parseUrl(/^https?:\/\//i.test(text) ? text : `https://${text}`);
    if (url === null || url.username !== '' || url.password !== '' || url.port !== '')
        return undefined;
    const [, label, host = ''] = HOST.exec(url.hostname.replace(/\.$/, '')) ?? [];
    const site = NAMES.get(host.toUpperCase()) ?? host;
    if (label === undefined || label === 'app' || label === 'api')
        return site || undefined;
    const isOrganization = !label.includes('.') && !NOT_AN_ORGANIZATION.test(label) && KNOWN_SITES.includes(site);
    return isOrganization ? site : undefined;
}
/** The API host of a site. Datadog credentials are sent to this host and no other. */
function apiHost(site) {
    return `api.${site}`;
}
/** The site of an API host. */
function siteOf(host) {
    return host.replace(/^api\./, '');
}
/** The status page of an API host's site. */
function statusPage(host) {
    const site = siteOf(host);
    // Nothing is known about sites that are not listed, and public files record a 404 for the page of UK1.
    return `https://status.${KNOWN_SITES.includes(site) && site !== SITES.UK1 ? site : DEFAULT_SITE}`;
}
/** The page of the Opsgenie integration in the web interface of an API host's site. */
function integrationPage(host) {
    const site = siteOf(host);
    // Sites with a region have no `app.` in front: https://docs.datadoghq.com/getting_started/site/
    return `https://${/^[a-z]{2}\d/.test(site) ? site : `app.${site}`}/integrations/opsgenie`;
}

;// CONCATENATED MODULE: ./build/remedies.js

// What to do about each failure, in one or two sentences that name only what can still be wrong.
const INPUTS = 'Correct the inputs listed above, then start a new run.';
const KEYS_MISSING = 'Check the names of the secrets, and that this job can read them (a called workflow needs `secrets: inherit`). Correct all inputs listed above, then start a new run.';
const KEYS_WITHHELD = 'Start the workflow with another event, such as `workflow_dispatch`. Runs started by Dependabot can use Dependabot secrets instead.';
const KEY_LACKS_RIGHT = 'In Opsgenie, go to Settings > API key management and give this key the access that it lacks, or store another one with Read and Configuration access in the secret. Then start a new run.';
const KEY_REJECTED = 'In Opsgenie, go to Settings > API key management and choose an enabled key with Read and Configuration access. Store it in the secret, set `region` to its region, then start a new run.';
function keyNotVerified(remedy) {
    return `${remedy} To update Datadog without this check, set \`verify_key\` to \`false\` and start a new run.`;
}
/** What to do about a response of Opsgenie that says nothing about the key. */
function opsgenieStatus(status, host, isJson) {
    if (status === 407 || status === 511)
        return GATEWAY;
    if (status === 402 || status === 410) {
        return 'Ask your Opsgenie administrators whether Opsgenie was migrated or turned off, or whether its plan changed.';
    }
    if (status === 429)
        return 'Rerun the job later, or start a new run with a longer `timeout`.';
    if (status >= 500 || status === 408)
        return 'Check whether Opsgenie is up, then rerun the job.';
    if (isJson)
        return 'Check the key in Opsgenie, then start a new run.';
    return `Check whether a proxy or login page responds in place of ${host}.`;
}
const UPDATE_REJECTED = 'Check `account_id` with a dry run, and `region` and any `api_key` in Opsgenie. If they are right, report this to the maintainers of this action.';
/** @param isUpdate whether Datadog denied an update: a dry run, which only lists, can then narrow down the cause */
function forbidden(isUpdate) {
    const hint = ' If a dry run with the same credentials passes, only `manage_integrations` is left to check.';
    return `Correct whichever of these applies, then start a new run.${isUpdate ? hint : ''}`;
}
const ALLOWLIST = "Add the address of this runner to the organization's IP allowlist in Datadog, or use a runner whose address is on it. Then start a new run.";
/** @param accounts what is known about the organization's accounts */
function remedies_accountId(accounts) {
    return {
        listed: 'Set `account_id` to one of the accounts listed above, then start a new run. If yours is not among them, check `site` and whose credentials these are.',
        exists: 'Rerun the job. If it fails again, contact Datadog support.',
        swapped: 'If `account_id` holds the key, swap the two, and replace this key in Opsgenie, because only `api_key` is masked. Then start a new run.',
        none: 'Check `site`, and whether these credentials belong to the organization that has the account. Then start a new run.',
        unknown: 'Set `account_id` to the ID of an Opsgenie account in this organization, and check `site`. Then start a new run.',
    }[accounts];
}
const RATE_LIMITED = 'Rerun the job later, run fewer jobs that call Datadog at the same time, or start a new run with a longer `timeout`.';
function unavailable(host) {
    return `Check the status of Datadog (${statusPage(host)}), then rerun the job.`;
}
const GATEWAY = 'Let the runner reach the API directly, or through a proxy that passes requests on unchanged.';
/** @param isJson whether the body is JSON: then no login page responds in place of Datadog */
function unexpectedResponse(host, isJson) {
    const other = isJson ? '' : ', and whether a proxy or login page responds in place of Datadog';
    return `Check the account in Datadog (${integrationPage(host)})${other}. Then rerun the job.`;
}
function network(problem, host) {
    const exempt = `list the host in NO_PROXY, as ${host} or ${host.slice(host.indexOf('.'))} without \`*\``;
    return {
        'proxy-setting': 'Set HTTPS_PROXY (or https_proxy) to http://host:port or http://user:password@host:port, without quotation marks and with special characters percent-encoded. The URL must begin with http://, and the host must be a name or an IPv4 address.',
        'proxy-credentials-missing': "Put the proxy's user name and password into HTTPS_PROXY, as http://user:password@host:port with special characters percent-encoded. Store the URL as a secret.",
        'proxy-credentials-refused': 'Check the user name and password in HTTPS_PROXY, and that the proxy accepts Basic authentication: no other kind is supported.',
        'proxy-denied': `Allow connections from this runner to ${host} on port 443 in the proxy, or ${exempt}.`,
        'proxy-illegible': 'Check that HTTPS_PROXY names an HTTP proxy, with the right port.',
        'proxy-unreachable': `Check HTTPS_PROXY, and that the runner can reach the proxy, or ${exempt}.`,
        'proxy-unavailable': `Check that the proxy can reach ${host} on port 443, or ${exempt}.`,
        'certificate-issuer': "If your company's proxy decrypts TLS, set NODE_EXTRA_CA_CERTS in the step's `env` to the path of its CA certificate (PEM). Otherwise, find out what responds at this address before you send it keys.",
        'certificate-date': "Check the runner's clock. If it is right, find out what responds at this address before you send it keys.",
        certificate: 'Find out what responds at this address before you send it keys. It may be a proxy.',
        'no-connection': `Check that the runner can reach ${host} on port 443 (DNS, firewall, proxy), then rerun the job.`,
        'no-tls': `Find out what responds at port 443 of ${host}. A firewall or a proxy can interfere with TLS.`,
        'no-response': `Check the connection between the runner and ${host} (firewall, proxy), then rerun the job.`,
        'illegible-response': 'Find out what responds in place of this host. It may be a proxy.',
    }[problem];
}
const CANCELLED = 'Rerun the job if the account still needs the update.';
const RUNTIME = 'Update the runner to version 2.327.1 or later. With a local or compatible runner such as act, use an image with Node 24.';
const INTERNAL = 'Check the account in Datadog. Then report this to the maintainers of this action, with the debug log.';

;// CONCATENATED MODULE: ./build/failure.js

/**
 * Every kind of failure, with the title of its annotation. The keys are the values of the output `failure`, so they
 * change only with a major version. Titles are fixed text, because the runner does not mask them.
 */
const FAILURE_TITLES = {
    inputs: 'Invalid inputs',
    'keys-missing': 'Keys are missing',
    'key-rejected': 'Opsgenie rejected the key',
    'key-not-verified': 'Opsgenie key not verified',
    'update-rejected': 'Datadog rejected the update',
    forbidden: 'Datadog denied access',
    'not-found': 'Opsgenie account not found',
    'rate-limited': 'Rate limited by Datadog',
    unavailable: 'Datadog is unavailable',
    'unexpected-response': 'Unexpected response',
    network: 'No response from Datadog',
    certificate: 'Certificate not trusted',
    proxy: 'No connection through the proxy',
    cancelled: 'Cancelled',
    runtime: 'Node.js is too old',
    internal: 'Internal error in this action',
};
/** A failure that users can act on. `message` says what happened and where, in a sentence. It is not sanitized. */
class Failure extends Error {
    kind;
    facts;
    constructor(kind, message, facts) {
        super(message, { cause: facts.cause });
        this.kind = kind;
        this.facts = facts;
    }
    /** The same failure with other facts, and with more hints. */
    with({ hints: more = [], ...facts }) {
        const hints = [...(this.facts.hints ?? []), ...more];
        return new Failure(this.kind, this.message, { ...this.facts, ...facts, hints });
    }
    /** Turns anything thrown into a Failure. Unexpected errors become `internal`. */
    static from(thrown) {
        if (thrown instanceof Failure)
            return thrown;
        const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'the thrown value is not an error';
        return new Failure('internal', `This action hit an internal error (${what}).`, {
            remedy: INTERNAL,
            mayBeApplied: true,
            cause: thrown,
        });
    }
}

;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = require("node:http");
// EXTERNAL MODULE: ./node_modules/@actions/http-client/lib/index.js
var lib = __nccwpck_require__(779);
;// CONCATENATED MODULE: ./build/time.js
/** Milliseconds since this process started. (`performance.now()` would make Node load a dozen more modules.) */
function now() {
    return process.uptime() * 1000;
}
/** Formats milliseconds as seconds: `1.5 s`, or `15 s` from ten seconds on. */
function formatSeconds(milliseconds) {
    const tenths = Math.round(milliseconds / 100);
    return `${tenths < 100 ? tenths / 10 : Math.round(milliseconds / 1000)} s`;
}

;// CONCATENATED MODULE: external "node:diagnostics_channel"
const external_node_diagnostics_channel_namespaceObject = require("node:diagnostics_channel");
;// CONCATENATED MODULE: ./build/http/connection.js



const PHASES = ['connecting', 'tunneling', 'handshake', 'secure'];
const CHANNEL = 'http.client.request.created';
/**
 * Follows the requests that start from now on, a proxy's CONNECT included. The HTTP client hides them, but Node announces
 * them (https://nodejs.org/api/diagnostics_channel.html#http).
 *
 * @param onSwitch called if the server switches protocols: the HTTP client never notices
 */
function followConnection(onSwitch) {
    const requests = [];
    const reach = (phase) => {
        if (PHASES.indexOf(phase) > PHASES.indexOf(connection.phase))
            connection.phase = phase;
    };
    const onRequest = (message) => {
        const request = isObject(message) ? message.request : undefined;
        if (!(request instanceof external_node_http_namespaceObject.ClientRequest))
            return;
        requests.push(request);
        const isTunnel = request.method === 'CONNECT';
        request.once('socket', (socket) => {
            socket.once('connect', () => reach(isTunnel ? 'tunneling' : 'handshake'));
            socket.once('secureConnect', () => reach('secure'));
        });
        if (isTunnel) {
            request.once('connect', ({ statusCode, statusMessage }) => {
                connection.proxyResponse = `${statusCode} ${statusMessage}`.trim();
                if (statusCode === 200)
                    reach('handshake');
            });
        }
        else {
            request.once('upgrade', onSwitch).on('information', ({ statusCode }) => statusCode === 101 && onSwitch());
            request.once('error', (error) => Object.assign(connection, { error }));
        }
    };
    const end = () => {
        (0,external_node_diagnostics_channel_namespaceObject.unsubscribe)(CHANNEL, onRequest);
        for (const request of requests)
            request.destroy();
    };
    const connection = { phase: 'connecting', end };
    (0,external_node_diagnostics_channel_namespaceObject.subscribe)(CHANNEL, onRequest);
    return connection;
}

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = require("node:fs");
;// CONCATENATED MODULE: ./build/http/extra-certificates.js

/**
 * What there is to say about NODE_EXTRA_CA_CERTS after a certificate was not trusted: Node ignores a file that it cannot
 * use. This is another sentence without its period, or empty if the variable is not set.
 */
function describeExtraCertificates(path = process.env.NODE_EXTRA_CA_CERTS) {
    return path ? `. NODE_EXTRA_CA_CERTS is set to ${path}, but ${problemWith(path)}` : '';
}
function problemWith(path) {
    try {
        const text = (0,external_node_fs_namespaceObject.readFileSync)(path, 'latin1');
        if (text.trim() === '')
            return 'this file is empty';
        if (!text.includes('-----BEGIN CERTIFICATE-----'))
            return 'this file has no CERTIFICATE block (PEM)';
        return 'no certificate in it matches';
    }
    catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : '';
        if (code === 'ENOENT')
            return 'this file does not exist';
        return code === 'EISDIR' ? 'this is a folder' : `this file cannot be read (${code})`;
    }
}

;// CONCATENATED MODULE: ./build/http/network-error.js


/** A request without a complete response. The message is a sentence and may contain text from a server: sanitize it. */
class NetworkError extends Error {
    problem;
    /** Whether the request may have reached the host. */
    mayBeSent;
    constructor(problem, message, { cause, phase } = {}) {
        super(message, { cause });
        this.problem = problem;
        this.mayBeSent = phase === 'secure';
    }
    /** Whether and when to try again. */
    get retry() {
        if (this.problem === 'no-response')
            return { policy: 'backoff' };
        const connecting = ['no-connection', 'no-tls', 'proxy-unreachable', 'proxy-unavailable'];
        return connecting.includes(this.problem) ? { policy: 'connect' } : undefined;
    }
}
/**
 * Codes of a certificate that does not verify (https://nodejs.org/api/tls.html#x509-certificate-error-codes).
 * Node reports those it has no code for, such as a signature or key that is too weak, as UNSPECIFIED.
 */
const CERTIFICATE = /_CERT(?:_|$)|^CERT_|^UNABLE_TO_|^INVALID_|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$|^UNSPECIFIED$/;
/** The message is the only place where the tunnel reports what the proxy did. */
const TUNNEL = /^tunneling socket could not be established, (?:statusCode=(\d+)|cause=(.*))/;
/**
 * Classifies an error of the HTTP client. Only the phase decides whether anything can have been sent.
 *
 * @returns a NetworkError; other errors, which are bugs, unchanged
 */
function describeNetworkError(error, route) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (!(error instanceof Error) || typeof code !== 'string')
        return error;
    const { host, proxy, phase, proxyResponse } = route;
    const describe = (problem, message) => new NetworkError(problem, `${message}.`, { cause: error, phase });
    const reason = reasonOf(error, code);
    const where = describeRoute(route);
    const [tunnel, status, cause = reason] = TUNNEL.exec(reason) ?? [];
    if (proxy !== undefined && /^Parse Error|^got illegal response body/.test(cause) && phase !== 'secure') {
        return describe('proxy-illegible', `No connection to ${where}: it does not respond like an HTTP proxy`);
    }
    if (proxy !== undefined && (tunnel !== undefined || phase === 'connecting' || phase === 'tunneling')) {
        const what = status === undefined ? cause : `the proxy returned ${proxyResponse}`;
        const problem = phase === 'connecting' ? 'proxy-unreachable' : proxyProblem(Number(status), proxy);
        return describe(problem, `No connection to ${where}: ${what}`);
    }
    if (phase !== 'secure' && CERTIFICATE.test(code)) {
        const what = `The certificate of ${where} is not trusted: ${reason} (${code})`;
        const isIssuer = /^UNABLE_TO_|SELF_SIGNED|UNTRUSTED/.test(code);
        if (isIssuer)
            return describe('certificate-issuer', what + describeExtraCertificates());
        return describe(/EXPIRED|NOT_YET_VALID/.test(code) ? 'certificate-date' : 'certificate', what);
    }
    if (phase === 'handshake')
        return describe('no-tls', `No TLS connection to ${where}: ${reason}`);
    if (phase !== 'secure')
        return describe('no-connection', `No connection to ${where}: ${reason}`);
    if (code === 'HPE_HEADER_OVERFLOW')
        return describe('illegible-response', `${host} sent headers that are too large`);
    if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') {
        return describe('illegible-response', `${host} sent an invalid HTTP response (${code})`);
    }
    return describe('no-response', `The connection to ${where} broke before the response was complete: ${reason}`);
}
/** The error for a request that ended because of a limit, in milliseconds. */
function timeoutError(route, limit) {
    const { proxy, phase } = route;
    const where = describeRoute(route);
    const fail = (problem, what) => new NetworkError(problem, `${what} within ${formatSeconds(limit)}.`, { phase });
    if (phase === 'secure')
        return fail('no-response', `${where} did not send a complete response`);
    if (phase === 'handshake')
        return fail('no-tls', `No TLS connection to ${where}`);
    if (proxy === undefined)
        return fail('no-connection', `No connection to ${where}`);
    if (phase === 'connecting')
        return fail('proxy-unreachable', `No connection to the proxy ${proxy.host}`);
    return fail('proxy-unavailable', `The proxy ${proxy.host} did not respond to CONNECT`);
}
function describeRoute({ host, proxy }) {
    return proxy === undefined ? host : `${host} (through the proxy ${proxy.host})`;
}
/** What an error says, in a few words: without the advice that Node appends, and without the ten lines of OpenSSL. */
function reasonOf(error, code) {
    // When all addresses of a name fail, the messages are in the individual errors.
    const [first] = error instanceof AggregateError ? error.errors : [error];
    const [message = ''] = ((first instanceof Error && first.message) || code).split(/; | - Local|\n/);
    const [, openssl] = /:SSL routines:[^:]*:([^:]+)/.exec(message) ?? [];
    const isNotTls = /wrong version number|packet length too long|http request/.test(openssl ?? '');
    return isNotTls ? `it sent something other than TLS (${openssl})` : (openssl ?? message);
}
/** @param status the proxy's response to CONNECT, NaN if it sent none */
function proxyProblem(status, { username, password }) {
    // tinyproxy returns 401 where other proxies return 407.
    if (status !== 401 && status !== 407)
        return status < 500 ? 'proxy-denied' : 'proxy-unavailable';
    return username || password ? 'proxy-credentials-refused' : 'proxy-credentials-missing';
}

// EXTERNAL MODULE: ./node_modules/@actions/http-client/lib/proxy.js
var lib_proxy = __nccwpck_require__(783);
;// CONCATENATED MODULE: ./build/http/proxy.js



/** The variables that the HTTP client reads, in its order. */
const VARIABLES = ['https_proxy', 'HTTPS_PROXY'];
/**
 * The proxy that the HTTP client uses for a URL, undefined for none.
 *
 * @throws NetworkError if a proxy is configured that the client cannot use: it would silently connect directly
 */
function proxyFor(url) {
    const variable = VARIABLES.find((name) => process.env[name]);
    if (variable === undefined || (0,lib_proxy/* checkBypass */.H)(url))
        return undefined;
    const proxy = parseUrl(`${process.env[variable]}`);
    if (proxy === null || !isUsable(proxy)) {
        // The value itself may contain a password, so it is not shown.
        throw new NetworkError('proxy-setting', `The environment variable ${variable} does not hold a usable proxy URL.`);
    }
    return proxy;
}
/** The password of each proxy, decoded and percent-encoded, and the `Basic` credentials made from it: a proxy can echo them. */
function proxySecrets(environment) {
    return VARIABLES.flatMap((name) => {
        const proxy = parseUrl(environment[name] ?? '');
        if (!proxy?.username && !proxy?.password)
            return [];
        const user = decode(proxy.username) ?? proxy.username;
        const password = decode(proxy.password) ?? proxy.password;
        const basic = Buffer.from(`${user}:${password}`).toString('base64');
        // Without a password, the user name is the secret, such as a token.
        return [...new Set([password || user, proxy.password || proxy.username, basic])];
    });
}
function isUsable(proxy) {
    const { protocol, hostname, username, password, pathname, search, hash } = proxy;
    return (
    // Through https:// the client checks the proxy's certificate against the target's name, which never matches.
    protocol === 'http:' &&
        // The client would look up an IPv6 address as a name, brackets included.
        !hostname.startsWith('[') &&
        [username, password].every((text) => decode(text) !== undefined) &&
        // An unescaped / ? or # in the password ends the host early; what follows would be shown as the host.
        ![pathname, search, hash].some((part) => part.includes('@')));
}
/** Decodes percent escapes; undefined if one is malformed. */
function decode(text) {
    try {
        return decodeURIComponent(text);
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./build/http/request.js






/** Enough for a list of several thousand accounts and for any proxy's error page. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Describes a response in a few words: `api.example.com returned 403 Forbidden`. */
function describeResponse({ host, status, reason }) {
    return `${host} returned ${status} ${reason}`.trimEnd();
}
/** Whether the same request may get another response later. */
function isTransient({ status }) {
    return [408, 429, 500, 502, 503, 504].includes(status);
}
/**
 * Sends one request and reads the response, whatever its status. Redirects are not followed.
 *
 * @throws NetworkError if no complete response arrived from this host within the limits
 */
async function sendRequest(request, { limits, signal, trace }) {
    const { method, url } = request;
    const route = () => ({ host: url.host, proxy, ...connection });
    const proxy = proxyFor(url);
    const ending = new AbortController();
    const connection = followConnection(() => {
        const message = `${url.host} sent 101 Switching Protocols, which was not requested.`;
        ending.abort(new NetworkError('illegible-response', message, { phase: 'secure' }));
    });
    // AbortSignal.timeout would not keep the process alive until it fires.
    const timers = Object.values(limits).map((limit) => setTimeout(() => {
        if (limit === limits.total || connection.phase !== 'secure')
            ending.abort(timeoutError(route(), limit));
    }, limit));
    const start = now();
    const traceEnd = (outcome) => trace(`${method} ${url.href}: ${outcome}, after ${formatSeconds(now() - start)}`);
    try {
        const response = await race(send(request), AbortSignal.any([signal, ending.signal]));
        const limit = Object.entries(response.headers).filter(([name]) => name.startsWith('x-ratelimit-'));
        traceEnd([response.status, ...limit.map((header) => header.join(' '))].join(', '));
        return response;
    }
    catch (error) {
        const problem = signal.aborted
            ? timeoutError(route(), now() - start)
            : describeNetworkError(ending.signal.aborted ? error : (connection.error ?? error), route());
        traceEnd(problem instanceof NetworkError ? problem.problem : 'internal error');
        throw problem;
    }
    finally {
        for (const timer of timers)
            clearTimeout(timer);
        connection.end();
    }
}
async function send({ method, url, headers, body: content = '' }) {
    // By default, the client follows redirects to any host and takes the keys along.
    const client = new lib/* HttpClient */.Qq('datadog-opsgenie-account', [], { allowRedirects: false });
    // Without Accept-Encoding, any compression is allowed, and some middleboxes use it.
    const { message } = await client.request(method, url.href, content, { ...headers, 'Accept-Encoding': 'identity' });
    const chunks = [];
    let size = 0;
    // The client's own readBody never settles if the response is cut off.
    for await (const chunk of message) {
        chunks.push(chunk);
        size += chunk.length;
        // Leaving the loop closes the connection.
        if (size > MAX_BODY_BYTES)
            break;
    }
    const body = new TextDecoder().decode(Buffer.concat(chunks, Math.min(size, MAX_BODY_BYTES)));
    const status = Number(message.statusCode);
    const reason = message.statusMessage || (external_node_http_namespaceObject.STATUS_CODES[status] ?? '');
    return { host: url.host, status, reason, headers: message.headers, body, isComplete: size <= MAX_BODY_BYTES };
}
/** Settles like a promise, or rejects when a signal aborts first: for calls that do not accept a signal themselves. */
function race(promise, signal) {
    const aborted = new Promise((_, reject) => {
        if (signal.aborted)
            reject(signal.reason);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return Promise.race([promise, aborted]);
}

;// CONCATENATED MODULE: ./build/http/retry.js



/** What the attempts of one operation have come to. Updated after each of them, so that it is right after a cancellation. */
class AttemptRecord {
    attempts = 0;
    /** HTTP status of the last response, if there was one. */
    status;
    /** Whether any attempt may have taken effect. */
    mayBeApplied = false;
    /** Why there was no further attempt although one might have helped, as a sentence. */
    gaveUp;
}
/** All times are in milliseconds. */
const BACKOFF_BASE = 500;
const BACKOFF_CAP = 30_000;
/** How long a service may refuse credentials that were created moments ago. */
const NEW_KEY_WAIT = 3_000;
/** A request that hangs must not use up the time in which another one would succeed. */
const ATTEMPT_LIMIT = { connect: 15_000, total: 60_000 };
/** How long all attempts in a row may take without a secure connection. */
const CONNECT_LIMIT = 30_000;
/** Without this much time left, another attempt makes no sense. */
const MIN_ATTEMPT = 1_000;
/**
 * Repeats an operation until it succeeds, fails for good, or runs out of time.
 *
 * @param operation one attempt
 * @throws Failure the last one, or the reason of the signal if it aborts
 */
async function withRetries(operation, context, record) {
    const { deadline, signal, onRetry } = context;
    let connectDeadline = now() + CONNECT_LIMIT;
    let wasRefused = false;
    for (;;) {
        record.attempts += 1;
        const total = Math.min(Math.max(deadline - now(), 0), ATTEMPT_LIMIT.total);
        const connect = Math.min(Math.max(connectDeadline - now(), 0), ATTEMPT_LIMIT.connect, total);
        try {
            const value = await operation({ ...context, limits: { connect, total } });
            record.mayBeApplied = true;
            return value;
        }
        catch (error) {
            const failure = Failure.from(error);
            const { status, mayBeApplied = false, retry } = failure.facts;
            record.status = status ?? record.status;
            record.mayBeApplied ||= mayBeApplied;
            if (signal.aborted)
                throw signal.reason;
            if (retry === undefined || (retry.policy === 'once' && wasRefused))
                throw failure;
            wasRefused ||= retry.policy === 'once';
            const wait = nextWait(retry, record.attempts, Math.random());
            if (retry.policy !== 'connect')
                connectDeadline = now() + wait + CONNECT_LIMIT;
            record.gaveUp = reasonToGiveUp(retry, wait, deadline - now(), connectDeadline - now());
            if (record.gaveUp !== undefined)
                throw failure;
            onRetry(failure, record.attempts + 1, wait);
            await race(new Promise((resolve) => setTimeout(resolve, wait)), signal);
        }
    }
}
/**
 * How long to wait before the next attempt: as long as the server asks, plus exponential backoff, half of it random.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param random from 0 to 1
 */
function nextWait({ policy, wait = 0 }, attempts, random) {
    const backoff = Math.min(BACKOFF_BASE * 2 ** (attempts - 1), BACKOFF_CAP);
    return (policy === 'once' ? NEW_KEY_WAIT : wait) + (backoff * (1 + random)) / 2;
}
/**
 * Why there is no time for another attempt, as a sentence; undefined if there is. All times are in milliseconds.
 *
 * @param connectTime what is left of the time for attempts without a secure connection
 */
function reasonToGiveUp(retry, wait, time, connectTime) {
    if (wait + MIN_ATTEMPT < Math.min(time, connectTime))
        return undefined;
    if (wait + MIN_ATTEMPT < time)
        return `Gave up connecting after ${formatSeconds(CONNECT_LIMIT)}.`;
    const requested = retry.wait ?? 0;
    if (requested === 0 || requested < time)
        return '`timeout` leaves too little time for another attempt.';
    const left = formatSeconds(Math.max(time, 0));
    return `The server asks to wait ${formatSeconds(requested)}, but only ${left} of \`timeout\` is left.`;
}
/**
 * How long a server asks to wait after 429 or 503: the longest of these headers, each a number of seconds or a date
 * (https://www.rfc-editor.org/rfc/rfc9110#name-retry-after). A number above 10⁹ is read as a Unix time. Times are measured
 * against the server's date, because the runner's clock may be wrong.
 *
 * @param names lower-case names of the headers
 * @param localNow Unix time in milliseconds, used if the response has no `Date`
 * @returns milliseconds, never negative; undefined if none of the headers has a valid one
 */
function requestedWait(response, names, localNow = Date.now()) {
    const { status, headers } = response;
    if (status !== 429 && status !== 503)
        return undefined;
    const serverNow = parseTime(headers.date) ?? localNow;
    const waits = names
        .flatMap((name) => parseTime(headers[name]) ?? [])
        .map((time) => (time > 1e12 ? Math.max(time - serverNow, 0) : time));
    return waits.length === 0 ? undefined : Math.max(...waits);
}
/** Parses a number of seconds or an HTTP date, and returns milliseconds. */
function parseTime(value) {
    if (typeof value !== 'string')
        return undefined;
    // A number with more digits than a Unix time in seconds is not a wait.
    if (/^\s*\d{1,10}(?:\.\d+)?\s*$/.test(value))
        return Number(value) * 1000;
    // Date.parse alone accepts almost anything.
    const time = /^\s*[A-Z][a-z]{2,8}, .*GMT\s*$/.test(value) ? Date.parse(value) : Number.NaN;
    return Number.isNaN(time) ? undefined : time;
}

;// CONCATENATED MODULE: ./build/datadog/organization.js

/** What to say about the site after a failure for which the wrong site can be the reason, as sentences. */
function siteHints({ isDefaultSite }) {
    return isDefaultSite ? [`\`site\` was empty, so ${DEFAULT_SITE} (US1) was used.`] : [];
}

;// CONCATENATED MODULE: ./build/http/body.js

/** The body of a response as JSON; undefined if it cannot be read as that. */
function readJson({ body, isComplete }) {
    return isComplete ? parseJson(body) : undefined;
}
/** What a body says that is not JSON; undefined if it is empty. */
function quoteBody(response) {
    const text = describeBody(response);
    return text === '' ? undefined : { label: 'Response body', texts: [text] };
}
/** Describes a body that is not JSON: a web page by its title, other text unchanged. Unsanitized. */
function describeBody(response) {
    const { body } = response;
    const coding = codingOf(response);
    if (coding !== undefined)
        return `compressed (${coding}), although no compression was requested`;
    if (body.includes('\ufffd'))
        return 'binary data';
    if (!/^\s*<(?:!doctype html|!--|html|head|body)/i.test(body))
        return body.trim();
    const title = /<title[^<>]*>([^<]*)/i.exec(body)?.[1]?.trim();
    return title ? `a web page titled "${title}"` : 'a web page without a title';
}
/** How a body is compressed; undefined if it is not. */
function codingOf({ headers }) {
    const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
    return coding === '' || coding === 'identity' ? undefined : coding;
}
/**
 * Whether a body with broken JSON may have been cut off without an error: it ended only when the connection closed, and has
 * nothing behind a complete object.
 */
function mayBeCutOff({ headers, body }) {
    const isOpenEnded = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
    return isOpenEnded && /^\s*\{/.test(body) && parseJson(body.slice(0, body.lastIndexOf('}') + 1)) === undefined;
}

;// CONCATENATED MODULE: ./build/datadog/response.js









/** The failure for a request without a complete response. Anything but a NetworkError is returned unchanged. */
function failureFromNetworkError(error, host) {
    if (!(error instanceof NetworkError))
        return error;
    const { problem, message, mayBeSent, retry } = error;
    const site = siteOf(host);
    const hint = `Check \`site\`: Datadog documents no site ${site}, only ${KNOWN_SITES.join(', ')}.`;
    return new Failure(kindOf(problem), message, {
        remedy: network(problem, host),
        hints: KNOWN_SITES.includes(site) ? [] : [hint],
        mayBeApplied: mayBeSent,
        retry,
        cause: error,
    });
}
function kindOf(problem) {
    if (problem === 'illegible-response')
        return 'unexpected-response';
    if (problem.startsWith('proxy'))
        return 'proxy';
    return problem.startsWith('certificate') ? 'certificate' : 'network';
}
/** The failure for a response with a status other than 200. */
function failureFromResponse(response, call, organization) {
    const { host, status, reason, headers } = response;
    const details = readErrors(response);
    // What is not an error in Datadog's format may come from something else.
    const isForeign = details !== undefined && declaredErrors(readJson(response)) === undefined;
    const wait = requestedWait(response, ['x-ratelimit-reset', 'retry-after']);
    const fail = (kind, facts, more = '') => new Failure(kind, `${describeResponse(response)}${more}.`, {
        status,
        details,
        mayBeApplied: status < 300 || (status >= 500 && status !== 511), // 511 comes from a captive portal.
        retry: isTransient(response) ? { policy: 'backoff', wait } : undefined,
        ...facts,
    });
    if (status === 401 || status === 403) {
        // A proxy can have an allowlist as well, but is unlikely to say so in JSON.
        const said = [reason, ...(readJson(response) === undefined ? [] : (details?.texts ?? []))].join('\n');
        return fail('forbidden', { ...explainDenial(said, isForeign, call, organization), retry: { policy: 'once' } });
    }
    if (status === 429) {
        const limit = headers['x-ratelimit-name']; // Datadog's support needs it.
        return fail('rate-limited', { remedy: RATE_LIMITED }, limit && ` (rate limit ${limit})`);
    }
    if (isTransient(response))
        return fail('unavailable', { remedy: unavailable(host) });
    // Only the update documents 400, 404 and 422.
    if (call === 'update' && (status === 400 || status === 422)) {
        return fail('update-rejected', { remedy: UPDATE_REJECTED });
    }
    if (call === 'update' && status === 404) {
        const hints = isForeign ? ['Possible cause: a proxy or firewall on the way to Datadog sent this response.'] : [];
        return fail('not-found', { remedy: remedies_accountId('unknown'), hints });
    }
    // https://www.rfc-editor.org/rfc/rfc9110#status.407 and https://www.rfc-editor.org/rfc/rfc6585#section-6
    if (status === 407 || status === 511) {
        const hints = ['This status comes from a proxy or a captive portal, not from Datadog.'];
        return fail('unexpected-response', { remedy: GATEWAY, hints });
    }
    if ([301, 302, 303, 307, 308].includes(status)) {
        const target = headers.location && parseUrl(headers.location, `https://${host}`)?.host;
        return fail('unexpected-response', { remedy: GATEWAY }, target && `, a redirect to ${target}`);
    }
    return fail('unexpected-response', { remedy: unexpectedResponse(host, readJson(response) !== undefined) });
}
/** Possible causes of 401 or 403. These statuses do not distinguish them. */
function explainDenial(said, mayBeProxy, call, organization) {
    if (/(?:allow|white)[-_ ]?list/i.test(said) && /\b(?:ip|address)/i.test(said))
        return { remedy: ALLOWLIST };
    const { site, credentials } = organization;
    const permission = call === 'update' ? 'manage_integrations' : 'integrations_read';
    const [invalid, holder] = 'token' in credentials
        ? [`the access token in \`${credentials.source}\` is wrong, expired or revoked`, 'this token']
        : [`\`${credentials.sources.join('` or `')}\` is wrong or revoked, or they are swapped`, 'the application key'];
    const lacking = `${holder} or its owner lacks the permission \`${permission}\`.`;
    const causes = said.includes(permission)
        ? [lacking]
        : [
            ...(mayBeProxy ? ['a proxy or firewall on the way to Datadog denied the request.'] : []),
            `${invalid}.`,
            lacking,
            [`the organization is on a site other than ${site}.`, ...siteHints(organization)].join(' '),
            "the organization's IP allowlist does not include this runner.",
        ];
    return {
        remedy: forbidden(call === 'update' && !mayBeProxy),
        hints: causes.map((cause) => `Possible cause: ${cause}`),
    };
}
/**
 * The `data` of a response with status 200; undefined if it has none.
 *
 * @throws Failure if the body is not valid JSON, or contains errors
 */
function readData(response) {
    const { host, isComplete } = response;
    const json = readJson(response);
    const body = describeBody(response);
    if (codingOf(response) !== undefined)
        throw unconfirmed(response, `the body is ${body}`);
    if (!isComplete)
        throw unconfirmed(response, 'the body is larger than 1 MiB');
    if (json === undefined && mayBeCutOff(response)) {
        const error = new NetworkError('no-response', `${host} returned JSON that is cut off.`, { phase: 'secure' });
        throw failureFromNetworkError(error, host);
    }
    if (body === '')
        throw unconfirmed(response, 'the body is empty');
    if (json === undefined)
        throw unconfirmed(response, `the body is not valid JSON: ${body}`);
    if (declaredErrors(json) === undefined)
        return isObject(json) ? json.data : undefined;
    throw unconfirmed(response, 'the body contains errors', readErrors(response));
}
/**
 * The failure for a response that looks like success but does not prove it.
 *
 * @param what the reason, as the end of a sentence after "but"
 */
function unconfirmed(response, what, details) {
    const { host, status } = response;
    const remedy = unexpectedResponse(host, readJson(response) !== undefined);
    const facts = { status, details, mayBeApplied: true, remedy };
    return new Failure('unexpected-response', `${describeResponse(response)}, but ${what}.`, facts);
}
/**
 * Reads the errors in the body of a response, whatever its shape. The shape does not follow from the status: there are
 * `{"errors": ["…"]}`, `{"errors": [{"title", "detail", "source", …}]}`, `{"error": {…}}`, plain text, and web pages
 * from something between the runner and Datadog.
 *
 * @returns undefined if the body says nothing
 */
function readErrors(response) {
    const json = readJson(response);
    if (json === undefined)
        return quoteBody(response);
    // An empty list of errors means none. Any other body is shown in full.
    const errors = declaredErrors(json) ?? (isObject(json) ? (json.errors ?? json) : json);
    const texts = (Array.isArray(errors) ? errors : [errors]).map(describeError).filter(isText);
    return texts.length === 0
        ? undefined
        : { label: declaredErrors(json) === undefined ? 'Response body' : 'Datadog said', texts };
}
/** What a JSON body declares as its errors, whatever else it contains; undefined for none. */
function declaredErrors(json) {
    const fields = isObject(json) ? [json.errors, json.error] : [];
    return fields.find((errors) => (Array.isArray(errors) ? errors.length > 0 : errors !== undefined && errors !== null));
}
/** Describes one error: a string unchanged, an object by its JSON:API fields (https://jsonapi.org/format/#error-objects). */
function describeError(error) {
    if (typeof error === 'string')
        return error;
    const { title, detail, message, source } = isObject(error) ? error : {};
    const words = [title, detail ?? message].filter(isText).join(': ');
    const places = Object.entries(isObject(source) ? source : {}).filter(([, place]) => isText(place));
    if (words === '')
        return render(error).replace(/^(?:\{\}|\[\])$/, '');
    return places.length === 0 ? words : `${words} (${places.map((place) => place.join(' ')).join(', ')})`;
}
function isText(value) {
    return typeof value === 'string' && value.trim() !== '';
}

;// CONCATENATED MODULE: ./build/datadog/accounts.js









// The contract: https://docs.datadoghq.com/api/latest/opsgenie-integration/, "Update an Opsgenie account" and "Get all
// Opsgenie accounts".
const ACCOUNTS = '/api/v2/integration/opsgenie/accounts';
const ACCOUNT_TYPE = 'opsgenie-account';
/** Time limit for listing the accounts after a failure, in milliseconds. */
const LIST_LIMIT = 10_000;
/** The Opsgenie regions that Datadog documents. */
const REGIONS = ['us', 'eu', 'custom'];
/**
 * Updates an Opsgenie account. If Datadog does not find it, lists the organization's accounts.
 *
 * @throws Failure unless Datadog confirmed the update: with this id and, if a region was requested, this region
 */
async function updateAccount(target, context, record) {
    const { accountId: id, change } = target;
    // JSON.stringify leaves out attributes that are undefined.
    const attributes = { api_key: change.apiKey, region: change.region };
    const body = JSON.stringify({ data: { attributes, id, type: ACCOUNT_TYPE } });
    const attempt = async (options) => confirmUpdate(await accounts_send(target, options, `/${id}`, body), target);
    try {
        return await withRetries(attempt, context, record);
    }
    catch (error) {
        if (!(error instanceof Failure) || error.kind !== 'not-found')
            throw error;
        throw error.with(describeAccounts(await listAccounts(target, context), target));
    }
}
/**
 * Looks up what {@link updateAccount} would find, without changing anything.
 *
 * @throws Failure if there is no such account, or if the response does not prove that there is
 */
async function findAccount(target, context, record) {
    return withRetries(async (options) => confirmAccount(await accounts_send(target, options), target), context, record);
}
/** Lists the accounts, in one attempt of at most ten seconds. Never rejects: a list only adds to a failure. */
async function listAccounts(organization, context) {
    const total = Math.min(Math.max(context.deadline - now(), 0), LIST_LIMIT);
    try {
        const options = { ...context, limits: { connect: total, total } };
        return readAccounts(await accounts_send(organization, options), organization);
    }
    catch (error) {
        return Failure.from(context.signal.aborted ? context.signal.reason : error);
    }
}
/** Checks that a response proves the update: status 200, the same id and, if one was requested, the same region. */
function confirmUpdate(response, target) {
    const { accountId, change } = target;
    if (response.status !== 200)
        throw failureFromResponse(response, 'update', target);
    const account = readAccount(readData(response));
    if (account === undefined)
        throw unconfirmed(response, 'the body is not an Opsgenie account');
    if (account.id.toLowerCase() !== accountId)
        throw unconfirmed(response, `for another account: ${account.id}`);
    const confirmed = checkRegion(account, response);
    if (change.region !== undefined && confirmed.region !== change.region) {
        const region = confirmed.region ?? 'missing';
        throw unconfirmed(response, `the region is ${region} instead of ${change.region}`);
    }
    return confirmed;
}
/** Finds the account in a response to the list call. */
function confirmAccount(response, target) {
    const accounts = readAccounts(response, target);
    const found = accounts.find(({ id }) => id.toLowerCase() === target.accountId);
    if (found !== undefined)
        return checkRegion(found, response);
    const facts = { status: response.status, ...describeAccounts(accounts, target) };
    throw new Failure('not-found', `${response.host} does not list this account.`, facts);
}
/** @throws Failure if a response is not a list of accounts */
function readAccounts(response, organization) {
    if (response.status !== 200)
        throw failureFromResponse(response, 'list', organization);
    const data = readData(response);
    if (Array.isArray(data)) {
        const accounts = data.flatMap((entry) => readAccount(entry) ?? []);
        // Unknown entries next to accounts are harmless. A list of nothing else is not a list of accounts.
        if (accounts.length > 0 || data.length === 0)
            return accounts;
    }
    throw unconfirmed(response, 'the body is not a list of accounts');
}
/** What to say about an organization's accounts if Datadog did not find `account_id`, or there is none. */
function describeAccounts(listing, organization) {
    const { site, accountId, change } = organization;
    const hints = siteHints(organization);
    if (listing instanceof Failure) {
        const { details, remedy, hints: causes = [] } = listing.facts;
        const why = [
            `The existing accounts could not be listed: ${listing.message}`,
            ...(details?.texts ?? []).map((text) => `${details?.label}: ${text}`),
        ];
        if (accountId === undefined)
            return { remedy, hints: [...why, ...causes] };
        // Datadog has just accepted these credentials.
        if (listing.kind === 'forbidden')
            why.push('Listing the accounts needs the permission `integrations_read`.');
        return { remedy: remedies_accountId('unknown'), hints: [...why, ...hints] };
    }
    if (listing.some(({ id }) => id.toLowerCase() === accountId)) {
        const found = 'Datadog lists this account, but returned 404 for the update.';
        return { remedy: remedies_accountId('exists'), hints: [found] };
    }
    if (listing.length === 0) {
        hints.unshift(`This organization has no Opsgenie account on ${site}.`);
        return { remedy: remedies_accountId('none'), hints };
    }
    if (listing.some(({ id }) => id.toLowerCase() === change?.apiKey?.toLowerCase())) {
        return { remedy: remedies_accountId('swapped'), hints: ['`api_key` is the ID of an existing account.'] };
    }
    const accounts = listing.map(({ id, region }) => `Existing account: ${id}, region ${typeof region === 'string' ? region : 'unknown'}.`);
    return { remedy: remedies_accountId('listed'), hints, accounts };
}
/** Lists all accounts or, with a path and a body, updates one. */
async function accounts_send(organization, options, path = '', body) {
    const { site, credentials } = organization;
    const url = new URL(`https://${apiHost(site)}${ACCOUNTS}${path}`);
    const headers = {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        // https://docs.datadoghq.com/api/latest/authentication/
        ...('token' in credentials
            ? { Authorization: `Bearer ${credentials.token}` }
            : { 'DD-API-KEY': credentials.apiKey, 'DD-APPLICATION-KEY': credentials.appKey }),
    };
    try {
        return await sendRequest({ method: body === undefined ? 'GET' : 'PATCH', url, headers, body }, options);
    }
    catch (error) {
        throw failureFromNetworkError(error, url.host);
    }
}
/** Reads an account in the API's format; undefined if this is not one. */
function readAccount(data) {
    const { id, type, attributes } = isObject(data) ? data : {};
    if (type !== ACCOUNT_TYPE || typeof id !== 'string' || !isObject(attributes))
        return undefined;
    return { id, region: attributes.region };
}
/** @throws Failure if the account has a region that is not documented */
function checkRegion({ id, region }, response) {
    const documented = REGIONS.find((name) => name === region);
    if (region === undefined || documented !== undefined)
        return { id, region: documented };
    throw unconfirmed(response, `the region is not documented: ${render(region)}`);
}

;// CONCATENATED MODULE: ./build/github/markdown.js
/** Writes a job summary in GitHub's Markdown, with a table of names and values. All texts must be sanitized. */
function summaryMarkdown(heading, cells, message, bullets = [], remedy) {
    const [header, ...rows] = Object.entries(cells).map(([name, value]) => `| ${name} | ${escapeMarkdown(value) || '–'} |`);
    const blocks = [
        `### ${heading}`,
        [header, '| --- | --- |', ...rows].join('\n'),
        escapeMarkdown(message),
        bullets.map((bullet) => `- ${escapeMarkdown(bullet)}`).join('\n'),
        remedy && `**What to do:** ${remedy}`,
    ];
    return `${blocks.filter(Boolean).join('\n\n')}\n\n`;
}
/** Characters that start something inside a line of GitHub's Markdown: markup, HTML, a mention, a link, a formula. */
const INLINE = /[\\`*~[\]<>&|@#$!]|(?<![a-z0-9])_|_(?![a-z0-9])|:(?=\/\/)|(?<=www)\./;
/** Characters that turn a line into a list if it starts with them. INLINE has all others that start a block. */
const BLOCK = /^[-+]|(?<=^\d{1,9})[.)]/;
const MARKUP = new RegExp(`${INLINE.source}|${BLOCK.source}`, 'gi');
/**
 * Escapes one line of text for a paragraph, list item, or table cell of GitHub's Markdown. Whatever could be markup
 * becomes a character reference, which is never read as syntax
 * (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
 */
function escapeMarkdown(text) {
    return text.replace(MARKUP, (character) => `&#${character.charCodeAt(0)};`);
}

;// CONCATENATED MODULE: ./build/github/outcome.js



/** The outputs of action.yml. */
const OUTPUTS = (/* unused pure expression or super */ null && (['updated', 'failure', 'account_id', 'region', 'status_code', 'attempts', 'errors']));
/** GitHub truncates annotation messages at 4,096 characters. The margin is for characters that it counts differently. */
const MAX_ANNOTATION = 4_000;
/** A sentence, and all that a server said, together. A long error page must leave room for the rest. */
const MAX_TEXT = 1_000;
const MAX_ACCOUNTS = 20;
/** An input of any length can appear in the summary's table, and an id of any length among the accounts. */
const MAX_SHORT_TEXT = 200;
/** The outputs of a job are limited to 1 MB in total, and a character can take three bytes. */
const MAX_ERRORS_OUTPUT = 30_000;
/** A job summary is limited to 1 MiB, and escaping can make text six times as long. */
const MAX_SUMMARY_ACCOUNTS = 150_000;
const MAY_BE_APPLIED = 'The update may still have been applied. Rerunning is safe: applying the same update twice has no further effect.';
const NOT_APPLIED = 'Nothing was changed: Datadog still has the previous key and region.';
const DRY_RUN = 'This was a dry run: nothing was changed.';
/** What to show for a successful run. */
function describeSuccess(account, change, run, sanitize) {
    const { subject, record, verifiedBy } = run;
    const { dryRun, accountId, site } = subject;
    const region = account.region ?? '';
    const isRegionChanging = change.region !== undefined && change.region !== region;
    const effects = [
        change.apiKey && 'set the API key (Datadog does not reveal whether it changes)',
        isRegionChanging ? `change the region from ${region || 'none'} to ${change.region}` : 'leave the region unchanged',
    ];
    const effect = effects.filter(Boolean).join(' and ');
    const unchanged = region && change.region === undefined ? ` The region is still ${region}.` : '';
    const log = sanitize(dryRun
        ? `Dry run passed: Datadog has Opsgenie account ${accountId} on ${site}. An update would ${effect}. Not checked: whether the credentials have the permission \`manage_integrations\`.`
        : `Datadog updated Opsgenie account ${accountId} on ${site}: ${describeChange(change)}.${unchanged}`);
    const heading = dryRun ? '✅ Dry run passed' : '✅ Opsgenie account updated in Datadog';
    const shownRegion = dryRun && isRegionChanging ? `${region || 'none'} → ${change.region}` : region;
    const message = [verifiedBy && describeVerification(verifiedBy), log].filter(Boolean).join(' ');
    return {
        log,
        outputs: {
            updated: `${!dryRun}`,
            failure: '',
            account_id: sanitize(account.id),
            region,
            status_code: '200',
            attempts: `${record.attempts}`,
            errors: '[]',
        },
        summary: summaryMarkdown(heading, summaryCells(run, shownRegion, sanitize), message),
    };
}
/** What to show for a failed run. */
function describeFailure({ kind, message, facts }, run, sanitize) {
    const { subject, record, verification, verifiedBy, trigger } = run;
    const { details, hints = [], accounts = [] } = facts;
    const withheld = kind === 'keys-missing' ? trigger?.secretsWithheld : undefined;
    const remedy = withheld === undefined ? facts.remedy : KEYS_WITHHELD;
    const title = FAILURE_TITLES[kind];
    const mayBeApplied = record.mayBeApplied && !subject.dryRun;
    const where = record.attempts > 0 ? `Opsgenie account ${subject.accountId} on ${subject.site}: ` : '';
    const { attempts, gaveUp } = record.attempts > 0 ? record : verification;
    const sentences = [
        truncate(sanitize(where + message), MAX_TEXT),
        attempts > 1 && `${attempts} attempts were made.`,
        gaveUp,
        verifiedBy && describeVerification(verifiedBy),
        subject.dryRun ? DRY_RUN : mayBeApplied ? MAY_BE_APPLIED : NOT_APPLIED,
        withheld,
    ];
    const happened = sentences.filter(Boolean).join(' ');
    const said = (details?.texts ?? []).map(sanitize).filter(Boolean);
    const labelled = said.map((text) => `${details?.label}: ${text}`);
    const added = hints.map((hint) => truncate(sanitize(hint), MAX_TEXT));
    const bullets = [...firstOf(labelled, MAX_TEXT), ...added];
    const listed = accounts.map((account) => truncate(sanitize(account), MAX_SHORT_TEXT));
    const body = [happened, ...bullets, ...firstOf(listed, MAX_ANNOTATION, MAX_ACCOUNTS)].join('\n- ');
    const advice = `\nWhat to do: ${remedy}`;
    // Without a response from Datadog, these are Opsgenie's words.
    const errors = record.status === undefined ? [] : firstOf(said, MAX_ERRORS_OUTPUT);
    const cells = summaryCells(run, subject.region && `${subject.region} (requested)`, sanitize);
    const all = [...bullets, ...firstOf(listed, MAX_SUMMARY_ACCOUNTS)];
    return {
        log: { title, message: `${truncate(body, MAX_ANNOTATION - advice.length)}${advice}` },
        outputs: {
            updated: mayBeApplied ? 'unknown' : 'false',
            failure: kind,
            status_code: `${record.status ?? ''}`,
            attempts: `${record.attempts}`,
            errors: JSON.stringify(errors),
        },
        summary: summaryMarkdown(`❌ ${title}`, cells, happened, all, remedy),
    };
}
/** What the log says when a run starts. */
function describeStart({ dryRun, accountId, site }, change) {
    const doing = dryRun ? 'Dry run (changes nothing) for' : 'Updating';
    return `${doing} Opsgenie account ${accountId} on ${site}: ${describeChange(change)}.`;
}
/** @param host the Opsgenie host that accepted the key */
function describeVerification(host) {
    return `Opsgenie accepted the API key (${host}).`;
}
function describeChange({ apiKey, region }) {
    return [apiKey && 'new API key', region && `region ${region}`].filter(Boolean).join(', ');
}
function summaryCells({ subject, record, trigger }, region, sanitize) {
    const show = (text) => truncate(sanitize(text), MAX_SHORT_TEXT);
    return {
        Account: show(subject.accountId),
        Site: show(subject.site),
        Region: show(region),
        Attempts: `${record.attempts}`,
        'Started by': trigger === undefined ? '' : show(`${trigger.actor} (${trigger.event})`),
    };
}
/** The first texts that fit the limits, or the start of the first one, and how many more there are. */
function firstOf(texts, maxLength, maxCount = texts.length) {
    const shown = [];
    let left = maxLength;
    for (const text of texts.slice(0, maxCount)) {
        if (text.length > left && shown.length > 0)
            break;
        shown.push(truncate(text, maxLength));
        left -= text.length;
    }
    const more = texts.length - shown.length;
    return more === 0 ? shown : [...shown, `… and ${more} more`];
}
/** Truncates sanitized text to a number of UTF-16 code units, with an ellipsis for the rest. */
function truncate(text, limit) {
    return text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
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
var external_fs_ = __nccwpck_require__(515);
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
// EXTERNAL MODULE: external "./unreached.js"
var external_unreached_js_ = __nccwpck_require__(896);
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/core.js
var __awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
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
function setSecret(secret) {
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
function debug(message) {
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
    return __awaiter(this, void 0, void 0, function* () {
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
    return __awaiter(this, void 0, void 0, function* () {
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
;// CONCATENATED MODULE: ./build/github/report.js






/** Reports an error in the reporting code itself. The text is fixed, because the error could contain a key. */
function reportInternalError({ attempts, status, mayBeApplied }) {
    const effect = mayBeApplied ? MAY_BE_APPLIED : NOT_APPLIED;
    error(`This action hit an internal error that it cannot describe. ${effect}\nWhat to do: ${INTERNAL}`, {
        title: FAILURE_TITLES.internal,
    });
    const updated = mayBeApplied ? 'unknown' : 'false';
    writeOutputs({ updated, failure: 'internal', status_code: `${status ?? ''}`, attempts: `${attempts}`, errors: '[]' });
}
/** @returns false if the runner's file cannot be written */
function writeOutputs(outputs) {
    try {
        for (const [name, value] of Object.entries(outputs))
            setOutput(name, value);
        return true;
    }
    catch {
        return false;
    }
}
/** Creates what prints and writes everything after masking. All text that is not fixed passes through `sanitize`. */
function createReport(sanitize) {
    const warning = (text) => core_warning(sanitize(text), { title: 'Opsgenie account in Datadog' });
    return {
        warning,
        info: (text) => info(sanitize(text)),
        /** Printed only if the user has enabled debug logging. */
        debug: (text) => debug(sanitize(text)),
        /** Prints the stacks of an error of this action and of its causes, if the user has enabled debug logging. */
        diagnose(error) {
            if (!isDebug() || !(error instanceof Error))
                return;
            for (const line of `${error.stack}`.split('\n'))
                debug(sanitize(line));
            this.diagnose(error.cause);
        },
        retrying({ message }, attempt, wait) {
            const sentence = sanitize(message).slice(0, 1_000);
            info(`Attempt ${attempt - 1}: ${sentence} Retrying in ${formatSeconds(wait)} (attempt ${attempt}).`);
        },
        /** Prints and writes how the run ended. A failure to write a file does not change the result. */
        write({ log, outputs, summary }) {
            if (typeof log === 'string')
                info(log);
            else
                error(log.message, { title: log.title });
            if (!writeOutputs(outputs))
                warning("This step's outputs could not be written.");
            try {
                // Without the toolkit's summary, which would load node:fs/promises.
                (0,external_node_fs_namespaceObject.appendFileSync)(process.env.GITHUB_STEP_SUMMARY ?? '', summary);
            }
            catch {
                warning('The job summary could not be written.');
            }
        },
    };
}

;// CONCATENATED MODULE: ./build/key-form.js
/** No key or token is known to be longer. */
const MAX_KEY_LENGTH = 4_096;
/** Words that stand for a key. What has digits can contain one. */
const PLACEHOLDER = /^[[(<]?(?:undefined|null|none|nil|n\/a|todo|tbd|change-?me|replace-?me|redacted|hidden|placeholder|true|false|your[-_ ][-_ a-z]*|[*x._-]+)[\])>]?$|^<[-_ a-z]*>$/i;
const NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$|^(?:\w+_)?(?:api|app|access)_(?:key|token)$/;
/** Values that cannot be a key of any service, and what they look like. The first match counts. */
const NOT_A_KEY = [
    [/^(?:\{\s*["'}]|\[\s*["'{\]])/, 'JSON. Pass the value of one field.'],
    [/^(?:geniekey|bearer|basic)\s|authorization\s*:/i, 'an Authorization header. Pass only the key in it.'],
    [
        /:\/\/|::|^arn:|^[$%@!#~]|[$#]\{|\{\{|<%|^<path:|^EJ\[|^(?:secrets|env|vars?|inputs|steps|needs|github|parameters|data|local)[.[/]|^\w+:\S*[/#]|:latest$|^\/[\w-]+\//i,
        'a URL, or a reference that was not resolved. Pass the key itself.',
    ],
    [/^["'`“”‘’„«»]|["'`“”‘’„«»]$/, 'a key in quotation marks. Pass it without them.'],
    [PLACEHOLDER, 'a placeholder. Pass the key.'],
    [NAME, 'the name of a variable or secret. Pass its value.'],
    [/^[\w.-]+\s*[=:]\s*[^\s=]/, 'a name with a value. Pass only the value.'],
    [/[ \t\r\n,;|<>]/, 'several values, or a key with something around it. Pass only the key.'],
];
// Forms of values that only Datadog uses.
const API_KEY = /^[0-9a-f]{32}$/i;
const APPLICATION_KEY = /^ddapp_/i;
/** https://docs.datadoghq.com/account_management/personal-access-tokens/ */
const ACCESS_TOKEN = /^dd[ps]at_/i;
const CLIENT_TOKEN = /^pub[0-9a-f]{32}$/i;
const DATADOG_FORMS = [
    [API_KEY, 'a Datadog API key (32 hex digits)'],
    [APPLICATION_KEY, 'a Datadog application key (ddapp_…)'],
    [ACCESS_TOKEN, 'a Datadog access token (ddpat_… or ddsat_…)'],
    [CLIENT_TOKEN, 'a Datadog client token (pub…)'],
];
/** The form of an Opsgenie key: 8-4-4-4-12 letters and digits. */
const OPSGENIE_KEY = /^[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}$/i;
/**
 * Why a value cannot be a key or token of any service, as the end of a sentence that begins with a name; undefined if it
 * can. The value itself is never shown.
 */
function keyProblem(value) {
    const form = NOT_A_KEY.find(([pattern]) => pattern.test(value));
    if (form !== undefined)
        return `looks like ${form[1]}`;
    if (value.length > MAX_KEY_LENGTH)
        return `is too long: it has ${value.length} characters.`;
    return strangeCharacter(value);
}
/** Whether a value only stands for a key, and so is no secret. */
function isPlaceholder(value) {
    return PLACEHOLDER.test(value) || NAME.test(value);
}
/** The form of a value that only Datadog uses; undefined for any other value. */
function datadogForm(value) {
    return DATADOG_FORMS.find(([pattern]) => pattern.test(value))?.[1];
}
/** Names the first character that is not printable ASCII, as the end of a sentence; undefined if there is none. */
function strangeCharacter(value) {
    const [character] = /[^\x20-\x7e]/u.exec(value) ?? [];
    if (character === undefined)
        return undefined;
    if (/[\r\n]/.test(character))
        return 'contains a line break.';
    const code = character.codePointAt(0) ?? 0;
    const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
    return `contains ${/\p{C}|\s/u.test(character) ? 'the invisible character' : 'the character'} ${name}. Remove or replace it.`;
}

;// CONCATENATED MODULE: ./build/github/secrets.js


/** The same as in the runner's own logs. */
const REDACTED = '***';
/** Shorter values are neither masked nor redacted: they appear in ordinary words. */
const MIN_LENGTH = 4;
/** A secret is also found without its dashes if it is at least this long without them. */
const MIN_LENGTH_WITHOUT_DASHES = 8;
/** Registers the lines of secrets with the runner, which masks them in the log, the annotations and the job summary. */
function mask(secrets) {
    const lines = secrets.flatMap((secret) => secret.split(/[\r\n]+/));
    for (const line of lines.filter(({ length }) => length >= MIN_LENGTH))
        setSecret(line);
}
/**
 * Creates the function that all untrusted text passes through before it is printed. Its result
 * - is one line without control characters and characters that are invisible or change the direction;
 * - does not contain any of the secrets: as passed, in any letter case, without dashes, percent-encoded, in hex, or in base64
 *   (the runner masks more forms);
 * - is not a workflow command. The runner looks for `::name::` at the start of a line and for `##[name]` anywhere in it
 *   (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
 */
function createSanitizer(secrets) {
    // Of a longer secret, only the start is found. It is never sent.
    const found = [...new Set(secrets.map((secret) => toLine(secret).slice(0, MAX_KEY_LENGTH).toWellFormed()))]
        .filter(({ length }) => length >= MIN_LENGTH)
        // One secret can begin with another one, so the longest is redacted first.
        .sort((a, b) => b.length - a.length)
        .map((secret) => new RegExp(formsOf(secret).join('|'), 'gi'));
    return (text) => {
        const line = found.reduce((rest, secret) => rest.replace(secret, REDACTED), toLine(text));
        return line.replace(/:(?=:)/g, ': ').replace(/##\[/g, '## [');
    };
}
/** Puts text on one line. Control characters that are not white space, and invisible ones, are removed. */
function toLine(text) {
    // Most text is ASCII, and loading the Unicode tables for the rest takes a millisecond.
    const visible = /^[ -~]*$/.test(text) ? text : text.replace(/(?![\s\u0085])\p{Cc}|\p{Cf}/gu, '');
    return visible.replace(/[\s\u0085]+/g, ' ').trim();
}
/** Patterns for the forms of a secret that are redacted. */
function formsOf(secret) {
    const bytes = Buffer.from(secret);
    const hex = bytes.toString('hex');
    const dashless = secret.replaceAll('-', '');
    // A secret's base64 depends on its position among other bytes, except for the characters at either end.
    const base64 = [0, 1, 2].map((offset) => {
        const shifted = Buffer.from(`${' '.repeat(offset)}${secret}`);
        return shifted.toString('base64').slice(Math.ceil((offset * 4) / 3), Math.floor((shifted.length * 4) / 3));
    });
    const forms = [secret, encodeURIComponent(secret), hex.replace(/../g, '%$&'), hex, ...base64];
    if (dashless.length >= MIN_LENGTH_WITHOUT_DASHES)
        forms.push(dashless);
    // `RegExp.escape` does not exist before Node 24, where this action only reports that.
    return forms.map((form) => form.replace(/[^\w\s]/g, '\\$&'));
}

;// CONCATENATED MODULE: ./build/github/trigger.js


/** Shorter keys are not looked for in the event payload: they can be ordinary words. */
const trigger_MIN_LENGTH = 12;
/**
 * Reads what started this run with @actions/github, and warns about keys in the event payload. The package is imported
 * dynamically because the import itself throws if the event file is not valid JSON.
 *
 * @param keys looked for in the event payload
 * @returns undefined if it cannot be read. Never rejects, because an update must not fail for this.
 */
async function loadTrigger(keys, warn) {
    const { GITHUB_EVENT_PATH, GITHUB_EVENT_NAME: event, GITHUB_ACTOR: actor } = process.env;
    try {
        // The package would print the path and continue.
        if (GITHUB_EVENT_PATH && !(0,external_node_fs_namespaceObject.existsSync)(GITHUB_EVENT_PATH))
            throw new SyntaxError('no event file');
        const { context } = await __nccwpck_require__.e(/* import() */ 722).then(__nccwpck_require__.bind(__nccwpck_require__, 722));
        const { payload } = context;
        for (const name of exposedKeys(keys, payload)) {
            warn(`${name} appears in plain text in this run's event payload (${event}), which GitHub does not mask. Rotate this key again, and pass it as a secret.`);
        }
        if (!event || !actor)
            return undefined;
        return { event, actor, secretsWithheld: explainWithheldSecrets(event, actor, payload) };
    }
    catch (error) {
        if (error instanceof SyntaxError) {
            warn('Cannot read what started this run: the file in GITHUB_EVENT_PATH is missing or is not valid JSON.');
        }
        return undefined;
    }
}
/** Names of the keys that appear anywhere in an event payload, such as in a plain workflow input. */
function exposedKeys(keys, payload) {
    const payloadText = JSON.stringify(payload);
    return keys
        .filter(({ text }) => text.length >= trigger_MIN_LENGTH && payloadText.includes(JSON.stringify(text).slice(1, -1)))
        .map(({ source }) => source);
}
/** https://docs.github.com/actions/reference/security/secure-use, "Workflows triggered by forks" and "Dependabot". */
function explainWithheldSecrets(event, actor, payload) {
    if (actor === 'dependabot[bot]')
        return 'Runs started by Dependabot get only Dependabot secrets.';
    const pull = isObject(payload) && event !== 'pull_request_target' ? payload.pull_request : undefined;
    if (!isObject(pull) || repositoryOf(pull.head) === repositoryOf(pull.base))
        return undefined;
    return 'Pull requests from forks get no secrets.';
}
/** Full name of the repository on one side of a pull request; undefined if it was deleted. */
function repositoryOf(side) {
    const repo = isObject(side) ? side.repo : undefined;
    return isObject(repo) ? repo.full_name : undefined;
}

;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = require("node:net");
;// CONCATENATED MODULE: ./build/http/process.js

/** Settings of the whole process. Called once, before the first request. What the user has set stays, except for TLS. */
function prepareProcess() {
    // Keys never travel over a connection whose other end is not verified, whatever the environment says.
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    // With proxy credentials, the client's tunnel calls the deprecated Buffer(); users cannot act on that warning.
    // Under --no-deprecation, this is true and cannot be assigned.
    if (!process.noDeprecation)
        process.noDeprecation = true;
    // With Node's default, an address that cannot be reached would leave the others too little time on a slow connection.
    if ((0,external_node_net_namespaceObject.getDefaultAutoSelectFamilyAttemptTimeout)() === 250)
        (0,external_node_net_namespaceObject.setDefaultAutoSelectFamilyAttemptTimeout)(2_000);
}

;// CONCATENATED MODULE: ./build/inputs.js






/** The inputs of action.yml. */
const inputs_INPUTS = {
    site: { variables: ['DD_SITE'] },
    account_id: {},
    region: {},
    api_key: {},
    region_only: { default: 'false' },
    verify_key: { default: 'false' },
    dry_run: { default: 'false' },
    dd_access_token: { variables: ['DD_ACCESS_TOKEN', 'DD_BEARER_TOKEN'] },
    dd_api_key: { variables: ['DD_API_KEY'] },
    dd_app_key: { variables: ['DD_APP_KEY'] },
    timeout: { default: '300' },
};
const MAX_TIMEOUT = 3600;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const KEY_FORM = 'An Opsgenie key has the form of a UUID: 8-4-4-4-12 letters and digits, with dashes.';
/** Reads and checks all inputs, together. */
function readInputs(environment) {
    const values = readValues(environment);
    const passed = [values.api_key, values.dd_access_token, values.dd_api_key, values.dd_app_key].flat();
    const keys = passed.filter((value) => isGiven(value) && !isPlaceholder(value.text));
    const problems = { texts: [], warnings: [], isKeyMissing: false };
    const { texts: hints, warnings } = problems;
    const site = readSite(values, problems);
    const isDefaultSite = !isGiven(first(values.site));
    const organization = { site, isDefaultSite, credentials: readCredentials(values, problems) };
    const isOrganizationKnown = hints.length === 0;
    const accountId = readAccountId(values, problems);
    const lookup = isOrganizationKnown && hints.length > 0 ? organization : undefined;
    const region = readRegion(values, problems);
    const dryRun = readSwitch(values.dry_run, problems);
    const { apiKey, verifyKey } = readApiKey(values, region, problems);
    const timeout = readTimeout(values, problems);
    const inputs = { ...organization, accountId, change: { apiKey, region }, verifyKey };
    const failure = problems.isKeyMissing
        ? new Failure('keys-missing', 'A required key is empty.', { remedy: KEYS_MISSING, hints })
        : new Failure('inputs', 'Some inputs are invalid.', { remedy: INPUTS, hints });
    return {
        keys,
        secrets: [...keys.map(({ text }) => text), ...proxySecrets(environment)],
        subject: { site, accountId: first(values.account_id).text, region: first(values.region).text, dryRun },
        warnings,
        checked: hints.length === 0 ? inputs : failure,
        timeout,
        lookup,
    };
}
function readValues(environment) {
    const values = Object.entries(inputs_INPUTS).map(([name, { variables = [], default: fallback = '' }]) => {
        const read = (source, text = '') => ({ source, text: trim(text) });
        const input = read(name, environment[`INPUT_${name.toUpperCase()}`] ?? fallback);
        return [name, [input, ...variables.map((variable) => read(variable, environment[variable]))]];
    });
    return Object.fromEntries(values);
}
function trim(text) {
    // The usual value has nothing to remove, and loading the Unicode tables for the other ones takes a millisecond.
    if (/^(?:[!-~](?:.*[!-~])?)?$/s.test(text))
        return text;
    return text.replace(/^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu, '');
}
function isGiven({ text }) {
    return text !== '';
}
/** The value that counts: the first one that is not empty. */
function first(values) {
    return values.find(isGiven) ?? values[0];
}
/** Adds a problem with a value that may be shown. If it has a character that belongs elsewhere, that is the problem. */
function reject({ source, text }, problem, problems) {
    // A long value is described: half a secret would not be recognized and redacted.
    const quoted = text.length <= 100 ? JSON.stringify(text) : `a value of ${text.length} characters`;
    problems.texts.push(`${source}: ${quoted} ${strangeCharacter(text) ?? problem}`);
}
function readSite(values, problems) {
    const value = first(values.site);
    if (!isGiven(value))
        return DEFAULT_SITE;
    const site = strangeCharacter(value.text) === undefined ? parseSite(value.text) : undefined;
    if (site !== undefined)
        return site;
    reject(value, `is not a Datadog site. Use ${list(KNOWN_SITES)}, or a name such as US3.`, problems);
    return value.text;
}
function readAccountId(values, problems) {
    const value = first(values.account_id);
    if (!isGiven(value)) {
        problems.texts.push('account_id is empty. It must be the UUID of the Opsgenie account in Datadog.');
    }
    else if (!UUID.test(value.text)) {
        reject(value, 'is not a UUID such as 596da4af-0563-4097-90ff-07230c3f9db3.', problems);
    }
    return value.text.toLowerCase();
}
function readRegion(values, problems) {
    const value = first(values.region);
    const region = REGIONS.find((name) => name === value.text.toLowerCase());
    if (region === undefined && isGiven(value)) {
        reject(value, `is not ${list(REGIONS)}. Leave it empty to keep the current region.`, problems);
    }
    return region;
}
function readSwitch([value], problems) {
    const text = value.text.toLowerCase();
    const advice = ` Use \`\${{ … || false }}\` only if runs that this event starts should update Datadog.`;
    if (text === '') {
        const problem = 'is empty: its expression has no value for this event, or a name in it is misspelled.';
        problems.texts.push(`${value.source} ${problem}${value.source === 'dry_run' ? advice : ''}`);
    }
    else if (text !== 'true' && text !== 'false') {
        reject(value, 'is neither true nor false.', problems);
    }
    return text === 'true';
}
function readTimeout(values, problems) {
    const value = first(values.timeout);
    const timeout = /^\d{1,4}$/.test(value.text) ? Number(value.text) : 0;
    if (timeout >= 1 && timeout <= MAX_TIMEOUT)
        return timeout;
    if (isGiven(value))
        reject(value, `is not a whole number of seconds from 1 to ${MAX_TIMEOUT}.`, problems);
    return Number(inputs_INPUTS.timeout.default);
}
/** The Opsgenie key, undefined if only the region is to change, and the key to verify, undefined for none. */
function readApiKey(values, region, problems) {
    const regionOnly = readSwitch(values.region_only, problems);
    const verify = readSwitch(values.verify_key, problems);
    const isRegionGiven = isGiven(first(values.region));
    const apiKey = first(values.api_key).text || undefined;
    const { texts, warnings } = problems;
    if (regionOnly) {
        if (apiKey !== undefined)
            texts.push('region_only is true, but api_key is set as well. Remove one of them.');
        if (!isRegionGiven)
            texts.push('region_only is true, but region is empty. Set region to the new region.');
        if (verify)
            texts.push('verify_key is true, but region_only is true as well, so there is no key to verify.');
        return { apiKey, verifyKey: undefined };
    }
    if (apiKey === undefined) {
        problems.isKeyMissing = true;
        texts.push('api_key is empty: it was not passed, or the secret does not exist here. To change only the region, set region_only: true.');
    }
    else {
        const problem = apiKeyProblem(apiKey, values);
        const isUnusual = !OPSGENIE_KEY.test(apiKey) && !verify;
        if (problem !== undefined)
            texts.push(`api_key ${problem}`);
        else if (isUnusual && region === 'custom')
            warnings.push(`api_key does not have the usual form. ${KEY_FORM}`);
        else if (isUnusual)
            texts.push(`api_key does not look like an Opsgenie key. ${KEY_FORM}`);
    }
    if (verify && (region === 'custom' || !isRegionGiven)) {
        texts.push(`verify_key is true, but region is ${region ?? 'empty'}. Set region to us or eu.`);
    }
    const isVerifiable = verify && apiKey !== undefined && region !== undefined && region !== 'custom';
    return { apiKey, verifyKey: isVerifiable ? { apiKey, region } : undefined };
}
/** What is wrong with an Opsgenie key, without showing it. */
function apiKeyProblem(key, values) {
    const { site, account_id, dd_access_token, dd_api_key, dd_app_key } = values;
    const others = [site, account_id, dd_access_token, dd_api_key, dd_app_key].flat();
    const same = others.find(({ text }) => text.toLowerCase() === key.toLowerCase());
    if (same !== undefined)
        return `is the same as ${same.source}. It must be an Opsgenie API key.`;
    const datadog = datadogForm(key);
    if (datadog !== undefined)
        return `looks like ${datadog}. ${KEY_FORM}`;
    const problem = keyProblem(key);
    if (problem !== undefined || /^[a-z0-9-]*$/i.test(key))
        return problem;
    return `contains characters other than letters, digits and dashes. ${KEY_FORM}`;
}
/** The credentials for Datadog. Inputs take precedence over environment variables. */
function readCredentials(values, problems) {
    const [tokenInput, ...tokenVariables] = values.dd_access_token;
    const isKeyPassed = isGiven(values.dd_api_key[0]) || isGiven(values.dd_app_key[0]);
    const token = (isKeyPassed ? [tokenInput] : values.dd_access_token).find(isGiven);
    if (isKeyPassed && token !== undefined) {
        problems.warnings.push('dd_access_token is used, so dd_api_key and dd_app_key are ignored.');
    }
    const [apiKey, appKey] = [first(values.dd_api_key), first(values.dd_app_key)];
    if (token !== undefined || ACCESS_TOKEN.test(appKey.text)) {
        const { source, text } = token ?? appKey;
        if (text !== apiKey.text)
            checkDatadogKey({ source, text }, [API_KEY, APPLICATION_KEY], problems);
        else
            problems.texts.push(`${source} is the same as ${apiKey.source}. It must be an access token.`);
        return { token: text, source };
    }
    const alternative = isGiven(appKey) ? '' : ' Or pass an access token as dd_access_token.';
    if (isGiven(apiKey))
        checkDatadogKey(apiKey, [APPLICATION_KEY, ACCESS_TOKEN], problems);
    else
        addMissing('dd_api_key (or DD_API_KEY in the environment)', `API key.${alternative}`, problems);
    if (!isGiven(appKey)) {
        const unused = tokenVariables.find(isGiven);
        const note = unused ? ` ${unused.source} is not used, because the step passes dd_api_key.` : '';
        addMissing('dd_app_key (or DD_APP_KEY in the environment)', `application key or access token.${note}`, problems);
    }
    else if (appKey.text.toLowerCase() === apiKey.text.toLowerCase()) {
        problems.texts.push(`${appKey.source} is the same as ${apiKey.source}. It must be an application key.`);
    }
    else {
        checkDatadogKey(appKey, [], problems);
    }
    return { apiKey: apiKey.text, appKey: appKey.text, sources: [apiKey.source, appKey.source] };
}
function addMissing(name, what, problems) {
    problems.isKeyMissing = true;
    problems.texts.push(`${name} is empty. It must be a Datadog ${what}`);
}
/** @param misplaced forms of credentials that belong in another input */
function checkDatadogKey({ source, text }, misplaced, problems) {
    let problem = keyProblem(text);
    if (UUID.test(text)) {
        problem = "looks like a key's ID or an Opsgenie key (a UUID). Pass the Datadog key itself.";
    }
    else if ([...misplaced, CLIENT_TOKEN].some((pattern) => pattern.test(text))) {
        const advice = ACCESS_TOKEN.test(text) ? 'Pass it as dd_access_token.' : 'Check which secret the step passes.';
        problem = `looks like ${datadogForm(text)}. ${advice}`;
    }
    if (problem !== undefined)
        problems.texts.push(`${source} ${problem}`);
}
function list(values) {
    return new Intl.ListFormat('en', { type: 'disjunction' }).format(values);
}

;// CONCATENATED MODULE: ./build/opsgenie/verify-key.js







/** The regions in which a key can be verified, and the host of each. */
const HOSTS = { us: 'api.opsgenie.com', eu: 'api.eu.opsgenie.com' };
/**
 * Checks a key with Opsgenie, with a harmless request that needs Configuration access:
 * https://docs.opsgenie.com/docs/account-api
 *
 * @returns the host that accepted the key
 * @throws Failure if Opsgenie rejects the key, or gives no verdict
 */
async function verifyKey(key, context, record) {
    const url = new URL(`https://${HOSTS[key.region]}/v2/account`);
    const headers = { Accept: 'application/json', Authorization: `GenieKey ${key.apiKey}` };
    const attempt = async (options) => {
        const response = await sendRequest({ method: 'GET', url, headers }, options).catch((error) => {
            if (!(error instanceof NetworkError))
                throw error;
            const remedy = keyNotVerified(network(error.problem, url.host));
            throw new Failure('key-not-verified', error.message, { remedy, retry: error.retry, cause: error });
        });
        const failure = readVerdict(response);
        if (failure !== undefined)
            throw failure;
    };
    await withRetries(attempt, context, record);
    return url.host;
}
/** What a response says about the key: undefined if Opsgenie accepted it, a failure otherwise. */
function readVerdict(response) {
    const { host, status } = response;
    const json = readJson(response);
    const { data, message, code } = isObject(json) ? json : {};
    if (status === 200 && isObject(data) && typeof data.name === 'string')
        return undefined;
    const returned = describeResponse(response);
    const isQuoted = typeof message === 'string';
    const unread = json === undefined ? quoteBody(response) : undefined;
    const details = isQuoted ? { label: 'Opsgenie said', texts: [message] } : unread;
    const reject = (why, retry, remedy = KEY_REJECTED) => new Failure('key-rejected', `${returned}.${why}`, { remedy, status, details, retry });
    if (status === 401 && isQuoted) {
        return reject(' The key is unknown, disabled, or belongs to the other region.', { policy: 'once' });
    }
    if (status === 422 && message === 'Key format is not valid!') {
        return reject(' `api_key` does not have the format of an Opsgenie API key.');
    }
    // This code covers several rights. Only the message says which one is missing.
    if (status === 403 && code === 40301)
        return reject('', undefined, KEY_LACKS_RIGHT);
    const wait = requestedWait(response, ['retry-after', 'x-ratelimit-period-in-sec']);
    return new Failure('key-not-verified', `${returned}, which says nothing about the key.`, {
        remedy: keyNotVerified(opsgenieStatus(status, host, json !== undefined)),
        status,
        details,
        retry: isTransient(response) ? { policy: 'backoff', wait } : undefined,
    });
}

;// CONCATENATED MODULE: ./build/main.js











process.exitCode = 1; // The step fails unless everything below succeeds.
run()
    .catch(() => reportInternalError(new AttemptRecord()))
    // Exit even if a proxy or server keeps a connection open, but not before a slow reader has taken all output.
    .finally(() => process.stdout.write('', () => process.exit()));
/** The whole run, in order. Sets exit code 0 only if every requested check succeeded. */
async function run() {
    const signal = interruptionSignal();
    const given = readInputs(process.env);
    const { subject, keys, secrets } = given;
    mask(secrets); // Before anything is printed.
    const sanitize = createSanitizer(secrets);
    const report = createReport(sanitize);
    const trigger = loadTrigger(keys, report.warning); // Never rejects.
    const record = new AttemptRecord();
    const verification = new AttemptRecord();
    let verifiedBy;
    const collectRun = async () => ({ subject, record, verification, verifiedBy, trigger: await trigger });
    try {
        checkRuntime();
        prepareProcess();
        const deadline = given.timeout * 1000; // Since the process started.
        const call = { deadline, signal, onRetry: report.retrying, trace: report.debug };
        const inputs = await checkedInputs(given, call);
        for (const text of given.warnings)
            report.warning(text);
        report.info(describeStart(subject, inputs.change));
        if (inputs.verifyKey !== undefined) {
            verifiedBy = await verifyKey(inputs.verifyKey, call, verification);
            report.info(describeVerification(verifiedBy));
        }
        const account = await (subject.dryRun ? findAccount : updateAccount)(inputs, call, record);
        report.write(describeSuccess(account, inputs.change, await collectRun(), sanitize));
        process.exitCode = 0;
    }
    catch (error) {
        const failure = Failure.from(error);
        try {
            report.write(describeFailure(failure, await collectRun(), sanitize));
        }
        catch {
            reportInternalError({ ...record, mayBeApplied: record.mayBeApplied && !subject.dryRun });
        }
        if (failure.kind === 'internal')
            report.diagnose(error);
    }
}
/** Some runners ignore the Node version in action.yml. */
function checkRuntime() {
    const { node } = process.versions;
    if (Number.parseInt(node, 10) >= 24)
        return;
    const message = `This action needs Node 24, but the runner started Node ${node}.`;
    throw new Failure('runtime', message, { remedy: RUNTIME });
}
/** @throws Failure if the inputs are invalid. If `account_id` is, it lists the accounts, so that users can find the ID. */
async function checkedInputs({ checked, lookup }, context) {
    if (!(checked instanceof Failure))
        return checked;
    if (lookup === undefined)
        throw checked;
    const listing = await listAccounts(lookup, context);
    context.signal.throwIfAborted();
    const described = describeAccounts(listing, lookup);
    const isOnlyProblem = checked.facts.hints?.length === 1;
    throw checked.with({ ...described, remedy: isOnlyProblem ? described.remedy : checked.facts.remedy });
}
/** Aborts when the run is cancelled, or when an error escapes: Node would print it with the headers of a request. */
function interruptionSignal() {
    const controller = new AbortController();
    // Not `once`: an error can trigger another one, which would then be printed.
    process.on('uncaughtException', (error) => controller.abort(error));
    const cancelled = new Failure('cancelled', 'The run was cancelled.', { remedy: CANCELLED });
    // On cancel, the runner sends SIGINT and, seconds later, SIGTERM. A machine that shuts down sends only SIGTERM.
    for (const signal of ['SIGINT', 'SIGTERM'])
        process.on(signal, () => controller.abort(cancelled));
    return controller.signal;
}

})();

module.exports = __webpack_exports__;
/******/ })()
;