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

;// CONCATENATED MODULE: ./build/failure.js
/** Placeholder in {@link FAILURES} for the URL of the site's status page. */
const STATUS_PAGE = '(its URL)';
/**
 * Every kind of failure, with its annotation's title and what to do. The keys are the values of the `failure` output and
 * change only with a major version. The runner does not mask titles, so titles are fixed text.
 */
const FAILURES = {
    inputs: ['Invalid inputs', 'Fix the inputs listed above, then start a new run.'],
    'keys-missing': [
        'Missing keys',
        "Check that each secret exists under the name that the step uses, where this job can read it (repository, organization, or the job's environment). Runs from forks and Dependabot may not get it. A reusable workflow gets only the secrets that its caller passes.",
    ],
    'key-rejected': [
        'Opsgenie rejected the key',
        "In Opsgenie, check under Settings > API key management that the key is enabled and has Read and Configuration access. Check that `region` is the key's region.",
    ],
    'key-not-verified': [
        'Opsgenie did not verify the key',
        'Check whether Opsgenie is available to you, check any proxy or firewall on the way, then rerun the job.',
    ],
    'update-rejected': [
        'Datadog rejected the update',
        'Check `account_id`, `region`, and `api_key`. A dry run checks `account_id`.',
    ],
    forbidden: [
        'Datadog denied access',
        "Check, in this order: `site` is your organization's; the Datadog credentials are valid and not swapped; they have the `manage_integrations` permission (for a dry run, `integrations_read`); Datadog's IP allowlist admits this runner.",
    ],
    'not-found': [
        'Opsgenie account not found',
        'Compare `account_id` with the accounts above, if any. If it is among them, rerun the job. If not, correct `account_id`, or check `site` and the Datadog credentials.',
    ],
    'rate-limited': ['Rate limited', "Rerun the job later, or raise `timeout` (and the job's `timeout-minutes`)."],
    unavailable: [
        'Server or gateway error',
        `Check the status page of the site ${STATUS_PAGE} and any proxy or firewall on the way, then rerun the job.`,
    ],
    'unexpected-response': [
        'Unexpected response',
        'Check in Datadog that on-call data loads, and check any proxy or firewall on the way. Then rerun the job.',
    ],
    network: [
        'Network error',
        'Check that the runner can reach this host on port 443 (DNS, firewall, proxy), then rerun the job.',
    ],
    certificate: [
        'Certificate not trusted',
        "Check the runner's clock. If your company's proxy decrypts TLS, NODE_EXTRA_CA_CERTS in the step's `env` must name a readable PEM file with its CA certificate. Otherwise, identify the server at this address before you send keys to it.",
    ],
    proxy: [
        'Proxy error',
        'Check https_proxy, or HTTPS_PROXY if the first is not set (`http://user:password@host:port`, special characters percent-encoded), and that the proxy allows this host on port 443. Only Basic authentication works. To bypass the proxy, add the host to NO_PROXY, without `*`.',
    ],
    cancelled: ['Cancelled', 'Rerun the job. Rerunning is safe.'],
    runtime: [
        'Node.js is too old',
        'Update the runner to version 2.327.1 or later. With a local or compatible runner such as act, use an image with Node 24.',
    ],
    internal: ['Internal error', 'Report this, with the debug log. Check in Datadog that on-call data loads.'],
};
/** A failure that users can act on. The message is a sentence that says what happened and where. Not sanitized. */
class Failure extends Error {
    kind;
    facts;
    constructor(kind, message, facts = {}) {
        super(message, { cause: facts.cause });
        this.kind = kind;
        this.facts = facts;
    }
    /** Returns a copy with more details and with other facts replaced. */
    with({ details = [], ...facts }) {
        const all = [...(this.facts.details ?? []), ...details];
        return new Failure(this.kind, this.message, { ...this.facts, ...facts, details: all });
    }
    /** Converts anything thrown to a Failure. Unexpected errors become `internal`. */
    static from(thrown) {
        if (thrown instanceof Failure)
            return thrown;
        const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'the thrown value is not an error';
        return new Failure('internal', `This action hit an internal error (${text}).`, { cause: thrown });
    }
}

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
;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = require("node:http");
;// CONCATENATED MODULE: ./build/parse.js
/** Parses JSON. Returns undefined, which JSON cannot express, if the text is malformed. */
function parseJson(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined;
    }
}
/** Checks that a value is a JSON object: neither null nor an array. */
function isObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}

;// CONCATENATED MODULE: ./build/http/connection.js



/**
 * The phases of a request: `connecting` to the host or its proxy, `tunneling` through the proxy, TLS `handshake`, `secure`.
 * No part of a request is sent before its connection is secure.
 */
const PHASES = ['connecting', 'tunneling', 'handshake', 'secure'];
const CHANNEL = 'http.client.request.created';
/**
 * Follows all requests that start from now on, including CONNECT requests to a proxy. The HTTP client hides its requests,
 * but Node announces them (https://nodejs.org/api/diagnostics_channel.html#http).
 *
 * @param onSwitch called if the server switches protocols, which the HTTP client never notices
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
        request.once('error', (error) => {
            connection.error ??= error;
        });
        if (isTunnel) {
            request.once('connect', ({ statusCode = 0, statusMessage = '' }) => {
                connection.proxyResponse = { status: statusCode, reason: statusMessage };
                if (statusCode === 200)
                    reach('handshake');
            });
        }
        else {
            request.once('upgrade', onSwitch);
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

;// CONCATENATED MODULE: ./build/http/network-error.js


/**
 * Error codes for untrusted certificates (https://nodejs.org/api/tls.html#x509-certificate-error-codes).
 * Node reports problems without a code of their own, such as a weak signature or key, as UNSPECIFIED.
 */
const CERTIFICATE = /_CERT(?:_|$)|^CERT_|^UNABLE_TO_|^INVALID_|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$|^UNSPECIFIED$/;
/** Explains the HTTP client's error. An error without a code is a bug. */
function failureFromError(error, route) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (!(error instanceof Error) || typeof code !== 'string')
        return Failure.from(error);
    const { phase, proxyResponse } = route;
    const { kind, problem } = describeProgress(route);
    const reason = reasonOf(error, code);
    if (phase !== 'secure' && CERTIFICATE.test(code)) {
        const message = `The certificate of ${describeHost(route)} is not trusted (${code}): ${reason}.`;
        const file = process.env.NODE_EXTRA_CA_CERTS;
        const details = file ? [`NODE_EXTRA_CA_CERTS is set to ${file}.`] : [];
        return new Failure('certificate', message, { details, cause: error });
    }
    if (phase === 'secure' && code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') {
        const message = `${describeHost(route)} sent a response that cannot be read (${code}).`;
        return new Failure('unexpected-response', message, { cause: error });
    }
    if (kind === 'proxy' && proxyResponse !== undefined) {
        const { status, reason: phrase } = proxyResponse;
        const isFinal = status >= 400 && status < 500;
        const message = `${problem}: the proxy returned ${`${status} ${phrase}`.trimEnd()}.`;
        return new Failure(kind, message, { retry: isFinal ? undefined : { policy: 'connect' }, cause: error });
    }
    const policy = phase === 'secure' ? 'backoff' : 'connect';
    return new Failure(kind, `${problem}: ${reason}.`, { retry: { policy }, cause: error });
}
/** Returns the failure for a request that reached a time limit, in milliseconds. */
function timeoutFailure(route, limit) {
    const { kind, problem } = describeProgress(route);
    const policy = route.phase === 'secure' ? 'backoff' : 'connect';
    return new Failure(kind, `${problem} within ${formatSeconds(limit)}.`, { retry: { policy } });
}
function describeProgress(route) {
    const host = describeHost(route);
    if (route.phase === 'secure')
        return { kind: 'network', problem: `No complete response from ${host}` };
    if (route.phase === 'handshake')
        return { kind: 'network', problem: `No TLS connection to ${host}` };
    return { kind: route.proxy === undefined ? 'network' : 'proxy', problem: `No connection to ${host}` };
}
function describeHost({ host, proxy }) {
    return proxy === undefined ? host : `${host} (through the proxy ${proxy.host})`;
}
/** Returns the error's message without Node's appended advice and OpenSSL's ten lines. */
function reasonOf(error, code) {
    // When all of a host's addresses fail, the messages are in the individual errors.
    const [first] = error instanceof AggregateError ? error.errors : [error];
    const [message = ''] = ((first instanceof Error && first.message) || code).split(/; | - Local|\n/);
    const [, openssl] = /:SSL routines:[^:]*:([^:]+)/.exec(message) ?? [];
    return openssl ?? message;
}

