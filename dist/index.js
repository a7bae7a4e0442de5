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

;// CONCATENATED MODULE: ./build/datadog/sites.js
/** Used when neither the input nor `DD_SITE` names a site. */
const DEFAULT_SITE = 'datadoghq.com';
/**
 * The sites that Datadog's documentation and clients list, in the form of `DD_SITE`.
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
 * One of Datadog's own domains, with or without a region such as `us3`. A new region needs no release of this action.
 * A customer's own subdomain (`acme.datadoghq.com`) is not a site.
 */
const SITE = /^(?:[a-z]{2}\d{1,2}\.)?(?:datadoghq\.com|datadoghq\.eu|ddog-gov\.com)$/;
/**
 * Reads a Datadog site the way people write it: `us3.datadoghq.com`, the host of the web interface (`app.datadoghq.eu`)
 * or of the API, or a pasted URL of either, in any capitalization.
 *
 * @returns the site in the form of `DD_SITE`, or undefined if this is not one of Datadog's own domains
 */
function parseSite(text) {
    const url = URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`);
    if (url === null || url.username !== '' || url.password !== '' || url.port !== '')
        return undefined;
    const site = url.hostname.replace(/^(?:app|api)\./, '');
    return SITE.test(site) ? site : undefined;
}
/** The API host of a site. The Datadog keys are sent to this host and no other. */
function apiHost(site) {
    return `api.${site}`;
}
/** Each site has its own status page; https://status.datadoghq.com covers US1 only. */
function statusPage(site) {
    return `https://status.${site}`;
}
/** The page of the Opsgenie integration in the site's web interface. */
function integrationPage(site) {
    // Sites with a region have no `app.` in front: https://docs.datadoghq.com/getting_started/site/
    return `https://${/^[a-z]{2}\d/.test(site) ? site : `app.${site}`}/integrations/opsgenie`;
}

;// CONCATENATED MODULE: ./build/remedies.js