// EXTERNAL MODULE: ./node_modules/@actions/http-client/lib/proxy.js
var lib_proxy = __nccwpck_require__(783);
;// CONCATENATED MODULE: ./build/http/proxy.js


/** The variables that the HTTP client reads, in the same order. */
const VARIABLES = ['https_proxy', 'HTTPS_PROXY'];
/** Shorter credentials are not masked, because they appear in ordinary words. */
const MIN_SECRET_LENGTH = 4;
/**
 * Returns the proxy that the HTTP client uses for a URL; undefined if there is none.
 *
 * @throws Failure if the client cannot use the configured proxy, because the client would silently connect directly
 */
function proxyFor(url) {
    const variable = VARIABLES.find((name) => process.env[name]);
    if (variable === undefined || (0,lib_proxy/* checkBypass */.H)(url))
        return undefined;
    const proxy = parseProxy(process.env[variable]);
    if (proxy !== undefined && isUsable(proxy))
        return proxy;
    // The value can contain a password, so it is not shown.
    const message = `No connection to ${url.host}: the ${variable} environment variable does not hold a usable proxy URL.`;
    throw new Failure('proxy', message, { hadNoEffect: true });
}
/** Returns each proxy's password, decoded and as written, and the resulting `Basic` credentials. A proxy can echo them. */
function proxySecrets(environment) {
    return VARIABLES.flatMap((name) => {
        const proxy = parseProxy(environment[name]);
        if (!proxy?.username && !proxy?.password)
            return [];
        const user = decode(proxy.username) ?? proxy.username;
        const password = decode(proxy.password) ?? proxy.password;
        // If the password is missing or very short, the user name can be the secret, such as a token.
        const secrets = password.length < MIN_SECRET_LENGTH ? [user, proxy.username] : [password, proxy.password];
        const basic = Buffer.from(`${user}:${password}`).toString('base64');
        return [...new Set([...secrets, basic])].filter(({ length }) => length >= MIN_SECRET_LENGTH);
    });
}
function parseProxy(text = '') {
    // `URL.parse` does not exist on Node 20, where this action only reports the old version.
    return URL.canParse(text) ? new URL(text) : undefined;
}
function isUsable(proxy) {
    const { protocol, hostname, username, password, pathname, search, hash } = proxy;
    return (
    // Through https:// the client checks the proxy's certificate against the target's name, which never matches.
    protocol === 'http:' &&
        // The client would look up an IPv6 address with its brackets as a name.
        !hostname.startsWith('[') &&
        [username, password].every((text) => decode(text) !== undefined) &&
        // An unescaped / ? or # in the password ends the host early: the text before it would be shown as the host.
        ![pathname, search, hash].some((part) => part.includes('@')));
}
/** Decodes percent escapes. Returns undefined if one is malformed. */
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
/**
 * Sends one request and reads the response, whatever its status. Redirects are not followed.
 *
 * @throws Failure if no complete response arrives from the host within the limits
 */
async function sendRequest(request, options) {
    const { url } = request;
    const start = now();
    const proxy = proxyFor(url);
    const ending = new AbortController();
    const connection = followConnection(() => {
        const message = `${url.host} sent 101 Switching Protocols, which was not requested.`;
        ending.abort(new Failure('unexpected-response', message));
    });
    const route = () => ({ host: url.host, proxy, ...connection });
    const stopTimers = startTimers(options, route, ending);
    try {
        const response = await race(send(request, options.userAgent), AbortSignal.any([options.signal, ending.signal]));
        options.trace(traceLine(request, [response.status, ...rateLimitHeaders(response)].join(', '), start));
        return response;
    }
    catch (error) {
        const known = error instanceof Failure ? error : failureFromError(connection.error ?? error, route());
        const failure = known.with({ hadNoEffect: connection.phase !== 'secure' });
        options.trace(traceLine(request, failure.kind, start));
        throw failure;
    }
    finally {
        stopTimers();
        connection.end();
    }
}
/** Aborts the request when a limit is reached. Returns a function that stops both timers. */
function startTimers({ connectLimit, limit }, route, ending) {
    const timeOut = (after) => ending.abort(timeoutFailure(route(), after));
    // AbortSignal.timeout would not keep the process alive until it fires.
    const connectTimer = setTimeout(() => route().phase !== 'secure' && timeOut(connectLimit), connectLimit);
    const timer = setTimeout(timeOut, limit, limit);
    return () => {
        clearTimeout(connectTimer);
        clearTimeout(timer);
    };
}
function traceLine({ method, url }, result, start) {
    return `${method} ${url.href}: ${result}, after ${formatSeconds(now() - start)}`;
}
async function send({ method, url, headers, body = '' }, userAgent) {
    // By default, the client follows redirects to any host and sends the keys there too.
    const client = new lib/* HttpClient */.Qq(userAgent, [], { allowRedirects: false });
    // Without Accept-Encoding, any compression is allowed, and some middleboxes compress responses.
    const { message } = await client.request(method, url.href, body, { ...headers, 'Accept-Encoding': 'identity' });
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
    const isTooLarge = size > MAX_BODY_BYTES;
    const text = isTooLarge ? '' : new TextDecoder().decode(Buffer.concat(chunks));
    const status = Number(message.statusCode);
    const reason = message.statusMessage ?? '';
    return { host: url.host, status, reason, headers: message.headers, text, isTooLarge };
}
function rateLimitHeaders({ headers }) {
    return Object.entries(headers)
        .filter(([name]) => name.startsWith('x-ratelimit-'))
        .map((header) => header.join(' '));
}
/** Describes a response in a few words: `api.example.com returned 403 Forbidden`. */
function describeResponse({ host, status, reason, isTooLarge }) {
    const returned = `${host} returned ${status} ${reason}`.trimEnd();
    return isTooLarge ? `${returned}, with a body of more than 1 MiB` : returned;
}
/** Quotes a response that is not in the service's own format, without tags, styles, and scripts. Not sanitized. */
function quoteBody({ text }) {
    // As in a browser, a style or script without an end extends to the end of the page.
    // A pattern that fails after a long search would take minutes on a body full of `<`.
    const words = text.replace(/<(style|script)\b.*?(?=<\/\1|$)|<[^<>]*>/gis, ' ').trim();
    const hint = 'This response may come from a proxy or firewall.';
    return words === '' ? [hint] : [`Response body: ${words}`, hint];
}
/** Settles like the promise, or rejects if the signal aborts first. For calls that do not accept a signal. */
function race(promise, signal) {
    const aborted = new Promise((_, reject) => {
        if (signal.aborted)
            reject(signal.reason);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return Promise.race([promise, aborted]);
}

;// CONCATENATED MODULE: ./build/http/retry.js



/** All times are in milliseconds. */
const BACKOFF_BASE = 500;
const BACKOFF_CAP = 30_000;
const NEW_KEY_WAIT = 3_000;
/** A hung request must not use up the time in which another attempt could succeed. */
const ATTEMPT_CONNECT_LIMIT = 15_000;
const ATTEMPT_LIMIT = 60_000;
/** Limit for consecutive attempts without a secure connection. */
const CONNECT_LIMIT = 30_000;
/** With less time left, another attempt would probably time out and hide the reason for the previous failure. */
const MIN_ATTEMPT = 3_000;
/**
 * Repeats an attempt until it succeeds, fails for good, or runs out of time.
 *
 * @throws Failure from the last attempt, or the signal's reason, with the facts of all attempts
 */
async function withRetries(attempt, context) {
    const progress = { attempts: 0, status: undefined, hadNoEffect: true };
    try {
        return await repeat(attempt, context, progress);
    }
    catch (error) {
        throw Failure.from(error).with(progress);
    }
}
async function repeat(attempt, context, progress) {
    const { deadline, signal, onRetry } = context;
    let connectDeadline = now() + CONNECT_LIMIT;
    let wasRefused = false;
    for (;;) {
        progress.attempts += 1;
        const limit = Math.min(Math.max(deadline - now(), 0), ATTEMPT_LIMIT);
        const connectLimit = Math.min(Math.max(connectDeadline - now(), 0), ATTEMPT_CONNECT_LIMIT, limit);
        try {
            return await attempt({ ...context, connectLimit, limit });
        }
        catch (error) {
            const failure = Failure.from(error);
            const { status, hadNoEffect = false, retry } = failure.facts;
            progress.status = status ?? progress.status;
            progress.hadNoEffect &&= hadNoEffect;
            if (retry === undefined || signal.aborted || (retry.policy === 'once' && wasRefused))
                throw failure;
            const wait = nextWait(retry, progress.attempts, Math.random());
            const end = retry.policy === 'connect' ? Math.min(deadline, connectDeadline) : deadline;
            if (now() + wait + MIN_ATTEMPT >= end)
                throw failure;
            onRetry(failure, progress.attempts + 1, wait);
            await race(new Promise((resolve) => setTimeout(resolve, wait)), signal);
            wasRefused ||= retry.policy === 'once';
            if (retry.policy !== 'connect')
                connectDeadline = now() + CONNECT_LIMIT;
        }
    }
}
/**
 * Returns the wait before the next attempt: as long as the server asks, plus exponential backoff, half of it random.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param random from 0 to 1
 */
function nextWait({ policy, wait = 0 }, attempts, random) {
    const backoff = Math.min(BACKOFF_BASE * 2 ** (attempts - 1), BACKOFF_CAP);
    return (policy === 'once' ? NEW_KEY_WAIT : wait) + (backoff * (1 + random)) / 2;
}
/** Statuses after which another attempt may get a different response. */
const TRANSIENT = [408, 429, 500, 502, 503, 504];
/**
 * Decides by status alone whether to retry. After 429 and 503, returns the longest wait in the headers.
 *
 * @param waitHeaders lower-case names of headers that hold a number of seconds
 */
function retryFor({ status, headers, isTooLarge }, waitHeaders) {
    if (isTooLarge)
        return undefined;
    // A service can refuse a key that was created moments ago.
    if (status === 401 || status === 403)
        return { policy: 'once' };
    if (!TRANSIENT.includes(status))
        return undefined;
    if (status !== 429 && status !== 503)
        return { policy: 'backoff' };
    // A value with more digits is a Unix time, and a value that is not a number is a date.
    const waits = waitHeaders.map((name) => `${headers[name]}`).filter((value) => /^\d{1,9}(?:\.\d+)?$/.test(value));
    return { policy: 'backoff', wait: Math.max(0, ...waits.map(Number)) * 1000 };
}

;// CONCATENATED MODULE: ./build/datadog/response.js




/** Parses a response once and identifies Datadog's own errors. */
function parseResponse(response) {
    const json = parseJson(response.text);
    const errors = readErrors(json);
    if (errors === undefined)
        return { ...response, json, isDatadogError: false, details: quoteBody(response) };
    const words = errors.filter(isText).join('; ') || response.text;
    return { ...response, json, isDatadogError: true, details: [`Error from Datadog: ${words}`] };
}
/**
 * Reads the errors in a body. The format does not depend on the status: `{"errors": ["…"]}`,
 * `{"errors": [{"title", "detail", "source", …}]}`, or `{"error": {…}}`.
 */
function readErrors(json) {
    const { errors, error } = isObject(json) ? json : {};
    if (Array.isArray(errors) && errors.length > 0)
        return errors.map(describeError);
    return isObject(error) ? [describeError(error)] : undefined;
}
/**
 * Describes one error: a string unchanged, an object by its JSON:API fields (https://jsonapi.org/format/#error-objects).
 *
 * @returns an empty string if the error has another format
 */
function describeError(error) {
    if (typeof error === 'string')
        return error;
    const { title, detail, message, source } = isObject(error) ? error : {};
    const words = [title, detail, message].filter(isText).join(': ');
    const locations = Object.entries(isObject(source) ? source : {}).filter(([, location]) => isText(location));
    return words === '' || locations.length === 0
        ? words
        : `${words} (${locations.map((location) => location.join(' ')).join(', ')})`;
}
function isText(value) {
    return typeof value === 'string' && value.trim() !== '';
}
/** Returns the failure for a response with a status other than 200 or a body that is too large. */
function failureFromResponse(response, call) {
    const { status, isDatadogError, details } = response;
    return new Failure(kindOf(response, call), `${describeResponse(response)}.`, {
        status,
        details,
        // Any other response can come from a proxy and hide Datadog's response to a successful update.
        hadNoEffect: isDatadogError && status >= 400 && status < 500,
        retry: retryFor(response, ['x-ratelimit-reset', 'retry-after']),
    });
}
function kindOf(response, call) {
    const { status, isDatadogError, isTooLarge } = response;
    if (isTooLarge)
        return 'unexpected-response';
    if (status === 429)
        return 'rate-limited';
    if (TRANSIENT.includes(status))
        return 'unavailable';
    if (!isDatadogError)
        return 'unexpected-response';
    if (status === 401 || status === 403)
        return 'forbidden';
    // Datadog documents 400, 404, and 422 only for the update.
    if (call === 'update' && (status === 400 || status === 422))
        return 'update-rejected';
    return call === 'update' && status === 404 ? 'not-found' : 'unexpected-response';
}
/**
 * Returns the failure for a response with status 200 that does not confirm the expected result.
 *
 * @param reason the end of a sentence after "but"
 * @param details omitted if the response is the documented object
 */
function unconfirmed(response, reason, details = []) {
    const { status } = response;
    return new Failure('unexpected-response', `${describeResponse(response)}, but ${reason}.`, { status, details });
}

;// CONCATENATED MODULE: ./build/datadog/sites.js
/** Used if neither the input nor `DD_SITE` names a site. */
const DEFAULT_SITE = 'datadoghq.com';
const UK1 = 'uk1.datadoghq.com';
/** Datadog's sites by name, with their values for `DD_SITE`: https://docs.datadoghq.com/getting_started/site/ */
const SITES = new Map([
    ['US1', DEFAULT_SITE],
    ['US3', 'us3.datadoghq.com'],
    ['US5', 'us5.datadoghq.com'],
    ['EU1', 'datadoghq.eu'],
    ['UK1', UK1],
    ['AP1', 'ap1.datadoghq.com'],
    ['AP2', 'ap2.datadoghq.com'],
    ['US1-FED', 'ddog-gov.com'],
    ['US2-FED', 'us2.ddog-gov.com'],
]);
const KNOWN_SITES = [...SITES.values()];
const ADDRESS = /^(?:https:\/\/)?(?:app\.|api\.)?([a-z\d.-]+)(?:[/?#].*)?$/;
/**
 * Parses a Datadog site's name, host, or URL, with or without `app.` or `api.` in front of the host. Ignores case.
 *
 * @returns one of {@link KNOWN_SITES}, or undefined
 */
function parseSite(text) {
    if (/[^ -~]/.test(text))
        return undefined; // Some characters become ASCII letters when their case changes.
    const [, host] = ADDRESS.exec(text.toLowerCase()) ?? [];
    return SITES.get(text.toUpperCase()) ?? KNOWN_SITES.find((site) => site === host);
}
/** A site's API host. Datadog credentials are sent to this host and no other. */
function apiHost(site) {
    return `api.${site}`;
}
/** A site's status page. UK1 has no known status page, so US1's is used. */
function statusPage(site) {
    return `https://status.${site === UK1 ? DEFAULT_SITE : site}`;
}

;// CONCATENATED MODULE: ./build/datadog/accounts.js







// API contract: https://docs.datadoghq.com/api/latest/opsgenie-integration/, "Update an Opsgenie account" and "Get all
// Opsgenie accounts".
const ACCOUNTS = '/api/v2/integration/opsgenie/accounts';
const ACCOUNT_TYPE = 'opsgenie-account';
/** Time limit for listing the accounts after a failure, in milliseconds. */
const LIST_LIMIT = 10_000;
const MAX_LISTED = 20;
/** The Opsgenie regions that Datadog documents. */
const REGIONS = ['us', 'eu', 'custom'];
/**
 * Updates an Opsgenie account. If Datadog does not find the account, lists the organization's accounts.
 *
 * @throws Failure unless Datadog confirms the update with the same ID and the requested region, if any
 */
async function updateAccount(update, context) {
    const { accountId: id, apiKey, region } = update;
    // JSON.stringify omits undefined attributes.
    const body = JSON.stringify({ data: { attributes: { api_key: apiKey, region }, id, type: ACCOUNT_TYPE } });
    const attempt = async (options) => confirmUpdate(await accounts_send(update, options, `/${id}`, body), update);
    try {
        return await withRetries(attempt, context);
    }
    catch (error) {
        const failure = Failure.from(error);
        const mayBeApplied = !failure.facts.hadNoEffect;
        if (failure.kind !== 'not-found')
            throw failure.with({ mayBeApplied });
        const facts = { details: await describeAccounts(update, context), mayBeApplied };
        if (!context.signal.aborted)
            throw failure.with(facts);
        // The run was cancelled while the accounts were listed.
        throw Failure.from(context.signal.reason).with({ ...failure.facts, ...facts });
    }
}
/**
 * Looks up the account that {@link updateAccount} would update, without changing anything.
 *
 * @throws Failure if the response does not prove that the account exists
 */
function findAccount(update, context) {
    return withRetries(async (options) => confirmAccount(await accounts_send(update, options), update), context);
}
/**
 * Lists the accounts in one attempt of at most ten seconds. Never throws, because the list only adds to another failure.
 *
 * @returns one line for each account, or the reason why the list is missing
 */
async function describeAccounts(organization, context) {
    const limit = Math.min(Math.max(context.deadline - now(), 0), LIST_LIMIT);
    try {
        const response = await accounts_send(organization, { ...context, connectLimit: limit, limit });
        return listAccounts(readAccounts(response), organization);
    }
    catch (error) {
        const { message, kind, facts } = Failure.from(error);
        const permission = kind === 'forbidden' ? ['Listing the accounts needs the `integrations_read` permission.'] : [];
        return [`The accounts could not be listed: ${message}`, ...(facts.details ?? []), ...permission];
    }
}
function listAccounts(accounts, { site }) {
    if (accounts.length === 0)
        return [`This organization has no Opsgenie account on ${site}.`];
    const lines = accounts.map(({ id, region }) => {
        return `Existing account: ${id}, region ${typeof region === 'string' ? region : 'unknown'}.`;
    });
    const more = lines.length - MAX_LISTED;
    return more > 0 ? [...lines.slice(0, MAX_LISTED), `… and ${more} more`] : lines;
}
/** Checks that a response proves the update: status 200, the same ID, and the requested region, if any. */
function confirmUpdate(response, { accountId, region }) {
    if (response.status !== 200 || response.isTooLarge)
        throw failureFromResponse(response, 'update');
    const account = readAccount(readData(response));
    if (account === undefined)
        throw unconfirmed(response, 'no Opsgenie account could be read from the body', response.details);
    if (account.id.toLowerCase() !== accountId)
        throw unconfirmed(response, `the response is for another account: ${account.id}`);
    const confirmed = checkRegion(account, response);
    if (region === undefined || confirmed.region === region)
        return confirmed;
    const received = confirmed.region === undefined ? 'the response contains no region' : `the region is ${confirmed.region}`;
    throw unconfirmed(response, `${received} (expected ${region})`);
}
/** Finds the account in a response to the list call. */
function confirmAccount(response, update) {
    const accounts = readAccounts(response);
    const found = accounts.find(({ id }) => id.toLowerCase() === update.accountId);
    if (found !== undefined)
        return checkRegion(found, response);
    const facts = { status: response.status, details: listAccounts(accounts, update) };
    throw new Failure('not-found', `${response.host} does not list this account.`, facts);
}
/** @throws Failure if a response is not a list of accounts */
function readAccounts(response) {
    if (response.status !== 200 || response.isTooLarge)
        throw failureFromResponse(response, 'list');
    const data = readData(response);
    if (Array.isArray(data)) {
        const accounts = data.flatMap((entry) => readAccount(entry) ?? []);
        // Unknown entries among accounts are harmless. A list of only unknown entries is not a list of accounts.
        if (accounts.length > 0 || data.length === 0)
            return accounts;
    }
    throw unconfirmed(response, 'no list of accounts could be read from the body', response.details);
}
/** @throws Failure if a response contains errors in any format, whatever else it contains */
function readData(response) {
    const { data, errors, error } = isObject(response.json) ? response.json : {};
    const values = Array.isArray(errors) ? [...errors, error] : [errors, error];
    const hasErrors = values.some((value) => value !== undefined && value !== null);
    if (hasErrors)
        throw unconfirmed(response, 'the body contains errors', response.details);
    return data;
}
/** Reads an account in the API's format. Returns undefined for anything else. */
function readAccount(data) {
    const { id, type, attributes } = isObject(data) ? data : {};
    if (type !== ACCOUNT_TYPE || typeof id !== 'string' || !isObject(attributes))
        return undefined;
    return { id, region: attributes.region };
}
/** @throws Failure if the account's region is undocumented */
function checkRegion({ id, region }, response) {
    const documented = REGIONS.find((name) => name === region);
    if (region === undefined || documented !== undefined)
        return { id, region: documented };
    throw unconfirmed(response, 'the region is not documented', response.details);
}
/** Lists all accounts or, with a path and a body, updates one. */
async function accounts_send({ site, credentials }, options, path = '', body) {
    const url = new URL(`https://${apiHost(site)}${ACCOUNTS}${path}`);
    const headers = {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        // https://docs.datadoghq.com/api/latest/authentication/
        ...('token' in credentials
            ? { Authorization: `Bearer ${credentials.token}` }
            : { 'DD-API-KEY': credentials.apiKey, 'DD-APPLICATION-KEY': credentials.appKey }),
    };
    const method = body === undefined ? 'GET' : 'PATCH';
    return parseResponse(await sendRequest({ method, url, headers, body }, options));
}

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = require("node:fs");
;// CONCATENATED MODULE: ./build/github/exposed-keys.js

/**
 * Warns about keys in the payload of the event that started the run. Never rejects, because this check must not fail an update.
 * @actions/github is imported dynamically because the import itself throws if the event file is not valid JSON.
 *
 * @param warn called with a sentence
 */
async function warnAboutExposedKeys(keys, warn) {
    // The package would print the path of a missing file and continue.
    if (!(0,external_node_fs_namespaceObject.existsSync)(process.env.GITHUB_EVENT_PATH ?? ''))
        return;
    // Loading the package takes a while, so the request starts first.
    await new Promise((resolve) => setImmediate(resolve));
    try {
        const { context } = await __nccwpck_require__.e(/* import() */ 722).then(__nccwpck_require__.bind(__nccwpck_require__, 722));
        for (const source of exposedKeys(keys, context.payload)) {
            warn(`${source} appears in plain text in the payload of the event that started this run. GitHub does not mask it there. Rotate this key again, and pass it as a secret.`);
        }
    }
    catch {
        // There is no payload to check.
    }
}
/** Returns the sources of the keys that appear anywhere in an event payload, such as in a plain workflow input. */
function exposedKeys(keys, payload) {
    const payloadText = JSON.stringify(payload);
    const exposed = keys.filter(({ text }) => payloadText.includes(JSON.stringify(text).slice(1, -1)));
    return [...new Set(exposed.map(({ source }) => source))];
}

;// CONCATENATED MODULE: ./build/github/outcome.js


/** The outputs of action.yml. */
const OUTPUTS = (/* unused pure expression or super */ null && (['updated', 'failure', 'account_id', 'region', 'status_code']));
const MAY_BE_APPLIED = 'The update may have been applied. Rerunning is safe.';
const NOT_APPLIED = 'This run changed nothing in Datadog.';
const OTHER_KEYS = "This action doesn't change the keys that send alerts. Keep the old key until an update succeeds and on-call data loads in Datadog.";
/**
 * Describes a successful run.
 *
 * @param verifiedBy the Opsgenie host that accepted the key; undefined if no check was requested
 */
function describeSuccess(account, inputs, verifiedBy) {
    const { site, accountId, dryRun } = inputs;
    const region = account.region ?? '';
    const isRegionChanging = dryRun && inputs.region !== undefined && inputs.region !== region;
    return {
        title: undefined,
        heading: dryRun ? '✅ Dry run passed' : '✅ Opsgenie account updated in Datadog',
        cells: {
            Account: accountId,
            Site: site,
            Region: isRegionChanging ? `${region || 'none'} → ${inputs.region}` : region,
        },
        happened: [dryRun ? describeDryRun(region, inputs) : describeUpdate(region, inputs)],
        details: verifiedBy === undefined ? [] : [describeVerification(verifiedBy)],
        effect: '',
        remedy: '',
        outputs: { updated: `${!dryRun}`, failure: '', account_id: account.id, region, status_code: '200' },
    };
}
function describeFailure(failure, subject, verifiedBy) {
    const { kind, message, facts } = failure;
    const { attempts = 0, status, details = [], mayBeApplied = false } = facts;
    const [title, remedy] = FAILURES[kind];
    const { accountId, site, region } = subject;
    const prefix = attempts > 0 ? `Opsgenie account ${accountId} on ${site}: ` : '';
    const sentences = [
        `${prefix}${message}`,
        attempts > 1 && `${attempts} attempts were made.`,
        verifiedBy !== undefined && describeVerification(verifiedBy),
    ];
    return {
        title,
        heading: `❌ ${title}`,
        cells: { Account: accountId, Site: site, Region: region && `${region} (requested)` },
        happened: sentences.filter((sentence) => sentence !== false),
        details,
        effect: `${mayBeApplied ? MAY_BE_APPLIED : NOT_APPLIED} ${OTHER_KEYS}`,
        remedy: remedy.replace(STATUS_PAGE, `(${statusPage(site)})`),
        outputs: { updated: mayBeApplied ? 'unknown' : 'false', failure: kind, status_code: `${status ?? ''}` },
    };
}
/** Describes the step's request at the start of the run. */
function describeStart(inputs) {
    const { dryRun, accountId, site } = inputs;
    const request = dryRun ? 'Dry run of an update' : 'Requested update';
    return `${request} of Opsgenie account ${accountId} on ${site}: ${describeChange(inputs)}.`;
}
/** @param host the Opsgenie host that accepted the key */
function describeVerification(host) {
    return `Opsgenie accepted the API key (${host}).`;
}
function describeUpdate(region, inputs) {
    const { accountId, site } = inputs;
    const unchanged = region && inputs.region === undefined ? ` The region is still ${region}.` : '';
    return `Datadog updated Opsgenie account ${accountId} on ${site}: ${describeChange(inputs)}.${unchanged}`;
}
function describeDryRun(region, inputs) {
    const { accountId, site, apiKey } = inputs;
    const effects = [
        apiKey && 'set the API key (Datadog does not reveal whether it changes)',
        inputs.region === undefined || inputs.region === region
            ? 'leave the region unchanged'
            : `change the region from ${region || 'none'} to ${inputs.region}`,
    ];
    return `Dry run passed: Datadog has Opsgenie account ${accountId} on ${site}. An update would ${effects.filter(Boolean).join(' and ')}. Not checked: whether the credentials have the \`manage_integrations\` permission.`;
}
function describeChange({ apiKey, region }) {
    return [apiKey && 'new API key', region && `region ${region}`].filter(Boolean).join(', ');
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
;// CONCATENATED MODULE: ./build/github/markdown.js
/** Characters that start inline syntax in GitHub's Markdown: markup, HTML, a mention, a link, a formula. */
const INLINE = /[\\`*~[\]<>&|@#$!]|(?<![a-z0-9])_|_(?![a-z0-9])|:(?=\/\/)|(?<=www)\./;
/** Characters that start a list at the beginning of a line. INLINE has all other characters that start a block. */
const BLOCK = /^[-+]|(?<=^\d{1,9})[.)]/;
const MARKUP = new RegExp(`${INLINE.source}|${BLOCK.source}`, 'gi');
/** Prevents GitHub from turning what follows an @ into a mention or an email address. */
const WORD_JOINER = '&#8288;';
/**
 * Escapes one line of text for a paragraph, list item, or table cell of GitHub's Markdown. Possible markup
 * becomes a character reference, which is never read as syntax
 * (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
 */
function escapeMarkdown(text) {
    return text.replace(MARKUP, (character) => `&#${character.charCodeAt(0)};${character === '@' ? WORD_JOINER : ''}`);
}

;// CONCATENATED MODULE: ./build/github/report.js





/** GitHub truncates annotation messages at 4,096 characters. The margin is for characters that GitHub counts differently. */
const MAX_ANNOTATION = 4_000;
/** Limit for one line, so that a long error page leaves room for the rest. */
const MAX_LINE = 1_000;
/** Reports an error in the reporting code itself and sets no outputs. The text is fixed, because the error could contain a key. */
function reportInternalError() {
    const message = 'This action hit an internal error that it cannot describe. Unless this was a dry run, the update may have been applied. Rerunning is safe.';
    const [title, remedy] = FAILURES.internal;
    error(`${message}\nWhat to do: ${remedy}`, { title });
}
/** Creates the functions that print and write everything after masking. All text passes through `sanitize`, line by line. */
function createReport(sanitize) {
    const safe = (line) => truncate(sanitize(line), MAX_LINE);
    const warning = (text) => core_warning(safe(text), { title: 'Opsgenie account in Datadog' });
    return {
        warning,
        info: (text) => info(safe(text)),
        /** Printed only if the user has enabled debug logging. */
        debug: (text) => debug(safe(text)),
        retrying({ message }, attempt, wait) {
            const next = `Retrying in ${formatSeconds(wait)} (attempt ${attempt}).`;
            info(`Attempt ${attempt - 1}: ${safe(message)} ${next}`);
        },
        /** Prints the stacks of an internal error and its causes if the user has enabled debug logging. */
        diagnose(error) {
            if (!(error instanceof Error))
                return;
            for (const line of `${error.stack}`.split('\n'))
                debug(safe(line));
            this.diagnose(error.cause);
        },
        /** Prints and writes the outcome. If a file cannot be written, the result stays the same. */
        write(outcome) {
            const { title, happened, outputs } = outcome;
            if (title === undefined)
                info(happened.map(safe).join(' '));
            else
                error(annotationText(outcome, safe), { title });
            const areOutputsWritten = succeeds(() => {
                for (const [name, value] of Object.entries(outputs))
                    setOutput(name, value);
            });
            if (!areOutputsWritten)
                warning("This step's outputs could not be written.");
            const markdown = summaryMarkdown(outcome, safe);
            // The toolkit's own summary would load node:fs/promises.
            const isSummaryWritten = succeeds(() => (0,external_node_fs_namespaceObject.appendFileSync)(process.env.GITHUB_STEP_SUMMARY ?? '', markdown));
            if (!isSummaryWritten)
                warning('The job summary could not be written.');
        },
    };
}
function annotationText({ happened, details, effect, remedy }, safe) {
    const body = [happened.map(safe).join(' '), ...details.map((detail) => safe(`- ${detail}`))].join('\n');
    const end = `\n${effect}\nWhat to do: ${remedy}`;
    return `${truncate(body, MAX_ANNOTATION - end.length)}${end}`;
}
function summaryMarkdown({ heading, cells, happened, details, effect, remedy }, safe) {
    const shown = (line) => escapeMarkdown(safe(line));
    const [header, ...rows] = Object.entries(cells).map(([name, value]) => `| ${name} | ${shown(value) || '–'} |`);
    const blocks = [
        `### ${heading}`,
        [header, '| --- | --- |', ...rows].join('\n'),
        happened.map(shown).join(' '),
        details.map((detail) => `- ${shown(detail)}`).join('\n'),
        effect,
        remedy && `**What to do:** ${remedy}`,
    ];
    return `${blocks.filter(Boolean).join('\n\n')}\n\n`;
}
function succeeds(action) {
    try {
        action();
        return true;
    }
    catch {
        return false;
    }
}
/** Truncates text to a number of UTF-16 code units, with an ellipsis for the rest. */
function truncate(text, limit) {
    return text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

;// CONCATENATED MODULE: ./build/key-form.js
/** No known key or token is shorter. Shorter values can be ordinary words, so they are not masked. */
const MIN_KEY_LENGTH = 16;
const MAX_KEY_LENGTH = 4_096;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Opsgenie does not document its key format. All known keys match this pattern. */
const OPSGENIE_KEY = /^[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}$/i;
/** https://docs.datadoghq.com/account_management/personal-access-tokens/ */
const ACCESS_TOKEN = /^dd[ps]at_/i;
const APPLICATION_KEY = /^ddapp_/i;
/** Characters that a key of each kind never contains. */
const FOREIGN = { 'Opsgenie key': /[^\w-]/u, 'Datadog key': /[^\w-]/u, 'access token': /[^\w.~+/=-]/u };
/**
 * Checks a key's length and characters without showing the key.
 *
 * @returns the end of a sentence that begins with the input's name; undefined if no problem is found
 */
function keyProblem(key, kind) {
    if (key.length < MIN_KEY_LENGTH)
        return `is too short: it has fewer than ${MIN_KEY_LENGTH} characters.`;
    if (key.length > MAX_KEY_LENGTH)
        return `is too long: it has more than ${MAX_KEY_LENGTH} characters.`;
    const [character] = FOREIGN[kind].exec(key) ?? [];
    if (character !== undefined)
        return `contains ${nameOf(character)}, which no ${kind} contains.`;
    // Without this check, dashes and underscores alone would pass.
    const isMostlySeparators = kind === 'Datadog key' && key.replace(/[^a-z\d]/gi, '').length < 8;
    return isMostlySeparators ? 'has fewer than eight letters and digits.' : undefined;
}
/** Names a character, using its code (`U+200B`) if the character may be invisible. */
function nameOf(character) {
    if (character === ' ')
        return 'a space';
    const code = character.codePointAt(0) ?? 0;
    return /[!-~]/.test(character) ? character : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

;// CONCATENATED MODULE: ./build/github/secrets.js


/** The runner's logs use the same text. */
const REDACTED = '***';
/** Shorter lines of a secret are not masked or redacted. Otherwise, `{` would be masked in the whole job. */
const MIN_LINE_LENGTH = 4;
/** A secret is also found without its dashes if at least this many characters remain. */
const MIN_LENGTH_WITHOUT_DASHES = 8;
/** Registers the lines of secrets with the runner, which masks them in the log, the annotations, and the job summary. */
function mask(secrets) {
    for (const line of linesOf(secrets))
        setSecret(line);
}
/**
 * Creates the function that all text passes through before it is printed. Text from a server can echo a key by accident or
 * contain a workflow command. The result is one line
 * - without the secrets: raw, in upper or lower case, percent-encoded, or without dashes (the runner masks more forms);
 * - without control characters, and without characters that are invisible or change the direction;
 * - that is not a workflow command. The runner looks for `::name::` at the start of a line and for `##[name]` anywhere in it
 *   (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
 */
function createSanitizer(secrets) {
    const patterns = linesOf(secrets)
        // One secret can begin with another secret, so the longest is redacted first.
        .sort((a, b) => b.length - a.length)
        .map((secret) => new RegExp(patternFor(secret), 'gi'));
    const redact = (line) => patterns.reduce((rest, pattern) => rest.replace(pattern, REDACTED), line);
    return (text) => {
        const decoded = toLine(secrets_decode(text));
        const redacted = redact(decoded);
        // Text stays percent-encoded unless that hides a secret.
        const line = redacted === decoded ? redact(toLine(text)) : redacted;
        return line.replace(/:(?=:)/g, ': ').replace(/##\[/g, '## [');
    };
}
function linesOf(secrets) {
    const lines = secrets.flatMap((secret) => secret.split(/[\r\n]+/)).map((line) => line.trim());
    // Invisible characters do not count, because the sanitizer removes them.
    return [...new Set(lines)].filter((line) => toLine(line).length >= MIN_LINE_LENGTH);
}
/** Puts text on one line. Control characters that are not white space, and invisible ones, are removed. */
function toLine(text) {
    // Most text is ASCII, and loading the Unicode tables for the rest takes a millisecond.
    const visible = /^[ -~]*$/.test(text) ? text : text.replace(/(?![\s\u0085])\p{Cc}|\p{Cf}|\p{DI}/gu, '');
    return visible.replace(/[\s\u0085]+/g, ' ').trim();
}
/** Decodes percent escapes. Invalid UTF-8 becomes replacement characters. */
function secrets_decode(text) {
    return text.replace(/(?:%[\da-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());
}
/** Returns a pattern that matches a secret with or without its dashes. */
function patternFor(secret) {
    // A longer value is never sent and can be too long for a pattern.
    const line = toLine(secret).slice(0, MAX_KEY_LENGTH).toWellFormed();
    const dashless = line.replaceAll('-', '');
    const forms = dashless.length >= MIN_LENGTH_WITHOUT_DASHES && dashless !== line ? [line, dashless] : [line];
    // `RegExp.escape` does not exist before Node 24, where this action only reports the old version.
    return forms.map((form) => form.replace(/[^\w\s]/g, '\\$&')).join('|');
}

;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = require("node:net");
;// CONCATENATED MODULE: ./build/http/settings.js

/** Time for each of a host's addresses, in milliseconds. With less, slow connections fail if one address is unreachable. */
const ADDRESS_TIMEOUT = 2_000;
/** Prepares the process for its requests. Called once, before the first request. */
function prepareProcess() {
    // Keys are never sent to a server whose certificate is not verified, whatever the environment says.
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    // With proxy credentials, the client's tunnel calls the deprecated Buffer(); users cannot act on that warning.
    // Under --no-deprecation, the property is already true and read-only.
    if (!process.noDeprecation)
        process.noDeprecation = true;
    if ((0,external_node_net_namespaceObject.getDefaultAutoSelectFamilyAttemptTimeout)() < ADDRESS_TIMEOUT) {
        (0,external_node_net_namespaceObject.setDefaultAutoSelectFamilyAttemptTimeout)(ADDRESS_TIMEOUT);
    }
}

;// CONCATENATED MODULE: ./build/inputs.js




/** The inputs of action.yml. */
const INPUTS = {
    site: { variable: 'DD_SITE' },
    account_id: {},
    region: {},
    api_key: { isSecret: true },
    region_only: { default: 'false' },
    verify_key: { default: 'false' },
    dry_run: { default: 'false' },
    dd_api_key: { variable: 'DD_API_KEY', isSecret: true },
    dd_app_key: { variable: 'DD_APP_KEY', isSecret: true },
    dd_access_token: { isSecret: true },
    timeout: { default: '300' },
};
const MAX_TIMEOUT = 3600;
/** Reads and checks all inputs. Each reader returns a value or a list of problems, independently of the others. */
function readInputs(environment) {
    const read = (name) => readValue(name, environment);
    const misspelled = findMisspelled(environment);
    const values = {
        misspelled: problemsOr(misspelled.map(describeMisspelled), undefined),
        site: readSite(read('site')),
        accountId: readAccountId(read('account_id')),
        region: readRegion(read('region')),
        apiKey: readApiKey(read),
        regionOnly: readRegionOnly(read),
        keyToVerify: readKeyToVerify(read),
        dryRun: readSwitch(read('dry_run')),
        credentials: readCredentials(read),
        timeout: readTimeout(read('timeout')),
    };
    const { site, credentials, timeout } = values;
    const organization = { site, credentials };
    return {
        keys: readKeys(environment, misspelled),
        subject: {
            site: typeof site === 'string' ? site : read('site').text,
            accountId: read('account_id').text.toLowerCase(),
            region: read('region').text.toLowerCase(),
        },
        checked: areValid(values) ? values : inputFailure(Object.values(values).filter(Array.isArray).flat(), read),
        timeout: typeof timeout === 'number' ? timeout : Number(INPUTS.timeout.default),
        lookup: read('account_id').text === '' && areValid(organization) ? organization : undefined,
    };
}
/** Returns the problems or, if there are none, the value. */
function problemsOr(problems, value) {
    const texts = problems.filter((text) => typeof text === 'string');
    return texts.length === 0 ? value : texts;
}
function areValid(values) {
    return !Object.values(values).some(Array.isArray);
}
function inputFailure(details, read) {
    const isEmpty = (name) => read(name).text === '';
    const isCredentialMissing = isEmpty('dd_access_token') && (isEmpty('dd_api_key') || isEmpty('dd_app_key'));
    const isKeyMissing = isCredentialMissing || (isEmpty('api_key') && !isTrue(read('region_only')));
    if (isKeyMissing)
        return new Failure('keys-missing', 'A required key is empty.', { details });
    return new Failure('inputs', 'Some inputs are invalid.', { details });
}
function readValue(name, environment) {
    const { variable = '', default: fallback = '' } = INPUTS[name];
    const text = (environment[inputVariable(name)] ?? fallback).trim();
    const variableText = environment[variable]?.trim();
    return text === '' && variableText ? { source: variable, text: variableText } : { source: name, text };
}
function inputVariable(name) {
    return `INPUT_${name.toUpperCase()}`;
}
/** Finds names that differ from an input's name only in hyphens and underscores. The runner passes names in upper case. */
function findMisspelled(environment) {
    const simplify = (name) => name.replace(/[-_]/g, '');
    const names = new Map(Object.keys(INPUTS).map((name) => [simplify(name), name]));
    const passed = Object.keys(environment).filter((variable) => /^INPUT_[^a-z]*$/.test(variable));
    return passed
        .map((variable) => variable.slice('INPUT_'.length).toLowerCase())
        .map((written) => ({ written, intended: names.get(simplify(written)) ?? written }))
        .filter(({ written, intended }) => written !== intended);
}
function describeMisspelled({ written, intended }) {
    return `${written} is not an input. Write ${intended}.`;
}
/** Reads all values long enough for a key, used or not. Shorter values are never sent and may be ordinary words. */
function readKeys(environment, misspelled) {
    const secrets = Object.entries(INPUTS).filter(([, { isSecret }]) => isSecret);
    const names = secrets.map(([name]) => name);
    const similar = misspelled.filter(({ intended }) => names.includes(intended)).map(({ written }) => written);
    const inputs = [...names, ...similar].map((source) => ({ source, text: environment[inputVariable(source)] }));
    const variables = secrets.map(([, { variable = '' }]) => ({ source: variable, text: environment[variable] }));
    return [...inputs, ...variables]
        .map(({ source, text = '' }) => ({ source, text: text.trim() }))
        .filter(({ text }) => text.length >= MIN_KEY_LENGTH);
}
/** Rejects a value that isn't a secret. Reports a character outside printable ASCII instead of the problem. */
function reject({ source, text }, problem) {
    const [character] = /[^ -~]/u.exec(text) ?? [];
    const shown = text.length <= 100 ? JSON.stringify(text) : `a value of ${text.length} characters`;
    return [`${source}: ${shown} ${character ? `contains ${nameOf(character)}.` : problem}`];
}
function readSite(value) {
    if (value.text === '')
        return DEFAULT_SITE;
    const known = [...SITES].map(([name, site]) => `${site} (${name})`).join(', ');
    return parseSite(value.text) ?? reject(value, `is not a Datadog site. Use one of ${known}.`);
}
function readAccountId(value) {
    if (UUID.test(value.text))
        return value.text.toLowerCase();
    return value.text === ''
        ? ['account_id is empty. Set it to the ID of an Opsgenie account in Datadog.']
        : reject(value, 'is not a UUID. Leave account_id empty to get a list of the accounts.');
}
function readRegion(value) {
    const region = REGIONS.find((name) => name === value.text.toLowerCase());
    if (region !== undefined || value.text === '')
        return region;
    return reject(value, `is not one of ${REGIONS.join(', ')}. Leave region empty to keep the account's region.`);
}
function readSwitch(value) {
    if (value.text === '')
        return [`${value.source} is empty. Pass true or false, or omit the input.`];
    if (isTrue(value))
        return true;
    return value.text.toLowerCase() === 'false' ? false : reject(value, 'is neither true nor false.');
}
function isTrue({ text }) {
    return text.toLowerCase() === 'true';
}
function readRegionOnly(read) {
    const value = read('region_only');
    if (!isTrue(value))
        return readSwitch(value);
    const problems = [
        read('api_key').text !== '' && 'region_only is true, but api_key is set. Remove one of them.',
        read('region').text === '' && 'region_only is true, but region is empty. Set region to the new region.',
        isTrue(read('verify_key')) && 'region_only is true, so there is no key to verify. Remove verify_key.',
    ];
    return problemsOr(problems, true);
}
/** Returns the Opsgenie key; undefined if only the region changes. */
function readApiKey(read) {
    const { text } = read('api_key');
    if (isTrue(read('region_only')))
        return undefined;
    if (text === '')
        return ['api_key is empty. Pass the Opsgenie key, or set region_only to change only the region.'];
    const others = [read('account_id'), read('dd_access_token'), read('dd_api_key'), read('dd_app_key')];
    const problem = duplicateProblem(text, others) ?? keyProblem(text, 'Opsgenie key');
    if (problem !== undefined)
        return [`api_key ${problem}`];
    const region = read('region').text.toLowerCase();
    if (OPSGENIE_KEY.test(text) || region === 'custom')
        return text;
    const advice = region === '' ? ' For an account in the custom region, set region: custom.' : '';
    return [`api_key does not have the form of an Opsgenie key (8-4-4-4-12 letters and digits).${advice}`];
}
/** Returns the end of a sentence that begins with the input's name; undefined if the key differs from the other values. */
function duplicateProblem(key, others) {
    const same = others.find(({ text }) => text.toLowerCase() === key.toLowerCase());
    return same && `is the same as ${same.source}.`;
}
function readKeyToVerify(read) {
    const isRequested = readSwitch(read('verify_key'));
    if (isRequested !== true)
        return isRequested || undefined;
    const region = read('region').text.toLowerCase();
    if (region === 'us' || region === 'eu')
        return { apiKey: read('api_key').text, region };
    if (region === '')
        return ['verify_key needs region us or eu. A region that is set here is also set in Datadog.'];
    if (region === 'custom')
        return ['verify_key: keys of the custom region cannot be verified. Remove verify_key.'];
    return undefined; // readRegion rejects any other region.
}
function readCredentials(read) {
    const token = read('dd_access_token').text;
    if (token !== '') {
        const keys = [read('dd_api_key'), read('dd_app_key')];
        const passed = keys.filter(({ source, text }) => text !== '' && source in INPUTS);
        const texts = passed.map(({ source }) => `dd_access_token and ${source} are both set. Remove one of them.`);
        const problem = keyProblem(token, 'access token');
        return problemsOr([...texts, problem && `dd_access_token ${problem}`], { token });
    }
    const apiKey = readDatadogKey(read('dd_api_key'), undefined);
    const appKey = readDatadogKey(read('dd_app_key'), read('dd_api_key'));
    if (typeof apiKey === 'string' && typeof appKey === 'string')
        return { apiKey, appKey };
    return [apiKey, appKey].flatMap((key) => (typeof key === 'string' ? [] : key));
}
/** @param apiKey undefined if the value is the API key itself */
function readDatadogKey({ source, text }, apiKey) {
    const fail = (problem) => [`${source} ${problem}`];
    if (text === '')
        return fail('is empty. Pass dd_api_key and dd_app_key, or pass dd_access_token.');
    if (ACCESS_TOKEN.test(text))
        return fail('looks like an access token. Pass it as dd_access_token.');
    if (UUID.test(text))
        return fail("looks like a key's ID (a UUID). Pass the key itself.");
    const isSwapped = apiKey === undefined && APPLICATION_KEY.test(text);
    if (isSwapped)
        return fail('looks like an application key. Pass it as dd_app_key.');
    const problem = duplicateProblem(text, apiKey === undefined ? [] : [apiKey]) ?? keyProblem(text, 'Datadog key');
    return problem === undefined ? text : fail(problem);
}
function readTimeout(value) {
    if (value.text === '')
        return Number(INPUTS.timeout.default);
    const timeout = /^\d+$/.test(value.text) ? Number(value.text) : 0;
    if (timeout >= 1 && timeout <= MAX_TIMEOUT)
        return timeout;
    return reject(value, `is not a whole number of seconds from 1 to ${MAX_TIMEOUT}.`);
}

;// CONCATENATED MODULE: ./build/opsgenie/verify-key.js




/** API hosts by region, for the regions in which a key can be verified. */
const HOSTS = { us: 'api.opsgenie.com', eu: 'api.eu.opsgenie.com' };
/**
 * Checks a key with a harmless request to Opsgenie that requires Configuration access:
 * https://docs.opsgenie.com/docs/account-api
 *
 * @returns the host that accepted the key
 * @throws Failure if Opsgenie rejects the key, or if its response does not show whether the key is valid
 */
async function verifyKey({ apiKey, region }, context) {
    const url = new URL(`https://${HOSTS[region]}/v2/account`);
    const headers = { Accept: 'application/json', Authorization: `GenieKey ${apiKey}` };
    const attempt = async (options) => {
        const failure = readVerdict(await sendRequest({ method: 'GET', url, headers }, options));
        if (failure !== undefined)
            throw failure;
    };
    await withRetries(attempt, context);
    return url.host;
}
/** Reads Opsgenie's verdict. Returns undefined if the key was accepted. */
function readVerdict(response) {
    const { status } = response;
    const json = parseJson(response.text);
    const { data, message, code } = isObject(json) ? json : {};
    if (status === 200 && isObject(data) && typeof data.name === 'string')
        return undefined;
    const returned = `${describeResponse(response)}.`;
    const retry = retryFor(response, ['retry-after', 'x-ratelimit-period-in-sec']);
    const notVerified = `${returned} This response does not show whether the key is valid.`;
    // A captive portal's 401 says nothing about the key.
    if (typeof message !== 'string') {
        return new Failure('key-not-verified', notVerified, { details: quoteBody(response), retry });
    }
    const details = [`Error from Opsgenie: ${message}`];
    if (status === 401)
        return new Failure('key-rejected', returned, { details, retry });
    // This code covers several permissions. Only the message identifies the missing permission.
    const isRejected = (status === 403 && code === 40301) || (status === 422 && message === 'Key format is not valid!');
    return isRejected
        ? new Failure('key-rejected', returned, { details })
        : new Failure('key-not-verified', notVerified, { details, retry });
}

;// CONCATENATED MODULE: ./build/main.js










process.exitCode = 1; // The step fails unless everything below succeeds.
run()
    .catch(reportInternalError)
    // Exit even if a proxy or server keeps a connection open, but only after a slow reader has taken all output.
    .finally(() => process.stdout.write('', () => process.exit()));
/** Runs the whole action. Sets exit code 0 only if every requested check succeeded. */
async function run() {
    const signal = interruptionSignal();
    const step = readInputs(process.env);
    const secrets = [...step.keys.map(({ text }) => text), ...proxySecrets(process.env)];
    mask(secrets); // Before anything is printed.
    const report = createReport(createSanitizer(secrets));
    const exposureCheck = warnAboutExposedKeys(step.keys, report.warning); // Never rejects.
    const outcome = await execute(step, report, {
        deadline: step.timeout * 1000, // Since the process started.
        signal,
        userAgent: 'datadog-opsgenie-account',
        onRetry: report.retrying,
        trace: report.debug,
    });
    await exposureCheck;
    report.write(outcome);
    if (outcome.title === undefined)
        process.exitCode = 0;
}
/** Does what the step requests and describes the outcome. */
async function execute(step, report, context) {
    let inputs;
    let account;
    let verifiedBy;
    try {
        checkRuntime();
        prepareProcess();
        inputs = await requireValidInputs(step, context);
        report.info(describeStart(inputs));
        if (inputs.keyToVerify !== undefined) {
            verifiedBy = await verifyKey(inputs.keyToVerify, context);
            report.info(describeVerification(verifiedBy));
        }
        account = await (inputs.dryRun ? findAccount : updateAccount)(inputs, context);
    }
    catch (error) {
        const failure = Failure.from(error);
        if (failure.kind === 'internal')
            report.diagnose(failure);
        return describeFailure(failure, step.subject, verifiedBy);
    }
    return describeSuccess(account, inputs, verifiedBy);
}
/** Rejects old Node versions, because some runners ignore the version in action.yml. */
function checkRuntime() {
    const { node } = process.versions;
    if (Number.parseInt(node, 10) >= 24)
        return;
    throw new Failure('runtime', `This action needs Node 24, but the runner started Node ${node}.`);
}
/** @throws Failure if the inputs are invalid. If `account_id` is empty, the failure lists the accounts. */
async function requireValidInputs({ checked, lookup }, context) {
    if (!(checked instanceof Failure))
        return checked;
    if (lookup === undefined)
        throw checked;
    const details = await describeAccounts(lookup, context);
    context.signal.throwIfAborted();
    throw checked.with({ details });
}
/** Returns a signal that aborts on cancellation or an uncaught error, which Node would print with a request's headers. */
function interruptionSignal() {
    const controller = new AbortController();
    // Not `once`: an error can trigger a second error, which Node would print.
    process.on('uncaughtException', (error) => controller.abort(Failure.from(error)));
    const cancelled = new Failure('cancelled', 'The run was cancelled.');
    // On cancellation, the runner sends SIGINT and, seconds later, SIGTERM. A shutdown sends only SIGTERM.
    for (const signal of ['SIGINT', 'SIGTERM'])
        process.on(signal, () => controller.abort(cancelled));
    return controller.signal;
}

})();

module.exports = __webpack_exports__;
/******/ })()
;