// What to do about each failure: one or two sentences, as functions of what is known. They name only what can still be
// wrong.
const INPUTS_REMEDY = 'Correct the inputs listed above, then start a new run.';
const KEYS_MISSING_REMEDY = "Check that the secrets exist under the names this step uses, in the repository, the organization, or the job's environment, and that a calling workflow passes them on (`secrets: inherit`). If other inputs are listed above, correct them as well.";
const KEY_REJECTED_REMEDY = 'Store an enabled Opsgenie API key with Read and Configuration access (from Settings > API key management) in the secret, set `region` to its region, then start a new run.';
const CANCELLED_REMEDY = 'Rerun the job if the account still needs the update.';
const INTERNAL_REMEDY = 'Report this to the maintainers of this action, and check the account in Datadog.';
const WITHOUT_CHECK = 'To update Datadog without this check, set `verify_key: false` and start a new run.';
/** @param specific what else can be done, if something is known */
function keyNotVerifiedRemedy(specific) {
    const general = 'Check that the runner can reach this Opsgenie host on port 443 and that Opsgenie is up, then rerun the job.';
    return `${specific ?? general} ${WITHOUT_CHECK}`;
}
function updateRejectedRemedy(site) {
    return `Compare account_id, api_key and region with the Opsgenie integration in Datadog (${integrationPage(site)}). If they are right, report this to the maintainers of this action.`;
}
function forbiddenRemedy() {
    return "Check for these causes: (1) the keys belong to a Datadog site other than `site`; (2) dd_api_key and dd_app_key are swapped; (3) the application key's owner or scopes lack the permission manage_integrations (for a dry run: integrations_read); (4) a key was revoked.";
}
function notFoundRemedy() {
    return "Set account_id to one of the organization's accounts (listed above if Datadog returned them), and check that `site` is the organization's site.";
}
const RATE_LIMITED_REMEDY = 'Rerun the job later, run fewer jobs that call Datadog at the same time, or start a new run with a longer `timeout`.';
function unavailableRemedy(site) {
    return `Check the status of this site (${statusPage(site)}), then rerun the job.`;
}
const REDIRECT_REMEDY = 'A proxy or captive portal probably sent this redirect. Let the runner reach the API directly, or through a proxy that passes requests on unchanged.';
function unexpectedResponseRemedy(site) {
    return `Check the account in Datadog (${integrationPage(site)}), and whether something else responds in place of Datadog, such as a proxy or a login page. Then rerun the job.`;
}
const PROXY_FORMAT = 'Set HTTPS_PROXY (or https_proxy) to http://host:port or http://user:password@host:port, without quotation marks and with special characters percent-encoded. The URL must begin with http://, and the host must be a name or an IPv4 address.';
const NETWORK_REMEDIES = {
    'proxy-setting': PROXY_FORMAT,
    'proxy-credentials': "Put the proxy's user name and password into HTTPS_PROXY, as http://user:password@host:port with special characters percent-encoded. Store the URL as a secret.",
    'proxy-denied': 'Allow connections from this runner to this host on port 443 in the proxy, or list the host in NO_PROXY.',
    'proxy-unavailable': 'Check that the proxy in HTTPS_PROXY is up and can reach this host on port 443, or list the host in NO_PROXY.',
    certificate: "If your company's proxy decrypts TLS, set NODE_EXTRA_CA_CERTS to the path of its CA certificate (PEM) in the step's environment. Otherwise, check the runner's clock, and do not send keys until you know who is responding.",
    'no-connection': 'Check that the runner can reach this host on port 443 (firewall, DNS, proxy), then rerun the job.',
    'no-response': 'Check that the runner can reach this host on port 443 (firewall, DNS, proxy), then rerun the job.',
    'illegible-response': 'Find out what responds in place of this host, such as a proxy.',
};
function networkRemedy(problem) {
    return NETWORK_REMEDIES[problem];
}

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
    internal: 'Internal error in this action',
};
/** A failure that users can act on. `message` says what happened and where, in a sentence. It is not sanitized. */
class Failure extends Error {
    kind;
    remedy;
    status;
    details;
    hints;
    mayBeApplied;
    timedOut;
    retry;
    constructor(kind, message, options) {
        super(message, { cause: options.cause });
        this.kind = kind;
        this.remedy = options.remedy;
        this.status = options.status;
        this.details = options.details;
        this.hints = options.hints ?? [];
        this.mayBeApplied = options.mayBeApplied ?? false;
        this.timedOut = options.timedOut ?? false;
        this.retry = options.retry;
    }
    /** Turns anything thrown into a Failure. Unexpected errors become `internal`. */
    static from(thrown) {
        if (thrown instanceof Failure)
            return thrown;
        const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'the thrown value is not an error';
        return new Failure('internal', `This action hit an internal error (${what}).`, {
            remedy: INTERNAL_REMEDY,
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
    const seconds = milliseconds / 1000;
    return `${seconds < 9.95 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
}

;// CONCATENATED MODULE: ./build/http/abort.js
/**
 * Settles like a promise, unless a signal aborts first. This is for calls that do not accept a signal themselves.
 *
 * @throws the signal's reason if it aborts first
 */
function race(promise, signal) {
    const aborted = new Promise((_, reject) => {
        const abort = () => reject(signal.reason);
        if (signal.aborted)
            abort();
        else
            signal.addEventListener('abort', abort, { once: true });
    });
    return Promise.race([promise, aborted]);
}
/**
 * Waits a number of milliseconds, and keeps the process alive until then.
 *
 * @throws the signal's reason if it aborts first
 */
async function delay(milliseconds, signal) {
    let timer;
    const over = new Promise((resolve) => {
        timer = setTimeout(resolve, milliseconds);
    });
    await race(over, signal).finally(() => clearTimeout(timer));
}

;// CONCATENATED MODULE: ./build/http/network-error.js
/** A request without a complete response. The message is a sentence and may contain text from a server: sanitize it. */
class NetworkError extends Error {
    problem;
    /** Whether a time limit ended the request. */
    timedOut;
    constructor(problem, message, options = {}) {
        super(message, options);
        this.problem = problem;
        this.timedOut = options.timedOut ?? false;
    }
    /** Whether and when to try again. */
    get retry() {
        return RETRIES[this.problem];
    }
    /** Whether the request may have reached the host. */
    get mayBeSent() {
        return this.problem === 'no-response' || this.problem === 'illegible-response';
    }
}
const RETRIES = {
    'proxy-unavailable': { policy: 'few' },
    'no-connection': { policy: 'few' },
    'no-response': { policy: 'backoff' },
};
/** Codes, or messages of errors without a specific code, for failures before any byte of the request is sent. */
const NOT_SENT = /^(?:ENOTFOUND|EAI_\w+|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$|^connect |before secure TLS connection/;
/**
 * Codes of a certificate that does not verify (https://nodejs.org/api/tls.html#x509-certificate-error-codes).
 * Node reports those it has no code for, such as a signature or key that is too weak, as UNSPECIFIED.
 */
const CERTIFICATE = /_CERT(?:_|$)|^CERT_|^UNABLE_TO_|^INVALID_|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$|^UNSPECIFIED$/;
/** The message is the only place where the tunnel reports what the proxy did. */
const TUNNEL = /^tunneling socket could not be established, (?:statusCode=(\d+)|cause=(.*))|^got illegal response body from proxy$/;
/**
 * Classifies an error of the HTTP client.
 *
 * @param host where the request went, as it is shown to users
 * @returns a NetworkError; other errors, which are bugs, as they are
 */
function describeNetworkError(error, host) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (!(error instanceof Error) || typeof code !== 'string')
        return error;
    // When all addresses of a name fail, the messages are in the individual errors.
    const [first] = error instanceof AggregateError ? error.errors : [error];
    const reason = (first instanceof Error && first.message) || code;
    const describe = (problem, message) => new NetworkError(problem, message, { cause: error });
    const [tunnel, status, cause] = TUNNEL.exec(reason) ?? [];
    if (tunnel !== undefined) {
        const what = status === undefined ? (cause ?? reason) : `the proxy returned ${status}`;
        return describe(proxyProblem(Number(status)), `No connection to ${host}: ${what}.`);
    }
    if (CERTIFICATE.test(code)) {
        // Node appends advice on how to start Node.
        const [problem] = reason.split('; ');
        return describe('certificate', `The certificate of ${host} is not trusted: ${problem} (${code}).`);
    }
    if (NOT_SENT.test(code) || NOT_SENT.test(reason)) {
        return describe('no-connection', `No connection to ${host}: ${reason}.`);
    }
    if (code === 'HPE_HEADER_OVERFLOW') {
        return describe('illegible-response', `${host} sent headers that are too large.`);
    }
    return describe('no-response', `The connection to ${host} broke before the response was complete: ${reason}.`);
}
/** @param status the proxy's response to CONNECT, NaN if it sent none */
function proxyProblem(status) {
    // tinyproxy returns 401 where other proxies return 407.
    if (status === 401 || status === 407)
        return 'proxy-credentials';
    return status < 500 ? 'proxy-denied' : 'proxy-unavailable';
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
    const proxy = URL.parse(`${process.env[variable]}`);
    if (proxy === null || !isUsable(proxy)) {
        // The value itself may contain a password, so it is not shown.
        throw new NetworkError('proxy-setting', `The environment variable ${variable} does not hold a usable proxy URL.`);
    }
    return proxy;
}
/** The proxy's password and the `Basic` credentials made from it: a proxy can echo both. */
function proxySecrets(environment) {
    return VARIABLES.flatMap((name) => {
        const proxy = URL.parse(environment[name] ?? '');
        if (!proxy?.username && !proxy?.password)
            return [];
        const user = decode(proxy.username) ?? proxy.username;
        const password = decode(proxy.password) ?? proxy.password;
        const basic = Buffer.from(`${user}:${password}`).toString('base64');
        // Without a password, the user name is the secret, such as a token.
        return [password || user, basic].map((value) => ({ name, value }));
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






const USER_AGENT = 'datadog-opsgenie-account';
/** Enough for a list of several thousand accounts and for any proxy's error page. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Describes a response in a few words: `api.datadoghq.eu returned 403 Forbidden`. */
function describeResponse({ host, status }) {
    return [host, 'returned', status, external_node_http_namespaceObject.STATUS_CODES[status] ?? ''].join(' ').trimEnd();
}
/** Whether the same request may get another response later. */
function isTransient({ status }) {
    return [408, 429, 500, 502, 503, 504].includes(status);
}
/**
 * Sends one request and reads the response, whatever its status. Redirects are not followed.
 *
 * @throws NetworkError if no complete response arrived from this host within the limit
 */
async function sendRequest(request, { timeLimit, signal, trace }) {
    const { method, url, tracedHeaders } = request;
    const proxy = proxyFor(url);
    const host = proxy === undefined ? url.host : `${url.host} (through the proxy ${proxy.host})`;
    const timeUp = new AbortController();
    const ended = AbortSignal.any([signal, timeUp.signal]);
    // AbortSignal.timeout would not keep the process alive until it fires.
    const timer = setTimeout(() => {
        const message = `${host} did not send a complete response within ${formatSeconds(timeLimit)}.`;
        timeUp.abort(new NetworkError('no-response', message, { timedOut: true }));
    }, timeLimit);
    // By default, the client follows redirects to any host and takes the keys along.
    const client = new lib/* HttpClient */.Qq(USER_AGENT, [abortable(ended)], { allowRedirects: false });
    const start = now();
    const traceEnd = (outcome) => trace(`${method} ${url.href}: ${outcome}, after ${formatSeconds(now() - start)}`);
    try {
        // Aborting the client's request does not end a proxy that never responds to CONNECT.
        const response = await race(send(client, request), ended);
        const { status, headers } = response;
        traceEnd([status, ...tracedHeaders.flatMap((name) => (name in headers ? `${name} ${headers[name]}` : []))].join(', '));
        return response;
    }
    catch (error) {
        const problem = signal.aborted ? signal.reason : describeNetworkError(error, host);
        traceEnd(problem instanceof NetworkError ? problem.problem : 'aborted');
        throw problem;
    }
    finally {
        clearTimeout(timer);
    }
}
async function send(client, { method, url, headers, body }) {
    const { message } = await client.request(method, url.href, body ?? null, headers);
    const status = Number(message.statusCode);
    return { host: url.host, status, headers: message.headers, ...(await readBody(message)) };
}
/** Reads a body up to the limit. (The client's own readBody never settles if the response is cut off.) */
async function readBody(message) {
    const chunks = [];
    let size = 0;
    for await (const chunk of message) {
        chunks.push(chunk);
        size += chunk.length;
        // Leaving the loop closes the connection.
        if (size > MAX_BODY_BYTES)
            break;
    }
    const bytes = Buffer.concat(chunks, Math.min(size, MAX_BODY_BYTES));
    return { body: new TextDecoder().decode(bytes), isComplete: size <= MAX_BODY_BYTES };
}
/** Lets a signal abort a request of the client, which has no option for it. */
function abortable(signal) {
    return {
        prepareRequest: (options) => {
            options.signal = signal;
        },
        canHandleAuthentication: () => false,
        // The interface requires it. The client calls it only after a true above.
        handleAuthentication: () => Promise.reject(new Error('not supported')),
    };
}

;// CONCATENATED MODULE: ./build/http/retry.js



/** All times are in milliseconds. */
const BACKOFF_BASE = 500;
const BACKOFF_CAP = 30_000;
/** How long a service may refuse credentials that were created moments ago. */
const NEW_KEY_WAIT = 3_000;
/** A request that hangs must not use up the time in which another one would succeed. */
const ATTEMPT_LIMIT = 60_000;
/** How many failures with each policy end the operation. A host that cannot be reached gets about half a minute. */
const MAX_FAILURES = { once: 2, few: 7, backoff: Number.POSITIVE_INFINITY };
function createRecord() {
    return { attempts: 0, status: undefined, mayBeApplied: false, gaveUp: undefined };
}
/**
 * Repeats an operation until it succeeds, fails for good, or runs out of time.
 *
 * @param operation one attempt, given its time limit in milliseconds
 * @param record where to keep what the attempts have come to
 * @throws Failure the last one
 */
async function withRetries(operation, { deadline, signal, onRetry }, record) {
    const failures = { once: 0, few: 0, backoff: 0 };
    let previous;
    for (;;) {
        record.attempts += 1;
        const timeLimit = Math.min(Math.max(deadline - now(), 0), ATTEMPT_LIMIT);
        try {
            const value = await operation(timeLimit);
            record.mayBeApplied = true;
            return value;
        }
        catch (error) {
            const failure = Failure.from(error);
            record.status = failure.status ?? record.status;
            record.mayBeApplied ||= failure.mayBeApplied;
            if (failure.timedOut && timeLimit < ATTEMPT_LIMIT && previous !== undefined) {
                // The deadline cut this attempt short, so report the previous failure.
                record.gaveUp = 'The last attempt was cut short by `timeout`.';
                throw previous;
            }
            const { retry } = failure;
            if (retry === undefined)
                throw failure;
            failures[retry.policy] += 1;
            if (failures[retry.policy] >= MAX_FAILURES[retry.policy])
                throw failure;
            const wait = nextWait(retry, record.attempts, Math.random());
            const timeLeft = Math.max(deadline - now(), 0);
            if (wait >= timeLeft) {
                record.gaveUp = explainGivingUp(retry, wait, timeLeft);
                throw failure;
            }
            previous = failure;
            onRetry(failure, record.attempts + 1, wait);
            await delay(wait, signal);
        }
    }
}
/**
 * How long to wait before the next attempt: as long as the server asks, plus exponential backoff with equal jitter. Half of
 * the backoff is fixed and half random, so that no wait is near zero.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param attempts how many attempts there have been
 * @param random from 0 to 1
 * @returns milliseconds
 */
function nextWait({ policy, wait = 0 }, attempts, random) {
    const backoff = Math.min(BACKOFF_BASE * 2 ** (attempts - 1), BACKOFF_CAP);
    return (policy === 'once' ? NEW_KEY_WAIT : wait) + (backoff * (1 + random)) / 2;
}
function explainGivingUp({ wait: asked }, wait, timeLeft) {
    const left = `only ${formatSeconds(timeLeft)} of \`timeout\` are left.`;
    return asked === undefined
        ? `The next attempt is due in ${formatSeconds(wait)}, but ${left}`
        : `The server asks to wait ${formatSeconds(asked)}, but ${left}`;
}
/** From here on, a number of seconds can only be a Unix time (September 2001). */
const FIRST_UNIX_TIME = 1_000_000_000;
/**
 * How long a server asks to wait after 429 or 503: the longest of some headers, each a number of seconds or a date, as in
 * `Retry-After` (https://www.rfc-editor.org/rfc/rfc9110#name-retry-after). A number that can only be a Unix time is read as
 * one, to be safe. Points in time are measured against the server's date, because the runner's clock may be wrong.
 *
 * @param names lower-case names of the headers
 * @param localNow Unix time in milliseconds, used if the response has no `Date`
 * @returns milliseconds, never negative; undefined if the server names no wait that makes sense
 */
function requestedWait({ status, headers }, names, localNow = Date.now()) {
    if (status !== 429 && status !== 503)
        return undefined;
    const date = parseDate(headers.date ?? '') ?? localNow;
    const values = names.map((name) => headers[name]);
    const waits = values.flatMap((value) => (typeof value === 'string' ? (parseWait(value.trim(), date) ?? []) : []));
    return waits.length === 0 ? undefined : Math.max(...waits);
}
function parseWait(value, date) {
    // A number with more digits than a Unix time in seconds is not a wait.
    if (/^\d{1,10}(?:\.\d+)?$/.test(value)) {
        const number = Number(value);
        return number < FIRST_UNIX_TIME ? number * 1000 : Math.max(number * 1000 - date, 0);
    }
    const until = parseDate(value);
    return until === undefined ? undefined : Math.max(until - date, 0);
}
function parseDate(value) {
    // Date.parse alone accepts almost anything.
    const date = /^[A-Z][a-z]{2,8}, .*GMT$/.test(value) ? Date.parse(value) : Number.NaN;
    return Number.isNaN(date) ? undefined : date;
}

;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = require("node:util");
;// CONCATENATED MODULE: ./build/json.js

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

;// CONCATENATED MODULE: ./build/datadog/response.js






/** Datadog's rate limit headers: https://docs.datadoghq.com/api/latest/rate-limits/ */
const RATE_LIMIT_HEADERS = ['limit', 'period', 'remaining', 'reset', 'name'].map((name) => `x-ratelimit-${name}`);
const NETWORK_KINDS = {
    'proxy-setting': 'proxy',
    'proxy-credentials': 'proxy',
    'proxy-denied': 'proxy',
    'proxy-unavailable': 'proxy',
    certificate: 'certificate',
    'no-connection': 'network',
    'no-response': 'network',
    'illegible-response': 'unexpected-response',
};
/** The failure for a request without a complete response. Anything but a NetworkError is returned as it is. */
function failureFromNetworkError(error) {
    if (!(error instanceof NetworkError))
        return error;
    const { problem, message, mayBeSent, timedOut, retry } = error;
    return new Failure(NETWORK_KINDS[problem], message, {
        remedy: networkRemedy(problem),
        mayBeApplied: mayBeSent,
        timedOut,
        retry,
        cause: error,
    });
}
/** The kinds of failure that a status of the update means. The same status of another call is unexpected. */
const UPDATE_KINDS = {
    400: 'update-rejected',
    404: 'not-found',
    422: 'update-rejected',
};
const KINDS = { 401: 'forbidden', 403: 'forbidden', 429: 'rate-limited' };
/**
 * The failure for a response with a status other than 200.
 *
 * @param call what was requested
 */
function failureFromResponse(response, call, site) {
    const { status, headers } = response;
    const kind = KINDS[status] ??
        (call === 'update' ? UPDATE_KINDS[status] : undefined) ??
        (isTransient(response) ? 'unavailable' : 'unexpected-response');
    const isRedirect = status >= 300 && status < 400 && headers.location !== undefined;
    return new Failure(kind, `${describeResponse(response)}${describeHeaders(response)}.`, {
        remedy: isRedirect ? REDIRECT_REMEDY : remedyFor(kind, site),
        status,
        details: readErrors(response.body),
        mayBeApplied: status < 300 || status >= 500,
        retry: retryAfter(response),
    });
}
function remedyFor(kind, site) {
    switch (kind) {
        case 'update-rejected':
            return updateRejectedRemedy(site);
        case 'forbidden':
            return forbiddenRemedy();
        case 'not-found':
            return notFoundRemedy();
        case 'rate-limited':
            return RATE_LIMITED_REMEDY;
        case 'unavailable':
            return unavailableRemedy(site);
        default:
            return unexpectedResponseRemedy(site);
    }
}
/** Whether and when another attempt may get a better response. */
function retryAfter(response) {
    const { status } = response;
    if (status === 401 || status === 403)
        return { policy: 'once' };
    if (!isTransient(response))
        return undefined;
    return { policy: 'backoff', wait: requestedWait(response, ['x-ratelimit-reset', 'retry-after']) };
}
/** What the headers add: the name of the rate limit, which Datadog's support needs, or the target of a redirect. */
function describeHeaders({ host, status, headers }) {
    const limit = headers['x-ratelimit-name'];
    if (status === 429 && limit !== undefined)
        return ` (rate limit ${limit})`;
    if (status < 300 || status >= 400 || headers.location === undefined)
        return '';
    const target = URL.parse(headers.location, `https://${host}`);
    return target === null ? '' : `, a redirect to ${target.host}`;
}
/**
 * The `data` of a response with status 200; undefined if it has none.
 *
 * @throws Failure if the body is not valid JSON, or contains errors
 */
function readData(response, site) {
    const { body, isComplete } = response;
    if (!isComplete)
        throw unconfirmed(response, 'the body is too large', site);
    const json = parseJson(body);
    // A body may end only when the connection closes, so broken JSON is the only sign that it was cut off.
    if (json === undefined && body.trimStart().startsWith('{')) {
        throw new Failure('network', `${describeResponse(response)}, but the JSON is cut off.`, {
            remedy: networkRemedy('no-response'),
            status: response.status,
            mayBeApplied: true,
            retry: { policy: 'backoff' },
        });
    }
    if (json === undefined) {
        const what = body.trim() === '' ? 'the body is empty' : `the body is not valid JSON: ${describeText(body)}`;
        throw unconfirmed(response, what, site);
    }
    if (declaredErrors(json) !== undefined) {
        throw unconfirmed(response, 'the body contains errors', site, readErrors(body));
    }
    return isObject(json) ? json.data : undefined;
}
/**
 * The failure for a response that looks like success but does not prove it.
 *
 * @param what the reason, as the end of a sentence after "but"
 */
function unconfirmed(response, what, site, details) {
    return new Failure('unexpected-response', `${describeResponse(response)}, but ${what}.`, {
        remedy: unexpectedResponseRemedy(site),
        status: response.status,
        details,
        mayBeApplied: true,
    });
}
/**
 * Reads the errors in the body of a response, whatever its shape. The shape does not follow from the status: there are
 * `{"errors": ["…"]}`, `{"errors": [{"title", "detail", "source", …}]}`, `{"error": {…}}`, plain text, and web pages
 * from something between the runner and Datadog.
 *
 * @returns undefined if the body says nothing
 */
function readErrors(body) {
    const json = parseJson(body);
    const found = json === undefined ? [describeText(body)] : errorsOf(json).map(describeError);
    const texts = found.filter((text) => text.trim() !== '');
    return texts.length === 0 ? undefined : { label: json === undefined ? 'Response body' : 'Datadog said', texts };
}
/** Describes a body that is not JSON: a web page by its title, other text by itself. */
function describeText(body) {
    if (!/^\s*<(?:!doctype html|!--|html|head|body)/i.test(body))
        return body;
    const title = /<title[^<>]*>([^<]*)/i.exec(body)?.[1]?.trim();
    return title ? `a web page titled "${title}"` : 'a web page without a title';
}
/** What a JSON body declares as its errors, whatever else it contains; undefined for none. */
function declaredErrors(json) {
    const fields = isObject(json) ? [json.errors, json.error] : [];
    return fields.find((errors) => (Array.isArray(errors) ? errors.length > 0 : errors !== undefined && errors !== null));
}
function errorsOf(json) {
    // An empty list of errors means none. Any other body is shown in full.
    const errors = declaredErrors(json) ?? (isObject(json) ? (json.errors ?? json) : json);
    return Array.isArray(errors) ? errors : [errors];
}
/** Describes one error: a string by itself, an object by the fields of JSON:API (https://jsonapi.org/format/#error-objects). */
function describeError(error) {
    if (typeof error === 'string')
        return error;
    if (isObject(error)) {
        const words = [error.title, error.detail ?? error.message].filter(isText);
        const place = describeSource(error.source);
        if (words.length > 0)
            return words.join(': ') + (place === '' ? '' : ` (${place})`);
    }
    return render(error);
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

;// CONCATENATED MODULE: ./build/datadog/accounts.js








// The contract: https://docs.datadoghq.com/api/latest/opsgenie-integration/, "Update an Opsgenie account" and "Get all
// Opsgenie accounts".
const ACCOUNTS = '/api/v2/integration/opsgenie/accounts';
const ACCOUNT_TYPE = 'opsgenie-account';
/** Time limit for listing the accounts after a failure, in milliseconds. */
const LIST_LIMIT = 10_000;
/** The regions of the Opsgenie service that Datadog documents. */
const REGIONS = ['us', 'eu', 'custom'];
/**
 * Updates an Opsgenie account. If Datadog does not find it, lists the organization's accounts as hints.
 *
 * @throws Failure unless Datadog confirmed the update: with this id and, if a region was requested, this region
 */
async function updateAccount(target, context, record) {
    const { site, accountId, change } = target;
    // JSON.stringify leaves out attributes that are undefined.
    const body = JSON.stringify({
        data: { attributes: { api_key: change.apiKey, region: change.region }, id: accountId, type: ACCOUNT_TYPE },
    });
    const attempt = async (timeLimit) => {
        const response = await accounts_send('PATCH', `${ACCOUNTS}/${accountId}`, body, target, { ...context, timeLimit });
        if (response.status !== 200)
            throw failureFromResponse(response, 'update', site);
        return confirmUpdate(response, target);
    };
    try {
        return await withRetries(attempt, context, record);
    }
    catch (error) {
        if (!(error instanceof Failure) || error.kind !== 'not-found')
            throw error;
        throw notFound(error.message, error.status, await listForHints(target, context), error.details);
    }
}
/**
 * Looks up what {@link updateAccount} would find, without changing anything.
 *
 * @returns the account as it is now
 * @throws Failure if there is no such account, or if the response does not prove that there is
 */
async function findAccount(target, context, record) {
    return withRetries(async (timeLimit) => {
        const response = await accounts_send('GET', ACCOUNTS, undefined, target, { ...context, timeLimit });
        return confirmAccount(response, target);
    }, context, record);
}
/** Checks an update's response with status 200 field by field: only one that proves the update counts. */
function confirmUpdate(response, { site, accountId, change }) {
    const account = readAccount(readData(response, site));
    if (account === undefined)
        throw unconfirmed(response, 'the body is not an Opsgenie account', site);
    if (account.id.toLowerCase() !== accountId) {
        throw unconfirmed(response, `for another account: ${account.id}`, site);
    }
    const confirmed = checkRegion(account, response, site);
    if (change.region !== undefined && confirmed.region !== change.region) {
        const region = confirmed.region ?? 'missing';
        throw unconfirmed(response, `the region is ${region} instead of ${change.region}`, site);
    }
    return confirmed;
}
/** Finds the account in a response to the list call. */
function confirmAccount(response, target) {
    const { site, accountId } = target;
    const accounts = readAccounts(response, site);
    const found = accounts.find(({ id }) => id.toLowerCase() === accountId);
    if (found !== undefined)
        return checkRegion(found, response, site);
    throw notFound(`${response.host} does not list this account.`, response.status, describeAccounts(accounts, target));
}
/**
 * All accounts in a response to the list call.
 *
 * @throws Failure if it is not a list of accounts
 */
function readAccounts(response, site) {
    if (response.status !== 200)
        throw failureFromResponse(response, 'list', site);
    const data = readData(response, site);
    const entries = Array.isArray(data) ? data : ['not a list'];
    const accounts = entries.flatMap((entry) => readAccount(entry) ?? []);
    // Unknown entries next to accounts are harmless. A list of nothing else is not a list of accounts.
    if (accounts.length === 0 && entries.length > 0) {
        throw unconfirmed(response, 'the body is not a list of accounts', site);
    }
    return accounts;
}
/** Which accounts there are, as sentences. Empty if they cannot be listed: the failure is reported either way. */
async function listForHints(target, { deadline, signal, trace }) {
    const timeLimit = Math.min(Math.max(deadline - now(), 0), LIST_LIMIT);
    try {
        const response = await accounts_send('GET', ACCOUNTS, undefined, target, { signal, trace, timeLimit });
        const accounts = readAccounts(response, target.site);
        return accounts.some(({ id }) => id.toLowerCase() === target.accountId)
            ? [
                'Datadog lists this account, but returned 404 to its update. Rerun the job. If that does not help, contact Datadog support.',
            ]
            : describeAccounts(accounts, target);
    }
    catch {
        return [];
    }
}
function describeAccounts(accounts, { site, change }) {
    if (accounts.length === 0) {
        return [`The organization of these keys has no Opsgenie account on ${site}. It may be on another site.`];
    }
    return accounts.map(({ id, region }) => 
    // This id would be redacted, because it was passed as the key.
    id.toLowerCase() === change.apiKey?.toLowerCase()
        ? 'api_key is the id of an existing account: account_id and api_key are swapped.'
        : `Existing account: ${id}, region ${typeof region === 'string' ? region : 'unknown'}.`);
}
function notFound(message, status, hints, details) {
    return new Failure('not-found', message, { remedy: notFoundRemedy(), status, hints, details });
}
async function accounts_send(method, path, body, { site, credentials }, options) {
    const headers = {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(credentials.apiKey === undefined ? {} : { 'DD-API-KEY': credentials.apiKey }),
        'DD-APPLICATION-KEY': credentials.appKey,
    };
    const url = new URL(`https://${apiHost(site)}${path}`);
    try {
        return await sendRequest({ method, url, headers, body, tracedHeaders: RATE_LIMIT_HEADERS }, options);
    }
    catch (error) {
        throw failureFromNetworkError(error);
    }
}
/** Reads an account in the API's format; undefined if this is not one. */
function readAccount(data) {
    if (!isObject(data) || data.type !== ACCOUNT_TYPE || typeof data.id !== 'string' || !isObject(data.attributes)) {
        return undefined;
    }
    return { id: data.id, region: data.attributes.region };
}
/** @throws Failure if the account has a region that is not documented */
function checkRegion({ id, region }, response, site) {
    const documented = REGIONS.find((name) => name === region);
    if (region !== undefined && documented === undefined) {
        throw unconfirmed(response, `the region is not documented: ${render(region)}`, site);
    }
    return { id, region: documented };
}

;// CONCATENATED MODULE: ./build/github/outcome.js

/** The outputs of action.yml. */
const OUTPUTS = (/* unused pure expression or super */ null && (['updated', 'failure', 'account_id', 'region', 'status_code', 'attempts', 'errors']));
/** GitHub cuts annotation messages at 4,096 characters. The margin is for characters that it counts differently. */
const MAX_ANNOTATION = 4_000;
/** Only quoted text from a server can make a sentence this long. */
const MAX_SENTENCE = 1_000;
/** All that a server said, together. A long error page must leave room for the rest. */
const MAX_DETAILS = 1_000;
const MAX_HINTS = 20;
/** An input of any length can appear in the summary's table, and an id of any length among the accounts. */
const MAX_SHORT_TEXT = 200;
/** The outputs of a job are limited to 1 MB in total, and a character can take three bytes. */
const MAX_ERRORS_OUTPUT = 30_000;
/** A job summary is limited to 1 MiB, and escaping can make text six times as long. */
const MAX_SUMMARY_HINTS = 150_000;
const MAY_BE_APPLIED = 'The update may still have been applied. Rerunning is safe: applying the same update twice has no further effect.';
const NOT_APPLIED = 'Nothing was changed: Datadog still has the previous key and region.';
const DRY_RUN = 'This was a dry run: nothing was changed. Datadog still has the previous key and region.';
/** What to show for a run that proved what it promised. */
function describeSuccess(account, change, run, sanitize) {
    const { subject, record, verifiedBy } = run;
    const region = account.region ?? '';
    const log = sanitize(subject.dryRun ? describeDryRun(account, change, subject) : describeUpdate(account, change, subject));
    const isRegionChanging = subject.dryRun && changesRegion(account, change);
    return {
        log,
        outputs: {
            updated: `${!subject.dryRun}`,
            failure: '',
            account_id: sanitize(account.id),
            region,
            status_code: '200',
            attempts: `${record.attempts}`,
            errors: '[]',
        },
        summary: {
            heading: `✅ ${subject.dryRun ? 'Dry run passed' : 'Opsgenie account updated in Datadog'}`,
            rows: summaryRows(run, isRegionChanging ? `${region || 'none'} → ${change.region}` : region, sanitize),
            message: [verifiedBy && describeVerification(verifiedBy), log].filter(Boolean).join(' '),
            bullets: [],
            remedy: undefined,
        },
    };
}
/** What to show for a run that failed, whatever the reason. */
function describeFailure(failure, run, sanitize) {
    const { subject, record, verification, verifiedBy, trigger } = run;
    const { kind, status, details, remedy } = failure;
    const title = FAILURE_TITLES[kind];
    const mayBeApplied = record.mayBeApplied && !subject.dryRun;
    const where = record.attempts > 0 ? `Opsgenie account ${subject.accountId} on ${subject.site}: ` : '';
    const { attempts, gaveUp } = record.attempts > 0 ? record : verification;
    const message = [
        truncate(sanitize(where + failure.message), MAX_SENTENCE),
        attempts > 1 && `${attempts} attempts were made.`,
        gaveUp,
        verifiedBy && describeVerification(verifiedBy),
        subject.dryRun ? DRY_RUN : mayBeApplied ? MAY_BE_APPLIED : NOT_APPLIED,
        kind === 'keys-missing' && trigger?.secretsWithheld,
    ]
        .filter(Boolean)
        .join(' ');
    const said = (details?.texts ?? []).map(sanitize).filter(Boolean);
    const labelled = fitWithin(said.map((text) => `${details?.label}: ${text}`), MAX_DETAILS);
    const hints = failure.hints.map((hint) => truncate(sanitize(hint), MAX_SENTENCE));
    const advice = `What to do: ${remedy}`;
    const bullets = [...labelled, ...firstOf(hints, MAX_HINTS)].map((text) => `\n- ${text}`).join('');
    const body = truncate(`${message}${bullets}`, MAX_ANNOTATION - advice.length);
    const isFromDatadog = record.status !== undefined && status !== undefined;
    return {
        log: { title, message: `${body}\n${advice}` },
        outputs: {
            updated: mayBeApplied ? 'unknown' : 'false',
            failure: kind,
            status_code: `${record.status ?? ''}`,
            attempts: `${record.attempts}`,
            errors: JSON.stringify(isFromDatadog ? fitWithin(said, MAX_ERRORS_OUTPUT) : []),
        },
        summary: {
            heading: `❌ ${title}`,
            rows: summaryRows(run, subject.region && `${subject.region} (requested)`, sanitize),
            message,
            bullets: [...labelled, ...fitWithin(hints, MAX_SUMMARY_HINTS)],
            remedy,
        },
    };
}
/** What the log says when a run starts. */
function describeStart({ dryRun, accountId, site }, change) {
    const doing = dryRun ? 'Dry run, which changes nothing. Requested for' : 'Updating';
    return `${doing} Opsgenie account ${accountId} on ${site}: ${describeChange(change)}.`;
}
/** @param host the Opsgenie host that accepted the key */
function describeVerification(host) {
    return `Opsgenie accepted the API key (${host}).`;
}
function summaryRows({ subject, record, trigger }, region, sanitize) {
    const rows = [
        ['Account', subject.accountId],
        ['Site', subject.site],
        ['Region', region],
        ['Attempts', `${record.attempts}`],
        ['Started by', trigger === undefined ? '' : `${trigger.actor} (${trigger.event})`],
    ];
    return rows.map(([name, text]) => [name, truncate(sanitize(text), MAX_SHORT_TEXT)]);
}
function describeUpdate({ region }, change, { site, accountId }) {
    const result = `Datadog updated Opsgenie account ${accountId} on ${site}: ${describeChange(change)}.`;
    return region === undefined || change.region !== undefined ? result : `${result} The region is still ${region}.`;
}
function describeDryRun(account, change, { site, accountId }) {
    const region = account.region ?? '';
    const effects = [
        change.apiKey && 'set the API key (Datadog does not reveal whether it changes)',
        changesRegion(account, change)
            ? `change the region from ${region || 'none'} to ${change.region}`
            : `leave the region unchanged${region && ` (${region})`}`,
    ];
    return `Dry run passed: Datadog has Opsgenie account ${accountId} on ${site}. An update would ${effects.filter(Boolean).join(' and ')}. Not checked: whether the credentials have the permission \`manage_integrations\`.`;
}
function changesRegion({ region }, change) {
    return change.region !== undefined && change.region !== region;
}
function describeChange({ apiKey, region }) {
    return [apiKey && 'new API key', region && `region ${region}`].filter(Boolean).join(', ');
}
/** The first texts, and then how many more there are. */
function firstOf(texts, count) {
    return texts.length <= count ? texts : [...texts.slice(0, count), `… and ${texts.length - count} more`];
}
/** As many of the first texts as fit into a number of characters; of the first one, at least its start. */
function fitWithin(texts, limit) {
    let length = 0;
    const count = texts.findIndex((text) => {
        length += text.length;
        return length > limit;
    });
    if (count === -1)
        return texts;
    return count === 0 ? firstOf([truncate(texts[0] ?? '', limit), ...texts.slice(1)], 1) : firstOf(texts, count);
}
/** Truncates sanitized text to a number of UTF-16 code units, with an ellipsis for the rest. */
function truncate(text, limit) {
    return text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = require("node:fs");
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


const { access, appendFile, writeFile } = external_fs_.promises;
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
// EXTERNAL MODULE: external "./unreached.js"
var external_unreached_js_ = __nccwpck_require__(896);
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
;// CONCATENATED MODULE: ./build/github/markdown.js
/** Writes a job summary in GitHub's Markdown. */
function summaryMarkdown({ heading, rows, message, bullets, remedy }) {
    const [header, ...body] = rows.map(([name, value]) => `| ${name} | ${escapeMarkdown(value) || '–'} |`);
    const blocks = [
        `### ${heading}`,
        [header, '| --- | --- |', ...body].join('\n'),
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

;// CONCATENATED MODULE: ./build/github/report.js







/** Reports an error in the reporting code itself. The text is fixed, because the error could contain a key. */
function reportInternalError() {
    error(`This action hit an internal error that it cannot describe. ${MAY_BE_APPLIED}\nWhat to do: ${INTERNAL_REMEDY}`, { title: FAILURE_TITLES.internal });
    writeOutputs({ updated: 'unknown', failure: 'internal' });
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
/** @param sanitize makes text safe to print: all text that is not fixed passes through it */
function createReport(sanitize) {
    const warning = (text) => core_warning(sanitize(text), { title: 'Opsgenie account in Datadog' });
    return {
        warning,
        info: (text) => info(sanitize(text)),
        /** Printed only if the user has enabled debug logging. */
        debug: (text) => core_debug(sanitize(text)),
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
                (0,external_node_fs_namespaceObject.appendFileSync)(process.env.GITHUB_STEP_SUMMARY ?? '', summaryMarkdown(summary));
            }
            catch {
                warning('The job summary could not be written.');
            }
        },
    };
}

;// CONCATENATED MODULE: ./build/github/secrets.js

/** The same as in the runner's own logs. */
const REDACTED = '***';
/** Shorter values are neither masked nor redacted: that would hide ordinary words. */
const MIN_LENGTH = 4;
/** A secret is also found without its dashes if it is at least this long without them. */
const MIN_LENGTH_WITHOUT_DASHES = 8;
/** Of a longer secret, only this much is found. It is never sent. */
const MAX_LENGTH = 8_192;
/** Registers secrets with the runner, which masks them in the log, the annotations and the job summary. */
function mask(secrets) {
    for (const { value } of secrets)
        if (value.length >= MIN_LENGTH)
            core_setSecret(value);
}
/**
 * Creates the function that all untrusted text passes through before it is printed. Its result
 * - is one line without control characters and characters that are invisible or change the direction;
 * - contains none of the secrets: as they are, in any letter case, without dashes, percent-encoded, in hex, or in base64
 *   (the runner masks more forms);
 * - is not a workflow command. The runner looks for `::name::` at the start of a line and for `##[name]` anywhere in it
 *   (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
 */
function createSanitizer(secrets) {
    const found = [...new Set(secrets.map((secret) => toLine(secret).slice(0, MAX_LENGTH)))]
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
    return text
        .replace(/(?![\s\u0085])\p{Cc}|\p{Cf}/gu, '')
        .replace(/[\s\u0085]+/g, ' ')
        .trim();
}
/** Patterns for the forms of a secret that are redacted. */
function formsOf(secret) {
    const hasOptionalDashes = secret.replaceAll('-', '').length >= MIN_LENGTH_WITHOUT_DASHES;
    const characters = Array.from(secret, (character) => {
        const percentEncoded = Buffer.from(character).toString('hex').replace(/../g, '%$&');
        return `(?:${escapePattern(character)}|${percentEncoded})${character === '-' && hasOptionalDashes ? '?' : ''}`;
    });
    return [characters.join(''), Buffer.from(secret).toString('hex'), ...base64Forms(secret).map(escapePattern)];
}
/** A secret's base64, for each position of it among other bytes, without the characters that depend on those bytes. */
function base64Forms(secret) {
    return [0, 1, 2].map((offset) => {
        const bytes = Buffer.from(`${' '.repeat(offset)}${secret}`);
        return bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
    });
}
/** `RegExp.escape` does not exist before Node 24, where this action only reports that. */
function escapePattern(text) {
    return text.replace(/[^\w\s]/g, '\\$&');
}

;// CONCATENATED MODULE: ./build/github/trigger.js


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
    const text = JSON.stringify(payload);
    return keys.filter(({ value }) => text.includes(JSON.stringify(value).slice(1, -1))).map(({ name }) => name);
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

;// CONCATENATED MODULE: ./build/http/process.js
/** Settings of the whole process. Called once, before the first request. */
function prepareProcess() {
    // Keys never travel over a connection whose other end is not verified, whatever the environment says.
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    // With proxy credentials, the client's tunnel calls the deprecated Buffer(); users cannot act on that warning.
    process.noDeprecation = true;
}

;// CONCATENATED MODULE: ./build/opsgenie/verify-key.js






/** The regions in which a key can be verified. */
const OPSGENIE_REGIONS = ['us', 'eu'];
const HOSTS = { us: 'api.opsgenie.com', eu: 'api.eu.opsgenie.com' };
/**
 * Checks a key with Opsgenie, with a harmless request that needs Configuration access:
 * https://docs.opsgenie.com/docs/account-api
 *
 * @returns the host that accepted the key
 * @throws Failure if Opsgenie rejects the key, or gives no verdict
 */
async function verifyKey({ apiKey, region }, context, record) {
    const url = new URL(`https://${HOSTS[region]}/v2/account`);
    const headers = { Accept: 'application/json', Authorization: `GenieKey ${apiKey}` };
    const request = { method: 'GET', url, headers, body: undefined, tracedHeaders: [] };
    const attempt = async (timeLimit) => {
        const response = await sendRequest(request, { ...context, timeLimit }).catch((error) => {
            throw verify_key_failureFromNetworkError(error);
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
    const { status, body, isComplete } = response;
    const json = isComplete ? parseJson(body) : undefined;
    const { data, message, code } = isObject(json) ? json : {};
    if (status === 200 && isObject(data) && typeof data.name === 'string')
        return undefined;
    const returned = describeResponse(response);
    const details = typeof message === 'string' ? { label: 'Opsgenie said', texts: [message] } : undefined;
    const rejected = (why, retry) => new Failure('key-rejected', `${returned}. ${why}`, { remedy: KEY_REJECTED_REMEDY, status, details, retry });
    if (status === 401 && details !== undefined) {
        return rejected('The key is unknown, disabled, or belongs to the other region.', { policy: 'once' });
    }
    if (status === 422 && message === 'Key format is not valid!') {
        return rejected('api_key does not have the format of an Opsgenie API key.');
    }
    if (status === 403 && code === 40301) {
        return rejected('The key exists, but lacks a right. The account needs a key from API key management with Read and Configuration access.');
    }
    return new Failure('key-not-verified', `${returned}, which says nothing about the key.`, {
        remedy: keyNotVerifiedRemedy(),
        status,
        details,
        retry: isTransient(response) ? { policy: 'backoff', wait: requestedWait(response, ['retry-after']) } : undefined,
    });
}
/** Whatever kept Opsgenie from responding, the key is not verified. Anything but a NetworkError is returned as it is. */
function verify_key_failureFromNetworkError(error) {
    if (!(error instanceof NetworkError))
        return error;
    const { problem, message, timedOut, retry } = error;
    const isLocal = problem === 'certificate' || problem.startsWith('proxy-');
    return new Failure('key-not-verified', message, {
        remedy: keyNotVerifiedRemedy(isLocal ? networkRemedy(problem) : undefined),
        timedOut,
        retry,
        cause: error,
    });
}

;// CONCATENATED MODULE: ./build/inputs.js






/** The inputs of action.yml. */
const INPUTS = {
    site: { variable: 'DD_SITE', default: DEFAULT_SITE },
    account_id: {},
    region: {},
    api_key: {},
    region_only: { default: 'false' },
    verify_key: { default: 'false' },
    dry_run: { default: 'false' },
    dd_api_key: { variable: 'DD_API_KEY' },
    dd_app_key: { variable: 'DD_APP_KEY' },
    timeout: { default: '300' },
};
const MAX_TIMEOUT = 3600;
/** No key is shorter or longer. */
const KEY_LENGTH = { min: 8, max: 500 };
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** @throws Failure if the inputs are invalid */
function checkedInputs({ checked }) {
    if (checked instanceof Failure)
        throw checked;
    return checked;
}
/**
 * Reads and checks all inputs. (A schema library would not make this shorter: most rules involve two inputs, and each
 * message must name the input, its value, and what is allowed.)
 */
function readInputs(environment) {
    const values = readValues(environment);
    const site = values.site.text;
    return {
        secrets: [...readKeys(environment), ...proxySecrets(environment)],
        subject: {
            site: parseSite(site) ?? site,
            accountId: values.account_id.text,
            region: values.region.text,
            dryRun: isTrue(values.dry_run),
        },
        checked: check(values),
    };
}
const NAMES = Object.keys(INPUTS);
function readValues(environment) {
    const values = NAMES.map((name) => {
        const { variable = '', default: fallback = '' } = INPUTS[name];
        const given = read(environment, inputVariable(name));
        return [name, { name, text: given || read(environment, variable) || fallback, isFromInput: given !== '' }];
    });
    return Object.fromEntries(values);
}
/** Every key in the inputs and the environment, used or not. */
function readKeys(environment) {
    return ['api_key', 'dd_api_key', 'dd_app_key']
        .flatMap((name) => {
        const { variable } = INPUTS[name];
        const secrets = [{ name: `${name}`, value: read(environment, inputVariable(name)) }];
        return variable === undefined ? secrets : [...secrets, { name: variable, value: read(environment, variable) }];
    })
        .filter(({ value }) => value !== '');
}
function inputVariable(name) {
    return `INPUT_${name.toUpperCase()}`;
}
function read(environment, variable) {
    return environment[variable]?.trim() ?? '';
}
function check(values) {
    // A reader that finds a problem adds it here and returns a placeholder that is never used.
    const problems = { texts: [], isKeyMissing: false };
    const site = readSite(values.site, problems);
    const accountId = readAccountId(values.account_id, problems);
    const region = readRegion(values.region, problems);
    const apiKey = readApiKey(values, problems);
    const verifyKey = readVerifyKey(values, apiKey, region, problems);
    const credentials = readCredentials(values, problems);
    const dryRun = readSwitch(values.dry_run, problems) ?? false;
    const timeout = readTimeout(values.timeout, problems);
    if (apiKey !== undefined && [credentials.apiKey, credentials.appKey].includes(apiKey)) {
        problems.texts.push('api_key is the same as one of the Datadog keys. It must be an Opsgenie API key.');
    }
    if (apiKey?.toLowerCase() === accountId) {
        problems.texts.push('api_key is the same as account_id. It must be an Opsgenie API key.');
    }
    const hints = problems.texts;
    if (problems.isKeyMissing) {
        return new Failure('keys-missing', 'A required key is missing.', { remedy: KEYS_MISSING_REMEDY, hints });
    }
    if (hints.length > 0)
        return new Failure('inputs', 'Some inputs are invalid.', { remedy: INPUTS_REMEDY, hints });
    const warnings = [];
    if (apiKey !== undefined && /^(?:[0-9a-f]{32}|dd(?:app|pat|sat)_.*)$/.test(apiKey)) {
        warnings.push('api_key looks like a Datadog key. Opsgenie keys are usually UUIDs. Check which secret the step uses.');
    }
    return { site, accountId, credentials, change: { apiKey, region }, verifyKey, dryRun, timeout, warnings };
}
function addMissingKey(problems, text) {
    problems.texts.push(text);
    problems.isKeyMissing = true;
}
function readSite(value, problems) {
    const given = value.text;
    const site = parseSite(given);
    if (site === undefined) {
        problems.texts.push(`${named(value)}: ${quoted(given)} is not a Datadog site. Use ${list(KNOWN_SITES)}.`);
    }
    return site ?? DEFAULT_SITE;
}
function readAccountId(value, problems) {
    const given = value.text;
    if (given === '') {
        problems.texts.push('account_id is empty. It must be the UUID of the Opsgenie account in Datadog.');
    }
    else if (!UUID.test(given)) {
        problems.texts.push(`account_id: ${quoted(given)} is not a UUID such as 596da4af-0563-4097-90ff-07230c3f9db3.`);
    }
    return given.toLowerCase();
}
function readRegion(value, problems) {
    const given = value.text;
    const region = REGIONS.find((name) => name === given.toLowerCase());
    if (given !== '' && region === undefined) {
        problems.texts.push(`region: ${quoted(given)} is not ${list(REGIONS)}. Leave it empty to keep the current region.`);
    }
    return region;
}
/** The Opsgenie key, or undefined if only the region is to change. */
function readApiKey(values, problems) {
    const key = readKey(values.api_key, problems);
    const regionOnly = readSwitch(values.region_only, problems);
    if (regionOnly === false && key === undefined) {
        addMissingKey(problems, 'api_key is empty: it was not passed, or the secret does not exist here. To change only the region, set region_only: true.');
    }
    else if (regionOnly === true) {
        if (key !== undefined)
            problems.texts.push('region_only is true, but api_key is set as well. Remove one of them.');
        if (values.region.text === '')
            problems.texts.push('region_only is true, but region is empty. Set region to the new region.');
    }
    return key;
}
function readVerifyKey(values, apiKey, region, problems) {
    if (readSwitch(values.verify_key, problems) !== true)
        return undefined;
    const opsgenieRegion = OPSGENIE_REGIONS.find((name) => name === region);
    if (isTrue(values.region_only)) {
        problems.texts.push('verify_key is true, but region_only is true as well, so there is no key to verify.');
    }
    else if (opsgenieRegion === undefined && (region !== undefined || values.region.text === '')) {
        const given = region ?? 'empty';
        problems.texts.push(`verify_key is true, but region is ${given}. Set region to ${list(OPSGENIE_REGIONS)}.`);
    }
    return apiKey && opsgenieRegion ? { apiKey, region: opsgenieRegion } : undefined;
}
function readCredentials(values, problems) {
    const apiKey = readKey(values.dd_api_key, problems);
    const appKey = readKey(values.dd_app_key, problems) ?? '';
    // https://docs.datadoghq.com/account_management/personal-access-tokens/
    const isAccessToken = /^dd[ps]at_/.test(appKey);
    if (apiKey === undefined && !isAccessToken) {
        addMissingKey(problems, `${named(values.dd_api_key)} is empty. It must be a Datadog API key.`);
    }
    if (appKey === '') {
        addMissingKey(problems, `${named(values.dd_app_key)} is empty. It must be a Datadog application key or access token.`);
    }
    return { apiKey, appKey };
}
/** A key, undefined if it is empty. Its value never appears in a problem. */
function readKey(value, problems) {
    const key = value.text;
    if (key === '')
        return undefined;
    const problem = keyProblem(key);
    if (problem !== undefined)
        problems.texts.push(`${named(value)} ${problem}`);
    return key;
}
function keyProblem(key) {
    if (/[\r\n]/.test(key))
        return 'spans several lines. Pass only the key, on one line.';
    if (/^["'`]|["'`]$/.test(key))
        return 'begins or ends with a quotation mark. Pass the key without quotation marks.';
    if (/[^\x21-\x7e]/.test(key))
        return 'contains white space or a character that is not allowed in HTTP headers.';
    if (/^\$|^<.*>$|^\*+$|^(?:undefined|null)$/i.test(key)) {
        return 'is a placeholder such as $NAME, <key>, ***, or null, not a key.';
    }
    if (key.length < KEY_LENGTH.min)
        return `is too short for a key: it has fewer than ${KEY_LENGTH.min} characters.`;
    if (key.length > KEY_LENGTH.max)
        return `is too long for a key: it has more than ${KEY_LENGTH.max} characters.`;
    return undefined;
}
/** True or false, undefined if the value is neither. */
function readSwitch(value, problems) {
    if (isTrue(value))
        return true;
    if (/^false$/i.test(value.text))
        return false;
    problems.texts.push(`${value.name}: ${quoted(value.text)} is neither true nor false.`);
    return undefined;
}
function isTrue({ text }) {
    return /^true$/i.test(text);
}
function readTimeout(value, problems) {
    const given = value.text;
    const timeout = /^\d{1,4}$/.test(given) ? Number(given) : 0;
    if (timeout < 1 || timeout > MAX_TIMEOUT) {
        problems.texts.push(`timeout: ${quoted(given)} is not a whole number of seconds from 1 to ${MAX_TIMEOUT}.`);
    }
    return timeout;
}
/** An input's name in a problem, with its environment variable unless the input itself has a value. */
function named({ name, isFromInput }) {
    const { variable } = INPUTS[name];
    return variable === undefined || isFromInput ? name : `${name} (or ${variable} in the environment)`;
}
/** Quotes a value. A long one is not cut but described: half a secret would not be recognized and redacted. */
function quoted(text) {
    return text.length <= 100 ? JSON.stringify(text) : `a value of ${text.length} characters`;
}
function list(values) {
    return new Intl.ListFormat('en', { type: 'disjunction' }).format(values);
}

;// CONCATENATED MODULE: ./build/main.js











process.exitCode = 1; // The step fails unless everything below succeeds.
run()
    .catch(reportInternalError)
    // Exit even if a proxy or server keeps a connection open, but not before a slow reader has taken all output.
    .finally(() => process.stdout.write('', () => process.exit()));
/** The whole run, in order. Sets exit code 0 only if every requested check succeeded. */
async function run() {
    const signal = interruptionSignal();
    const given = readInputs(process.env);
    mask(given.secrets); // Before anything is printed.
    const sanitize = createSanitizer(given.secrets.map(({ value }) => value));
    const report = createReport(sanitize);
    const trigger = loadTrigger(given.secrets, report.warning); // Never rejects.
    const [record, verification] = [createRecord(), createRecord()];
    const context = { signal, onRetry: report.retrying, trace: report.debug };
    let verifiedBy;
    const ended = async () => ({ subject: given.subject, record, verification, verifiedBy, trigger: await trigger });
    prepareProcess();
    try {
        const inputs = checkedInputs(given);
        const { change, dryRun } = inputs;
        const call = { ...context, deadline: inputs.timeout * 1000 }; // Since the process started.
        for (const text of inputs.warnings)
            report.warning(text);
        report.info(describeStart(given.subject, change));
        if (inputs.verifyKey !== undefined) {
            verifiedBy = await verifyKey(inputs.verifyKey, call, verification);
            report.info(describeVerification(verifiedBy));
        }
        const account = await (dryRun ? findAccount : updateAccount)(inputs, call, record);
        report.write(describeSuccess(account, change, await ended(), sanitize));
        process.exitCode = 0;
    }
    catch (error) {
        report.write(describeFailure(Failure.from(error), await ended(), sanitize));
    }
}
/**
 * Aborts when the run is cancelled, or when an error escapes: Node would print the error with all its properties, which can
 * include request headers.
 */
function interruptionSignal() {
    const controller = new AbortController();
    // Not `once`: an error can trigger another one, which would then be printed.
    process.on('uncaughtException', (error) => controller.abort(error));
    const cancelled = new Failure('cancelled', 'The run was cancelled.', {
        remedy: CANCELLED_REMEDY,
        mayBeApplied: true,
    });
    // On cancel, the runner sends SIGINT and, seconds later, SIGTERM. A machine that shuts down sends only SIGTERM.
    for (const signal of ['SIGINT', 'SIGTERM'])
        process.on(signal, () => controller.abort(cancelled));
    return controller.signal;
}

})();

module.exports = __webpack_exports__;
/******/ })()
;