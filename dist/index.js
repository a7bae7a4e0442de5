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

;// CONCATENATED MODULE: ./build/sites.js
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

;// CONCATENATED MODULE: ./build/failure.js

const STATUS_PAGE = '{status page}';
const INTEGRATION_PAGE = '{integration page}';
const NETWORK_REMEDY = 'Check that the runner can reach this host on port 443 (firewall, DNS, proxy), then rerun the job.';
/**
 * Every failure that users can tell apart. The keys are the values of the output `failure`, so they change only with a
 * major version.
 */
const FAILURES = checkKinds({
    inputs: {
        title: 'Invalid inputs',
        remedy: 'Correct the inputs listed above, then start a new run.',
    },
    'keys-missing': {
        title: 'Keys are missing',
        remedy: "Check that the secrets exist under the names this step uses, in the repository, the organization, or the job's environment, and that a calling workflow passes them on (`secrets: inherit`). If other inputs are listed above, correct them as well.",
    },
    'key-rejected': {
        title: 'Opsgenie rejected the key',
        remedy: 'Store an enabled Opsgenie API key with Read and Configuration access (from Settings > API key management) in the secret, set `region` to its region, then start a new run.',
    },
    'key-not-verified': {
        title: 'Opsgenie key not verified',
        remedy: 'Check that the runner can reach this Opsgenie host on port 443 and that Opsgenie is up, then rerun the job. To update Datadog without this check, set `verify_key: false` and start a new run.',
    },
    'bad-request': {
        title: 'Datadog rejected the request',
        remedy: `Compare account_id and region with the Opsgenie integration in Datadog (${INTEGRATION_PAGE}). If they are right, report this to the maintainers of this action.`,
    },
    unauthorized: {
        title: 'Datadog does not recognize these keys',
        remedy: 'Check for these causes: (1) dd_api_key or dd_app_key is wrong or was revoked; (2) they are swapped; (3) they belong to another Datadog site than `site`.',
        retry: 'once',
    },
    forbidden: {
        title: 'Datadog refused these keys',
        remedy: "Check for these causes: (1) the keys belong to another Datadog site than `site`; (2) dd_api_key and dd_app_key are swapped; (3) the application key's owner or scopes lack the permission manage_integrations (for a dry run: integrations_read); (4) a key was revoked.",
        retry: 'once',
    },
    'not-found': {
        title: 'Opsgenie account not found',
        remedy: "Set account_id to one of the organization's accounts (listed above if Datadog returned them), and check that `site` is the organization's site.",
    },
    'invalid-values': {
        title: 'Datadog rejected the new values',
        remedy: 'Correct the values that Datadog names above. Usually, api_key is not an Opsgenie API key, or region is not the region of this key.',
    },
    'rate-limited': {
        title: 'Rate limited by Datadog',
        remedy: 'Rerun the job later, run fewer jobs that call Datadog at the same time, or start a new run with a longer `timeout`.',
        retry: 'backoff',
    },
    unavailable: {
        title: 'Datadog is unavailable',
        remedy: `Check the status of this site (${STATUS_PAGE}), then rerun the job.`,
        retry: 'backoff',
    },
    redirected: {
        title: 'Redirect not followed',
        remedy: "Datadog's API does not redirect. Something between the runner and Datadog did, such as a proxy or a login page. Let the runner reach the API directly, or through a proxy that passes requests on unchanged.",
    },
    'unexpected-status': {
        title: 'Unexpected answer from Datadog',
        remedy: `Check the account in Datadog (${INTEGRATION_PAGE}). If a proxy or gateway handles requests to Datadog, check that it passes them on unchanged.`,
    },
    unconfirmed: {
        title: 'Not confirmed by Datadog',
        remedy: `Check the account in Datadog (${INTEGRATION_PAGE}), and whether something else answers in place of Datadog, such as a proxy or a login page. Then rerun the job.`,
    },
    'answer-too-large': {
        title: 'Answer too large',
        remedy: "Datadog's own answers are far smaller. Find out what else answers in place of Datadog, such as a proxy.",
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
        retry: 'few',
    },
    certificate: {
        title: 'Certificate not trusted',
        remedy: "If your company's proxy decrypts TLS, give the runner its certificate authority: set NODE_EXTRA_CA_CERTS to the PEM file in the step's environment. Otherwise, check the runner's clock, and do not send keys until you know who is answering.",
    },
    'proxy-failed': {
        title: 'Proxy could not connect',
        remedy: 'Check that the proxy in HTTPS_PROXY is up and can reach this host on port 443, or list the host in NO_PROXY.',
        retry: 'few',
    },
    'proxy-refused': {
        title: 'Proxy refused the connection',
        remedy: 'Allow connections from this runner to this host on port 443 in the proxy, or list the host in NO_PROXY.',
    },
    'proxy-login': {
        title: 'Proxy requires a login',
        remedy: "Put the proxy's user name and password into HTTPS_PROXY, as http://user:password@host:port with special characters percent-encoded. Store the URL as a secret.",
    },
    'proxy-settings': {
        title: 'Invalid proxy settings',
        remedy: 'Set HTTPS_PROXY (or https_proxy) to http://host:port or http://user:password@host:port, without quotation marks and with special characters percent-encoded. The URL must begin with http://, and the host must be a name or an IPv4 address. This action never bypasses a configured proxy.',
    },
    cancelled: {
        title: 'Cancelled',
        remedy: 'Rerun the job if the account still needs the update.',
    },
    internal: {
        title: 'Internal error in this action',
        remedy: `Report this to the maintainers of this action, and check the account in Datadog (${INTEGRATION_PAGE}).`,
    },
});
/** What to do about a failure, with the addresses that belong to a site. */
function remedyFor(kind, site) {
    return FAILURES[kind].remedy.replace(STATUS_PAGE, statusPage(site)).replace(INTEGRATION_PAGE, integrationPage(site));
}
/** Gives all kinds one type and keeps their names. */
function checkKinds(kinds) {
    return kinds;
}
/** A failure as it is reported to the user. `message` says in one sentence what happened and where. */
class Failure extends Error {
    kind;
    facts;
    constructor(kind, message, facts = {}) {
        super(message, { cause: facts.cause });
        this.kind = kind;
        this.facts = facts;
    }
    get retry() {
        return this.facts.retry ?? FAILURES[this.kind].retry ?? 'never';
    }
    /** The same failure with more facts. */
    with(facts) {
        return new Failure(this.kind, this.message, { ...this.facts, ...facts });
    }
    /** Turns anything thrown into a Failure. Unexpected errors become `internal`. */
    static from(thrown) {
        if (thrown instanceof Failure)
            return thrown;
        const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'the thrown value is not an error';
        return new Failure('internal', `This action hit an internal error (${what}).`, {
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
/** Formats milliseconds as seconds, to a tenth of a second: `1.5 s`. */
function formatSeconds(milliseconds) {
    return `${Math.round(milliseconds / 100) / 10} s`;
}

;// CONCATENATED MODULE: ./build/http/network-failure.js

/** Codes, and messages of errors without a specific code, that occur before a byte of the request is sent. */
const NOT_SENT = /^(?:ENOTFOUND|EAI_\w+|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$|^connect |before secure TLS connection/;
/**
 * Codes of a certificate that does not verify (https://nodejs.org/api/tls.html#x509-certificate-error-codes).
 * Node reports those it has no code for, such as a signature or key that is too weak, as UNSPECIFIED.
 */
const CERTIFICATE = /_CERT(?:_|$)|^CERT_|^UNABLE_TO_|^INVALID_|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$|^UNSPECIFIED$/;
/** The message is the only place where the tunnel reports what the proxy did. */
const TUNNEL = /^tunneling socket could not be established, (?:statusCode=(\d+)|cause=(.*))|^got illegal response body from proxy$/;
/** Classifies an error of the HTTP client; `host` says where the request went. */
function networkFailure(error, host) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (!(error instanceof Error) || typeof code !== 'string')
        return Failure.from(error);
    // When all addresses of a name fail, the messages are in the individual errors.
    const [first] = error instanceof AggregateError ? error.errors : [error];
    const what = (first instanceof Error && first.message) || code;
    const fail = (kind, message, mayBeApplied = false) => new Failure(kind, message, { mayBeApplied, cause: error });
    const [tunnel, status, cause] = TUNNEL.exec(what) ?? [];
    if (tunnel !== undefined) {
        const reason = status === undefined ? (cause ?? what) : `the proxy answered ${status}`;
        return fail(proxyFailure(Number(status)), `No connection to ${host}: ${reason}.`);
    }
    if (CERTIFICATE.test(code)) {
        // Node appends advice on how to start Node.
        const [problem] = what.split('; ');
        return fail('certificate', `The certificate of ${host} is not trusted: ${problem} (${code}).`);
    }
    if (NOT_SENT.test(code) || NOT_SENT.test(what))
        return fail('unreachable', `No connection to ${host}: ${what}.`);
    if (code === 'HPE_HEADER_OVERFLOW')
        return fail('answer-too-large', `${host} sent headers that are too large.`, true);
    return fail('answer-cut-off', `The connection to ${host} broke before the answer was complete: ${what}.`, true);
}
/** @param status the proxy's answer to CONNECT, NaN if it sent none */
function proxyFailure(status) {
    // tinyproxy answers 401 where other proxies answer 407.
    if (status === 401 || status === 407)
        return 'proxy-login';
    return status < 500 ? 'proxy-refused' : 'proxy-failed';
}

// EXTERNAL MODULE: ./node_modules/@actions/http-client/lib/proxy.js
var lib_proxy = __nccwpck_require__(783);
;// CONCATENATED MODULE: ./build/http/proxy.js


/** The variables that the HTTP client reads, in its order. */
const VARIABLES = ['https_proxy', 'HTTPS_PROXY'];
/**
 * The proxy that the HTTP client uses for a URL, undefined for none.
 *
 * @throws Failure if a proxy is configured that the client cannot use: it would silently connect directly
 */
function proxyFor(url) {
    const variable = VARIABLES.find((name) => process.env[name]);
    if (variable === undefined || (0,lib_proxy/* checkBypass */.H)(url))
        return undefined;
    const proxy = URL.parse(`${process.env[variable]}`);
    if (proxy === null || !isUsable(proxy)) {
        // The value itself may contain a password, so it is not shown.
        throw new Failure('proxy-settings', `The environment variable ${variable} does not hold a usable proxy URL.`);
    }
    return proxy;
}
/** The proxy's password and the `Basic` credentials made from it: a proxy can echo both. */
function proxySecrets() {
    return VARIABLES.flatMap((name) => {
        const proxy = URL.parse(process.env[name] ?? '');
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

;// CONCATENATED MODULE: ./build/http/exchange.js






const USER_AGENT = 'datadog-opsgenie-account';
/** Enough for a list of several thousand accounts and for any proxy's error page. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Describes an answer: `api.datadoghq.eu answered 403 Forbidden`. */
function describeAnswer({ host, status }) {
    return [host, 'answered', status, external_node_http_namespaceObject.STATUS_CODES[status] ?? ''].join(' ').trimEnd();
}
/** Whether the same request may get another answer later. */
function isTemporary({ status }) {
    return [408, 429, 500, 502, 503, 504].includes(status);
}
/**
 * Sends one request and reads the answer, whatever its status. Redirects are not followed.
 *
 * @param timeLimit milliseconds for everything: proxy, connection, TLS, request and answer
 * @param trace takes method, URL, status, time and the traced headers; never other headers or bodies
 * @throws Failure if no answer came from this host within the limit, or only a part of one
 */
async function exchange(request, timeLimit, trace) {
    const { method, url, tracedHeaders } = request;
    const proxy = proxyFor(url);
    const host = proxy === undefined ? url.host : `${url.host} (through the proxy ${proxy.host})`;
    // With a proxy login, the client's tunnel calls the deprecated Buffer(); users cannot act on that warning.
    if (proxy !== undefined)
        process.noDeprecation = true;
    // Keys never travel over a connection whose other end is not verified, whatever the environment says.
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    const abort = new AbortController();
    // By default, the client follows redirects to any host and takes the keys along.
    const client = new lib/* HttpClient */.Qq(USER_AGENT, [abortable(abort.signal)], { allowRedirects: false });
    const start = now();
    const traceEnd = (outcome) => trace(`${method} ${url.href}: ${outcome}, after ${formatSeconds(now() - start)}`);
    let timer;
    // No timeout or signal of the client ends a proxy that never answers CONNECT, hence the race against a timer.
    // AbortSignal.timeout would not do: it does not keep the process alive until it fires.
    const timeUp = new Promise((_, reject) => {
        timer = setTimeout(() => {
            const message = `${host} did not send a complete answer within ${formatSeconds(timeLimit)}.`;
            reject(new Failure('no-answer', message, { mayBeApplied: true }));
            abort.abort();
        }, timeLimit);
    });
    try {
        const answer = await Promise.race([send(client, request), timeUp]);
        const traced = tracedHeaders.flatMap((name) => (name in answer.headers ? `${name} ${answer.headers[name]}` : []));
        traceEnd([answer.status, ...traced].join(', '));
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
async function send(client, { method, url, headers, body }) {
    const { message } = await client.request(method, url.href, body ?? null, headers);
    const status = Number(message.statusCode);
    return { host: url.host, status, headers: message.headers, ...(await readBody(message)) };
}
/** Reads a body up to the limit. (The client's own readBody never settles if the answer is cut off.) */
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
        /* v8 ignore next -- @preserve: the interface requires it, but the client calls it only after a true above */
        handleAuthentication: () => Promise.reject(new Error('not supported')),
    };
}

;// CONCATENATED MODULE: ./build/http/rate-limit.js
/** Datadog's rate limit headers: https://docs.datadoghq.com/api/latest/rate-limits/ */
const RATE_LIMIT_HEADERS = ['limit', 'period', 'remaining', 'reset', 'name'].map((name) => `x-ratelimit-${name}`);
/** From here on, a number of seconds can only be a Unix time (September 2001). */
const FIRST_UNIX_TIME = 1_000_000_000;
/**
 * How long a server asks to wait after 429 or 503: `X-RateLimit-Reset` in seconds (a Unix time has also been seen) or `Retry-After` in
 * seconds or as a date (https://www.rfc-editor.org/rfc/rfc9110#name-retry-after), whichever is longer. Points in time
 * are measured against the answer's `Date` header, because the runner's clock may be wrong.
 *
 * @param localNow Unix time in milliseconds, used if the answer has no `Date`
 * @returns milliseconds, never negative; undefined if the server names no wait that makes sense
 */
function serverWait({ status, headers }, localNow = Date.now()) {
    if (status !== 429 && status !== 503)
        return undefined;
    const now = parseDate(headers.date ?? '') ?? localNow;
    const waits = [headers['x-ratelimit-reset'], headers['retry-after']].flatMap((value) => typeof value === 'string' ? (parseWait(value.trim(), now) ?? []) : []);
    return waits.length === 0 ? undefined : Math.max(...waits);
}
function parseWait(value, now) {
    // A number with more digits than a Unix time in seconds is not a wait.
    if (/^\d{1,10}(?:\.\d+)?$/.test(value)) {
        const number = Number(value);
        return number < FIRST_UNIX_TIME ? number * 1000 : Math.max(number * 1000 - now, 0);
    }
    const date = parseDate(value);
    return date === undefined ? undefined : Math.max(date - now, 0);
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

;// CONCATENATED MODULE: ./build/retry.js


// p-retry could do this: onFailedAttempt can wait, and shouldRetry can stop. But most of the code below is policy, which
// would stay, and a fourth runtime dependency would be more to review than the loop it replaces.
/** All times are in milliseconds. */
const BACKOFF_BASE = 500;
const BACKOFF_CAP = 30_000;
/** Datadog and Opsgenie may refuse keys for a few seconds after they are created. */
const NEW_KEY_WAIT = 3_000;
/** A request that hangs must not use up the time in which another one would succeed. */
const ATTEMPT_LIMIT = 60_000;
/** How many failures with each policy end the operation. A host that cannot be reached gets about half a minute. */
const MAX_FAILURES = {
    never: 1,
    once: 2,
    few: 7,
    backoff: Number.POSITIVE_INFINITY,
};
/**
 * Repeats an operation until it succeeds, fails for good, or runs out of time.
 *
 * @param operation one attempt, given its time limit in milliseconds
 * @throws Failure the last one, with the facts of all attempts
 */
async function withRetries(operation, { deadline, interruption, onRetry }) {
    const failures = { never: 0, once: 0, few: 0, backoff: 0 };
    let status;
    let mayBeApplied = false;
    let previous;
    for (let attempts = 1;; attempts += 1) {
        const final = (failure, gaveUpReason) => failure.with({ attempts, status, mayBeApplied, gaveUpReason });
        const timeLimit = Math.min(Math.max(deadline - now(), 0), ATTEMPT_LIMIT);
        try {
            return { value: await Promise.race([operation(timeLimit), interruption]), attempts };
        }
        catch (error) {
            const failure = Failure.from(error);
            status = failure.facts.status ?? status;
            mayBeApplied ||= failure.facts.mayBeApplied ?? false;
            if (failure.kind === 'no-answer' && timeLimit < ATTEMPT_LIMIT) {
                // The deadline cut this attempt short, so report the previous failure.
                throw previous === undefined ? final(failure) : final(previous, 'The last attempt was cut short by `timeout`.');
            }
            failures[failure.retry] += 1;
            if (failures[failure.retry] >= MAX_FAILURES[failure.retry])
                throw final(failure);
            const wait = leastWait(failure) + backoff(attempts);
            const timeLeft = deadline - now();
            if (wait >= timeLeft)
                throw final(failure, explainNoTime(wait, failure.facts.serverWait, timeLeft));
            previous = failure;
            onRetry(failure, attempts + 1, wait);
            const pause = new Promise((done) => setTimeout(done, wait));
            await Promise.race([pause, interruption]).catch((reason) => {
                throw final(Failure.from(reason));
            });
        }
    }
}
function leastWait({ retry, facts }) {
    return retry === 'once' ? NEW_KEY_WAIT : (facts.serverWait ?? 0);
}
/**
 * Exponential backoff with equal jitter: half of it fixed and half random, so that no wait is near zero.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
function backoff(attempt) {
    const ceiling = Math.min(BACKOFF_BASE * 2 ** (attempt - 1), BACKOFF_CAP);
    return (ceiling * (1 + Math.random())) / 2;
}
function explainNoTime(wait, serverWait, timeLeft) {
    const asked = serverWait === undefined ? '' : ` (the server asks for ${formatSeconds(serverWait)})`;
    return `The next attempt would have to wait ${formatSeconds(wait)}${asked}, but \`timeout\` leaves only ${formatSeconds(Math.max(timeLeft, 0))}.`;
}

;// CONCATENATED MODULE: ./build/datadog/error-body.js

/**
 * Reads the errors in the body of an answer, whatever its shape. The shape does not follow from the status: seen are
 * `{"errors": ["…"]}`, `{"errors": [{"title", "detail", "source", …}]}`, `{"error": {…}}`, plain text, and web pages
 * from something between the runner and Datadog.
 *
 * @returns one text per error, unsanitized; empty if the body says nothing
 */
function readErrors(body) {
    const json = parseJson(body);
    const texts = json === undefined ? [describeText(body)] : errorsOf(json).map(describeError);
    return texts.filter((text) => text.trim() !== '');
}
/** Describes a body that is not JSON: a web page by its title, other text by itself. */
function describeText(body) {
    if (!/^\s*<(?:!doctype html|!--|html|head|body)/i.test(body))
        return body;
    const title = /<title[^<>]*>([^<]*)/i.exec(body)?.[1]?.trim();
    return title ? `a web page titled "${title}"` : 'a web page without a title';
}
/** What a JSON body declares as its errors, whatever else it contains; undefined for none. */
function namedErrors(json) {
    const fields = isObject(json) ? [json.errors, json.error] : [];
    return fields.find((errors) => (Array.isArray(errors) ? errors.length > 0 : errors !== undefined && errors !== null));
}
function errorsOf(json) {
    // Without declared errors, an empty list of errors says nothing, and any other body is shown in full.
    const errors = namedErrors(json) ?? (isObject(json) ? (json.errors ?? json) : json);
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

;// CONCATENATED MODULE: ./build/datadog/answer.js





/** The failure for an answer with a status other than 200. */
function failureFromAnswer(answer, kind = kindOf(answer)) {
    const { status, body } = answer;
    return new Failure(kind, `${describeAnswer(answer)}${describeHeaders(answer)}.`, {
        status,
        texts: readErrors(body),
        serverWait: serverWait(answer),
        mayBeApplied: status < 300 || status >= 500,
    });
}
/**
 * The `data` of an answer with status 200; undefined if it has none.
 *
 * @throws Failure if the answer is not valid JSON, or contains errors
 */
function readData(answer) {
    const { body, isComplete } = answer;
    if (!isComplete)
        throw unconfirmed(answer, 'the body is too large', 'answer-too-large');
    const json = parseJson(body);
    // The end of the connection can be the only end of a body, so this is the only sign that it was cut off.
    if (json === undefined && body.trimStart().startsWith('{')) {
        throw unconfirmed(answer, 'the JSON is cut off', 'answer-cut-off');
    }
    if (json === undefined) {
        const what = body.trim() === '' ? 'the body is empty' : `the body is not valid JSON: ${describeText(body)}`;
        throw unconfirmed(answer, what);
    }
    if (namedErrors(json) !== undefined) {
        throw unconfirmed(answer, 'the body contains errors').with({ texts: readErrors(body) });
    }
    return isObject(json) ? json.data : undefined;
}
/**
 * The failure for an answer that looks like success but does not prove it.
 *
 * @param what the reason, as the end of a sentence after "but"
 */
function unconfirmed(answer, what, kind = 'unconfirmed') {
    return new Failure(kind, `${describeAnswer(answer)}, but ${what}.`, { status: answer.status, mayBeApplied: true });
}
const KINDS = {
    400: 'bad-request',
    401: 'unauthorized',
    403: 'forbidden',
    404: 'not-found',
    422: 'invalid-values',
    429: 'rate-limited',
};
function kindOf(answer) {
    const { status } = answer;
    if (status >= 300 && status < 400)
        return 'redirected';
    return KINDS[status] ?? (isTemporary(answer) ? 'unavailable' : 'unexpected-status');
}
/** What the headers add: the name of the rate limit, which Datadog's support asks for, or the target of a redirect. */
function describeHeaders(answer) {
    const { host, headers } = answer;
    const kind = kindOf(answer);
    const limit = headers['x-ratelimit-name'];
    if (kind === 'rate-limited' && limit !== undefined)
        return ` (rate limit ${limit})`;
    const target = kind === 'redirected' ? URL.parse(headers.location ?? '', `https://${host}`) : null;
    return target === null || headers.location === undefined ? '' : `, a redirect to ${target.host}`;
}

;// CONCATENATED MODULE: ./build/datadog/opsgenie-accounts.js








// The contract: https://docs.datadoghq.com/api/latest/opsgenie-integration/, "Update an Opsgenie account" and "Get all
// Opsgenie accounts".
const ACCOUNTS = '/api/v2/integration/opsgenie/accounts';
const ACCOUNT_TYPE = 'opsgenie-account';
/** Time limit for listing the accounts after a 404, in milliseconds. */
const HINTS_LIMIT = 10_000;
/** The regions of the Opsgenie service that Datadog documents. */
const REGIONS = ['us', 'eu', 'custom'];
/**
 * Updates an Opsgenie account. If Datadog does not find it, lists the organization's accounts as hints.
 *
 * @throws Failure unless Datadog confirmed the update: with this id and, if a region was requested, this region
 */
async function updateAccount(update, context) {
    try {
        return await withRetries((timeLimit) => sendUpdate(update, timeLimit, context.trace), context);
    }
    catch (error) {
        const failure = Failure.from(error);
        if (failure.kind !== 'not-found')
            throw failure;
        // Whatever becomes of the list, the 404 is what gets reported.
        const hints = Promise.race([findHints(update, context), context.interruption]).catch(() => []);
        throw failure.with({ hints: await hints });
    }
}
/**
 * Looks up what {@link updateAccount} would find, without changing anything.
 *
 * @returns the account as it is now
 * @throws Failure if there is no such account, or if the answer does not prove that there is
 */
async function previewUpdate(update, context) {
    return withRetries(async (timeLimit) => {
        const { accounts, answer } = await listAccounts(update, timeLimit, context.trace);
        const found = findAccount(accounts, update.accountId);
        if (found === undefined) {
            throw new Failure('not-found', `${answer.host} does not list this account.`, {
                status: answer.status,
                hints: describeAccounts(accounts, update),
            });
        }
        return checkRegion(found, answer);
    }, context);
}
async function sendUpdate(update, timeLimit, trace) {
    const { accountId, change } = update;
    // JSON.stringify leaves out attributes that are undefined.
    const body = JSON.stringify({
        data: { attributes: { api_key: change.apiKey, region: change.region }, id: accountId, type: ACCOUNT_TYPE },
    });
    const answer = await opsgenie_accounts_send('PATCH', `${ACCOUNTS}/${accountId}`, body, update, timeLimit, trace);
    if (answer.status !== 200)
        throw failureFromAnswer(answer);
    return confirmedAccount(answer, update);
}
/** Which accounts there are, as sentences. */
async function findHints(update, { deadline, trace }) {
    const timeLimit = Math.min(Math.max(deadline - now(), 0), HINTS_LIMIT);
    const { accounts } = await listAccounts(update, timeLimit, trace);
    return findAccount(accounts, update.accountId) === undefined
        ? describeAccounts(accounts, update)
        : [
            "Datadog lists this account, but answered 404 to its update. Rerun the job. If that does not help, contact Datadog's support.",
        ];
}
/** All accounts of the organization, and the answer that lists them. */
async function listAccounts(update, timeLimit, trace) {
    const answer = await opsgenie_accounts_send('GET', ACCOUNTS, undefined, update, timeLimit, trace);
    if (answer.status !== 200) {
        // The list is documented without these, so they do not mean what they mean for an update.
        throw failureFromAnswer(answer, [400, 404, 422].includes(answer.status) ? 'unexpected-status' : undefined);
    }
    const data = readData(answer);
    const entries = Array.isArray(data) ? data : ['not a list'];
    const accounts = entries.flatMap((entry) => readAccount(entry) ?? []);
    // Unknown entries next to accounts are harmless. A list of nothing else is not a list of accounts.
    if (accounts.length === 0 && entries.length > 0)
        throw unconfirmed(answer, 'the body is not a list of accounts');
    return { accounts, answer };
}
function findAccount(accounts, accountId) {
    return accounts.find(({ id }) => id.toLowerCase() === accountId);
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
function opsgenie_accounts_send(method, path, body, { site, credentials }, timeLimit, trace) {
    const headers = {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(credentials.apiKey === undefined ? {} : { 'DD-API-KEY': credentials.apiKey }),
        'DD-APPLICATION-KEY': credentials.appKey,
    };
    const url = new URL(`https://${apiHost(site)}${path}`);
    return exchange({ method, url, headers, body, tracedHeaders: RATE_LIMIT_HEADERS }, timeLimit, trace);
}
/** Checks a 200 field by field: only an answer that proves the update counts. */
function confirmedAccount(answer, { accountId, change }) {
    const account = readAccount(readData(answer));
    if (account === undefined)
        throw unconfirmed(answer, 'the body is not an Opsgenie account');
    if (account.id.toLowerCase() !== accountId)
        throw unconfirmed(answer, `for another account: ${account.id}`);
    const confirmed = checkRegion(account, answer);
    if (change.region !== undefined && confirmed.region !== change.region) {
        throw unconfirmed(answer, `the region is ${confirmed.region ?? 'missing'} instead of ${change.region}`);
    }
    return confirmed;
}
/** Reads an account in the API's format; undefined if this is not one. */
function readAccount(data) {
    if (!isObject(data) || data.type !== ACCOUNT_TYPE || typeof data.id !== 'string' || !isObject(data.attributes)) {
        return undefined;
    }
    return { id: data.id, region: data.attributes.region };
}
/** @throws Failure if the account has a region that is not documented */
function checkRegion({ id, region }, answer) {
    const documented = REGIONS.find((name) => name === region);
    if (region !== undefined && documented === undefined) {
        throw unconfirmed(answer, `the region is not documented: ${render(region)}`);
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
;// CONCATENATED MODULE: ./build/opsgenie/verify-key.js





/** The regions in which a key can be verified. */
const OPSGENIE_REGIONS = ['us', 'eu'];
const HOSTS = { us: 'api.opsgenie.com', eu: 'api.eu.opsgenie.com' };
/**
 * Asks Opsgenie whether it accepts a key, with a harmless request that needs Configuration access:
 * https://docs.opsgenie.com/docs/account-api
 *
 * @returns the host that accepted the key
 * @throws Failure if Opsgenie rejects the key, or gives no verdict. Datadog was not called, so nothing may be applied.
 */
async function verifyKey({ apiKey, region }, context) {
    const url = new URL(`https://${HOSTS[region]}/v2/account`);
    const headers = { Accept: 'application/json', Authorization: `GenieKey ${apiKey}` };
    try {
        await withRetries(async (timeLimit) => {
            const request = { method: 'GET', url, headers, body: undefined, tracedHeaders: [] };
            const failure = failureFromVerdict(await exchange(request, timeLimit, context.trace));
            if (failure !== undefined)
                throw failure;
        }, context);
        return url.host;
    }
    catch (error) {
        throw withoutVerdict(Failure.from(error)).with({ attempts: 0, status: undefined, mayBeApplied: false });
    }
}
/** Undefined if Opsgenie accepted the key. */
function failureFromVerdict(answer) {
    const { status, body, isComplete } = answer;
    const json = isComplete ? parseJson(body) : undefined;
    const { data, message, code } = isObject(json) ? json : {};
    if (status === 200 && isObject(data) && typeof data.name === 'string')
        return undefined;
    const texts = typeof message === 'string' ? [message] : [];
    const said = describeAnswer(answer);
    const rejected = (why, retry = 'never') => new Failure('key-rejected', `${said}. ${why}`, { texts, retry });
    if (status === 401 && texts.length > 0) {
        return rejected('The key is unknown, disabled, or belongs to the other region.', 'once');
    }
    if (status === 422 && message === 'Key format is not valid!') {
        return rejected('api_key does not have the format of an Opsgenie API key.');
    }
    if (status === 403 && code === 40301) {
        return rejected("The key exists, but lacks Configuration access: it is an integration's or a team's key. The account needs a key from API key management with Read and Configuration access.");
    }
    return new Failure('key-not-verified', `${said}, which says nothing about the key.`, {
        texts,
        retry: isTemporary(answer) ? 'backoff' : 'never',
        serverWait: serverWait(answer),
    });
}
/** Anything that kept Opsgenie from giving a verdict is the same kind of failure, with its own remedy as a hint. */
function withoutVerdict(failure) {
    const { kind, message } = failure;
    if (['key-rejected', 'key-not-verified', 'cancelled', 'internal'].includes(kind))
        return failure;
    const isLocal = kind === 'certificate' || kind.startsWith('proxy-');
    return new Failure('key-not-verified', message, {
        gaveUpReason: failure.facts.gaveUpReason,
        hints: isLocal ? [FAILURES[kind].remedy] : [],
        cause: failure,
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
/** Masks every key in the inputs and the environment, used or not, and the login of a proxy. Call before printing. */
function maskSecrets() {
    const given = ['api_key', 'dd_api_key', 'dd_app_key'].flatMap((name) => [
        { name, value: getInput(name) },
        { name: variableOf(name) ?? name, value: environment(name) },
    ]);
    const secrets = [...given, ...proxySecrets()].filter(({ value }) => value !== '');
    for (const { value } of secrets)
        core_setSecret(value);
    return secrets;
}
/**
 * Reads and checks all inputs. (A schema library would not make this shorter: most rules involve two inputs, and each
 * message must name the input, its value, and what is allowed.)
 *
 * @throws Failure that lists every problem, of kind `keys-missing` if a key is missing, else `inputs`
 */
function readInputs() {
    // A reader that finds a problem adds it here and returns any value of its type, which is then never used.
    const problems = { texts: [], isKeyMissing: false };
    const site = readSite(problems);
    const accountId = readAccountId(problems);
    const region = readRegion(problems);
    const apiKey = readApiKey(problems);
    const verifyKey = readVerifyKey(apiKey, region, problems);
    const credentials = readCredentials(problems);
    const dryRun = readSwitch('dry_run', problems) ?? false;
    const timeout = readTimeout(problems);
    if (apiKey !== undefined && [credentials.apiKey, credentials.appKey].includes(apiKey)) {
        problems.texts.push('api_key is the same as one of the Datadog keys. It must be an Opsgenie API key.');
    }
    if (apiKey?.toLowerCase() === accountId) {
        problems.texts.push('api_key is the same as account_id. It must be an Opsgenie API key.');
    }
    if (problems.isKeyMissing)
        throw new Failure('keys-missing', 'A required key is missing.', problems);
    if (problems.texts.length > 0)
        throw new Failure('inputs', 'Some inputs are invalid.', problems);
    const warnings = [];
    if (apiKey !== undefined && /^(?:[0-9a-f]{32}|dd(?:app|pat|sat)_.*)$/.test(apiKey)) {
        warnings.push('api_key looks like a Datadog key. Opsgenie keys are usually UUIDs. Check which secret the step uses.');
    }
    return { site, accountId, credentials, change: { apiKey, region }, verifyKey, dryRun, timeout, warnings };
}
/** Reads what the inputs ask for without checking it, for reports about invalid inputs. */
function readSubject() {
    const site = value('site');
    return {
        site: parseSite(site) ?? site,
        accountId: value('account_id'),
        region: value('region'),
        dryRun: isTrue('dry_run'),
    };
}
function addMissingKey(problems, text) {
    problems.texts.push(text);
    problems.isKeyMissing = true;
}
function readSite(problems) {
    const given = value('site');
    const site = parseSite(given);
    if (site === undefined) {
        problems.texts.push(`${named('site')}: ${quoted(given)} is not a Datadog site. Use ${list(KNOWN_SITES)}.`);
    }
    return site ?? DEFAULT_SITE;
}
function readAccountId(problems) {
    const given = value('account_id');
    if (given === '') {
        problems.texts.push('account_id is empty. It must be the UUID of the Opsgenie account in Datadog.');
    }
    else if (!UUID.test(given)) {
        problems.texts.push(`account_id: ${quoted(given)} is not a UUID such as 596da4af-0563-4097-90ff-07230c3f9db3.`);
    }
    return given.toLowerCase();
}
function readRegion(problems) {
    const given = value('region');
    const region = REGIONS.find((name) => name === given.toLowerCase());
    if (given !== '' && region === undefined) {
        problems.texts.push(`region: ${quoted(given)} is not ${list(REGIONS)}. Leave it empty to keep the current region.`);
    }
    return region;
}
/** The Opsgenie key, or undefined if only the region is to change. */
function readApiKey(problems) {
    const key = readKey('api_key', problems);
    const regionOnly = readSwitch('region_only', problems);
    if (regionOnly === false && key === undefined) {
        addMissingKey(problems, 'api_key is empty: it was not passed, or the secret does not exist here. To change only the region, set region_only: true.');
    }
    else if (regionOnly === true) {
        if (key !== undefined)
            problems.texts.push('region_only is true, but api_key is set as well. Remove one of them.');
        if (value('region') === '')
            problems.texts.push('region_only is true, but region is empty. Set region to the new region.');
    }
    return key;
}
function readVerifyKey(apiKey, region, problems) {
    if (readSwitch('verify_key', problems) !== true)
        return undefined;
    const opsgenieRegion = OPSGENIE_REGIONS.find((name) => name === region);
    if (isTrue('region_only')) {
        problems.texts.push('verify_key is true, but region_only is true as well, so there is no key to verify.');
    }
    else if (opsgenieRegion === undefined && (region !== undefined || value('region') === '')) {
        const given = region ?? 'empty';
        problems.texts.push(`verify_key is true, but region is ${given}. Set region to ${list(OPSGENIE_REGIONS)}.`);
    }
    return apiKey && opsgenieRegion ? { apiKey, region: opsgenieRegion } : undefined;
}
function readCredentials(problems) {
    const apiKey = readKey('dd_api_key', problems);
    const appKey = readKey('dd_app_key', problems) ?? '';
    // https://docs.datadoghq.com/account_management/personal-access-tokens/
    const isAccessToken = /^dd[ps]at_/.test(appKey);
    if (apiKey === undefined && !isAccessToken) {
        addMissingKey(problems, `${named('dd_api_key')} is empty. It must be a Datadog API key.`);
    }
    if (appKey === '') {
        addMissingKey(problems, `${named('dd_app_key')} is empty. It must be a Datadog application key or access token.`);
    }
    return { apiKey, appKey };
}
/** A key, undefined if it is empty. Its value never appears in a problem. */
function readKey(name, problems) {
    const key = value(name);
    if (key === '')
        return undefined;
    const problem = keyProblem(key);
    if (problem !== undefined)
        problems.texts.push(`${named(name)} ${problem}`);
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
function readSwitch(name, problems) {
    if (isTrue(name))
        return true;
    if (/^false$/i.test(value(name)))
        return false;
    problems.texts.push(`${name}: ${quoted(value(name))} is neither true nor false.`);
    return undefined;
}
function isTrue(name) {
    return /^true$/i.test(value(name));
}
function readTimeout(problems) {
    const given = value('timeout');
    const timeout = /^\d{1,4}$/.test(given) ? Number(given) : 0;
    if (timeout < 1 || timeout > MAX_TIMEOUT) {
        problems.texts.push(`timeout: ${quoted(given)} is not a whole number of seconds from 1 to ${MAX_TIMEOUT}.`);
    }
    return timeout;
}
/** The value of an input or, if it is empty, of its environment variable or its default. */
function value(name) {
    const { default: fallback = '' } = INPUTS[name];
    return getInput(name) || environment(name) || fallback;
}
function environment(name) {
    return process.env[variableOf(name) ?? '']?.trim() ?? '';
}
function variableOf(name) {
    const { variable } = INPUTS[name];
    return variable;
}
/** An input's name in a problem, with its environment variable unless the input itself has a value. */
function named(name) {
    const variable = variableOf(name);
    return variable === undefined || getInput(name) !== '' ? name : `${name} (or ${variable} in the environment)`;
}
/** Quotes a value. A long one is not cut but described: half a secret would not be recognized and redacted. */
function quoted(text) {
    return text.length <= 100 ? JSON.stringify(text) : `a value of ${text.length} characters`;
}
function list(values) {
    return new Intl.ListFormat('en', { type: 'disjunction' }).format(values);
}

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = require("node:fs");
;// CONCATENATED MODULE: ./build/origin.js


/**
 * Reads what started this run with @actions/github, and warns about keys in the event payload. The package is imported
 * dynamically because the import itself throws if the event file is not valid JSON.
 *
 * @returns undefined if it cannot be read. Never rejects, because an update must not fail for this.
 */
async function loadOrigin(secrets, warn) {
    const { GITHUB_EVENT_PATH, GITHUB_EVENT_NAME: event, GITHUB_ACTOR: actor } = process.env;
    try {
        // The package would print the path and continue.
        if (GITHUB_EVENT_PATH && !(0,external_node_fs_namespaceObject.existsSync)(GITHUB_EVENT_PATH))
            throw new SyntaxError('no event file');
        const { context } = await __nccwpck_require__.e(/* import() */ 722).then(__nccwpck_require__.bind(__nccwpck_require__, 722));
        const { payload } = context;
        for (const name of exposedSecrets(secrets, payload)) {
            warn(`${name} appears in plain text in the payload of the event that started this run (${event}), where nothing masks it. Rotate this key again, and pass it as a secret.`);
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
/** Names of the secrets that appear anywhere in an event payload, such as in a plain workflow input. */
function exposedSecrets(secrets, payload) {
    const text = JSON.stringify(payload);
    return secrets.filter(({ value }) => text.includes(JSON.stringify(value).slice(1, -1))).map(({ name }) => name);
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

;// CONCATENATED MODULE: ./build/summary.js
/** Writes a job summary in GitHub's Markdown. */
function summaryMarkdown({ heading, facts, happened, details, remedy }) {
    const [header, ...rows] = facts.map(([name, value]) => `| ${name} | ${escapeMarkdown(value) || '–'} |`);
    const blocks = [
        `### ${heading}`,
        [header, '| --- | --- |', ...rows].join('\n'),
        escapeMarkdown(happened),
        details.map((detail) => `- ${escapeMarkdown(detail)}`).join('\n'),
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

;// CONCATENATED MODULE: ./build/report.js






/** The outputs of action.yml. */
const OUTPUTS = (/* unused pure expression or super */ null && (['updated', 'failure', 'account_id', 'region', 'status_code', 'attempts', 'errors']));
/** GitHub cuts annotation messages at 4,096 characters. The margin is for characters that it counts differently. */
const MAX_ANNOTATION = 4_000;
/** Only quoted text from a server can make a sentence this long. */
const MAX_SENTENCE = 1_000;
/** An input of any length can appear in the summary's table. */
const MAX_CELL = 200;
/** The outputs of a job are limited to 1 MB in total, and a character can take three bytes. */
const MAX_ERRORS_OUTPUT = 30_000;
/** Separates the items of a list in an annotation. */
const BULLET = '\n- ';
const ADVICE = 'What to do: ';
const MAY_BE_APPLIED = 'The update may still have been applied. Rerunning is safe: applying the same update twice has no further effect.';
const NOT_APPLIED = 'Nothing was changed: Datadog still has the previous key and region.';
const DRY_RUN = 'This was a dry run: nothing was changed. Datadog still has the previous key and region.';
/** Reports an error in the reporting code itself. The text is fixed, because the error could contain a key. */
function reportInternalError() {
    const { title } = FAILURES.internal;
    const advice = `${ADVICE}${remedyFor('internal', DEFAULT_SITE)}`;
    error(`This action hit an internal error that it cannot describe. ${MAY_BE_APPLIED}\n${advice}`, { title });
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
/**
 * @param sanitize makes text safe to print: all text that is not fixed passes through it
 * @param subject what the inputs ask for, even if they turn out to be invalid
 */
function createReport(sanitize, subject) {
    const warning = (text) => core_warning(sanitize(text), { title: 'Opsgenie account in Datadog' });
    const sentence = (text) => truncate(sanitize(text), MAX_SENTENCE);
    /** What Opsgenie said about the key; empty if it was not asked. */
    let verdict = '';
    /** Writes outputs and summary. A failure to write them does not change the result. */
    const write = (outputs, region, origin, content) => {
        if (!writeOutputs(outputs))
            warning("This step's outputs could not be written.");
        const facts = {
            Account: subject.accountId,
            Site: subject.site,
            Region: region,
            Attempts: outputs.attempts,
            'Started by': origin === undefined ? '' : `${origin.actor} (${origin.event})`,
        };
        const cells = Object.entries(facts).map(([name, text]) => [name, truncate(sanitize(text), MAX_CELL)]);
        try {
            // Without the toolkit's summary, which would load node:fs/promises.
            (0,external_node_fs_namespaceObject.appendFileSync)(process.env.GITHUB_STEP_SUMMARY ?? '', summaryMarkdown({ ...content, facts: cells }));
        }
        catch {
            warning('The job summary could not be written.');
        }
    };
    return {
        warning,
        /** Printed only if the user has enabled debug logging. */
        debug: (text) => core_debug(sanitize(text)),
        started({ site, accountId, change, dryRun, warnings }) {
            for (const text of warnings)
                warning(text);
            const doing = dryRun ? 'Dry run, which changes nothing. Requested for' : 'Updating';
            info(sanitize(`${doing} Opsgenie account ${accountId} on ${site}: ${describeChange(change)}.`));
        },
        retrying(failure, attempt, wait) {
            info(`Attempt ${attempt - 1}: ${sentence(failure.message)} Attempt ${attempt} follows in ${formatSeconds(wait)}.`);
        },
        keyAccepted(host) {
            verdict = `Opsgenie accepted the API key (${host}).`;
            info(verdict);
        },
        succeeded({ value: account, attempts }, inputs, origin) {
            const { change, dryRun } = inputs;
            const outcome = sanitize(dryRun ? describeDryRun(account, inputs) : describeUpdate(account, inputs));
            info(outcome);
            const region = account.region ?? '';
            const outputs = {
                updated: `${!dryRun}`,
                failure: '',
                account_id: sanitize(account.id),
                region,
                status_code: '200',
                attempts: `${attempts}`,
                errors: '[]',
            };
            const regions = dryRun && changesRegion(account, change) ? `${region || 'none'} → ${change.region}` : region;
            write(outputs, regions, origin, {
                heading: `✅ Opsgenie account in Datadog: ${dryRun ? 'dry run passed' : 'updated'}`,
                happened: `${verdict} ${outcome}`.trim(),
                details: [],
                remedy: undefined,
            });
        },
        failed(failure, origin) {
            const { kind, facts } = failure;
            const { attempts = 0, status, mayBeApplied = false } = facts;
            const { title } = FAILURES[kind];
            const remedy = remedyFor(kind, parseSite(subject.site) ?? DEFAULT_SITE);
            const where = attempts > 0 ? `Opsgenie account ${subject.accountId} on ${subject.site}: ` : '';
            const sentences = [
                sentence(where + failure.message),
                attempts > 1 && `${attempts} attempts were made.`,
                facts.gaveUpReason,
                verdict,
                subject.dryRun ? DRY_RUN : mayBeApplied ? MAY_BE_APPLIED : NOT_APPLIED,
                kind === 'keys-missing' && origin?.secretsWithheld,
            ];
            const happened = sentences.filter(Boolean).join(' ');
            const advice = `${ADVICE}${remedy}`;
            const texts = (facts.texts ?? []).map(sanitize).filter(Boolean);
            const hints = (facts.hints ?? []).map(sanitize);
            const room = MAX_ANNOTATION - happened.length - advice.length;
            // Long texts leave half of the room to the hints.
            const first = fitWithin(texts, hints.length === 0 ? room : room / 2);
            const details = [...first, ...fitWithin(hints, room - ['', ...first].join(BULLET).length)];
            error(`${[happened, ...details].join(BULLET)}\n${advice}`, { title });
            const outputs = {
                updated: mayBeApplied && !subject.dryRun ? 'unknown' : 'false',
                failure: kind,
                status_code: `${status ?? ''}`,
                attempts: `${attempts}`,
                errors: JSON.stringify(status === undefined ? [] : fitWithin(texts, MAX_ERRORS_OUTPUT)),
            };
            write(outputs, subject.region && `${subject.region} (requested)`, origin, {
                heading: `❌ Opsgenie account in Datadog: ${title}`,
                happened,
                details,
                remedy,
            });
        },
    };
}
/** As many of the first texts as fit, in full, and then how many more there are. */
function fitWithin(texts, room) {
    const fitting = [];
    let left = room - `${BULLET}… and ${texts.length} more`.length;
    for (const text of texts) {
        left -= BULLET.length + text.length;
        if (left < 0)
            break;
        fitting.push(text);
    }
    const [first] = texts;
    if (first !== undefined && fitting.length === 0)
        fitting.push(truncate(first, left + first.length));
    const more = texts.length - fitting.length;
    return more === 0 ? fitting : [...fitting, `… and ${more} more`];
}
/** Cuts sanitized text to a number of UTF-16 code units, with an ellipsis in place of the rest. */
function truncate(text, limit) {
    if (text.length <= limit)
        return text;
    const start = text.slice(0, limit - 1).toWellFormed();
    return `${start.replace(/\uFFFD$/, '')}…`;
}
function describeUpdate({ region }, { site, accountId, change }) {
    const result = `Datadog accepted the update of Opsgenie account ${accountId} on ${site}: ${describeChange(change)}.`;
    return region === undefined || change.region !== undefined ? result : `${result} The region is still ${region}.`;
}
function describeDryRun(account, { site, accountId, change }) {
    const { region } = account;
    const effects = [
        change.apiKey && 'set the API key (Datadog does not reveal whether it changes)',
        changesRegion(account, change)
            ? `change the region from ${region ?? 'none'} to ${change.region}`
            : `leave the region unchanged${region ? ` (${region})` : ''}`,
    ];
    return `Dry run passed: Datadog has Opsgenie account ${accountId} on ${site}. An update would ${effects.filter(Boolean).join(' and ')}. Not proven: write access (permission manage_integrations).`;
}
function changesRegion({ region }, change) {
    return change.region !== undefined && change.region !== region;
}
function describeChange({ apiKey, region }) {
    return [apiKey && 'new API key', region && `region ${region}`].filter(Boolean).join(', ');
}

;// CONCATENATED MODULE: ./build/sanitize.js
/** The same as in the runner's own logs. */
const REDACTED = '***';
/** Shorter secrets are not redacted: that would eat ordinary words. */
const MIN_SECRET_LENGTH = 4;
/** The words of a secret with white space are redacted as well, from this length on. */
const MIN_WORD_LENGTH = 8;
/** Of a longer secret, only this much is matched. A longer key is never sent. */
const MAX_MATCHED_LENGTH = 500;
/**
 * Creates the function that all untrusted text passes through before it is printed. Its result
 * - is one line without control characters, colors, and characters that are invisible or change the direction;
 * - contains none of the secrets: as they are, in any letter case, without dashes, in hex, base64, base64url, or behind
 *   one layer of URL, JSON, JavaScript, or HTML escapes;
 * - is not a workflow command. The runner looks for `::name::` at the start of a line and for `##[name]` anywhere in it
 *   (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
 *
 * It takes time linear in the length of the text.
 */
function createSanitizer(secrets) {
    const redact = createRedactor(secrets);
    return (text) => {
        // Redact first, because an unfinished terminal sequence would swallow the start of a secret behind it.
        let line = redact(toPrintableLine(redact(text)));
        for (const read of READINGS) {
            const reading = read(line);
            const redacted = redact(reading);
            // Only if it held a secret. Otherwise, people would not recognize what the server wrote.
            if (redacted !== reading)
                line = redacted;
        }
        return defuseCommands(line);
    };
}
/** Other ways to read a line, in which a secret may appear. */
const READINGS = [joinWords, decodeLine, (line) => joinWords(decodeLine(line))];
/** Line breaks inside a secret have become spaces. */
function joinWords(line) {
    return line.replaceAll(' ', '');
}
function decodeLine(line) {
    return toPrintableLine(decodeEscapes(line));
}
/** Colors and cursor movements (CSI) and links (OSC). Node's stripVTControlCharacters takes quadratic time for some text. */
const TERMINAL_SEQUENCE = 
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
/(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c\u009d]*(?:[\u0007\u009c]|\u001b\\)/g;
function toPrintableLine(text) {
    return text
        .toWellFormed()
        .replace(TERMINAL_SEQUENCE, '')
        .replace(/[\p{Cf}\p{DI}]|(?![\s\u0085])\p{Cc}/gu, '')
        .replace(/[\s\u0085]+/gu, ' ')
        .trim();
}
function defuseCommands(line) {
    return line.replace(/:(?=:)/g, ': ').replace(/##\[/g, '## [');
}
function createRedactor(secrets) {
    // One secret can begin with another one, so the longest is replaced first.
    const lines = [...new Set(secrets.map(toPrintableLine))].sort(byLength);
    const patterns = lines
        .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
        .map((secret) => secretPattern(secret.slice(0, MAX_MATCHED_LENGTH)));
    // A key with white space is never sent, but its words can appear in other inputs. There may be thousands.
    const words = lines.filter((secret) => secret.includes(' ')).flatMap((secret) => secret.split(' '));
    const longWords = words.filter((word) => word.length >= MIN_WORD_LENGTH).sort(byLength);
    return (line) => longWords.reduce((rest, word) => rest.replaceAll(word, REDACTED), patterns.reduce((rest, pattern) => rest.replace(pattern, REDACTED), line));
}
function byLength(a, b) {
    return b.length - a.length;
}
/** Matches a secret in all forms that are not escapes, in any letter case. */
function secretPattern(secret) {
    const forms = [secret, secret.replaceAll('-', ''), Buffer.from(secret).toString('hex')];
    const patterns = [
        ...forms.filter(({ length }) => length >= MIN_SECRET_LENGTH).map(RegExp.escape),
        ...base64Forms(secret).map((form) => {
            // In base64url, - and _ take the place of + and /.
            const either = form.replaceAll('+', '[+-]').replaceAll('/', '[/_]');
            // The rest of the last group depends on what follows the secret.
            return `${either}[\\w+/-]?={0,2}`;
        }),
    ];
    return new RegExp(patterns.join('|'), 'gi');
}
/**
 * The part of the secret's base64 that does not depend on the neighboring bytes, for each of the three ways in which its
 * bytes can be grouped.
 */
function base64Forms(secret) {
    return [0, 1, 2].map((offset) => {
        const bytes = Buffer.from(`${' '.repeat(offset)}${secret}`);
        return bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
    });
}
const ESCAPE = /(?:%|\\x|\\u00)(\d[\da-f])|\\u\{0{0,4}(\d[\da-f])\}|&#x0{0,6}(\d[\da-f]);?|&#0{0,6}(\d{1,3});?|&(amp|lt|gt|quot|apos);|\\[bfnrtv]|\\([^\da-z])/gi;
const HTML_NAMES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
/** Decodes one layer of escapes of ASCII and control characters: URL, JSON and JavaScript, HTML. */
function decodeEscapes(text) {
    return text.replace(ESCAPE, (_, ...groups) => {
        const [hex, braced, html, decimal, name = '', character] = groups;
        const code = hex ?? braced ?? html;
        if (code !== undefined)
            return String.fromCharCode(Number.parseInt(code, 16));
        if (decimal !== undefined)
            return String.fromCharCode(Number(decimal));
        return character ?? HTML_NAMES[name.toLowerCase()] ?? ' '; // A control character.
    });
}

;// CONCATENATED MODULE: ./build/run.js







/** Runs the action and ends the process, with 0 only if every requested check succeeded. */
async function run() {
    process.exitCode = 1; // The run fails unless everything below succeeds.
    await updateAndReport().catch(reportInternalError);
    // Exit even if a proxy or server keeps a connection open, but not before a slow reader has taken all output.
    process.stdout.write('', () => process.exit());
}
async function updateAndReport() {
    const interruption = nextInterruption();
    const secrets = maskSecrets(); // Before anything is printed.
    const report = createReport(createSanitizer(secrets.map(({ value }) => value)), readSubject());
    const origin = loadOrigin(secrets, report.warning); // Never rejects.
    try {
        const inputs = readInputs();
        report.started(inputs);
        const result = await carryOut(inputs, interruption, report);
        report.succeeded(result, inputs, await origin);
        process.exitCode = 0;
    }
    catch (error) {
        report.failed(Failure.from(error), await origin);
    }
}
/** @throws Failure unless Datadog, and Opsgenie if it was asked, confirmed everything */
async function carryOut(inputs, interruption, report) {
    const context = {
        deadline: inputs.timeout * 1000, // Since the process started.
        interruption,
        onRetry: report.retrying,
        trace: report.debug,
    };
    if (inputs.verifyKey !== undefined)
        report.keyAccepted(await verifyKey(inputs.verifyKey, context));
    return inputs.dryRun ? previewUpdate(inputs, context) : updateAccount(inputs, context);
}
/**
 * Rejects when the run is cancelled, or when an error escapes: Node would print the error with all its properties,
 * which can include request headers.
 */
function nextInterruption() {
    return new Promise((_, reject) => {
        // Not `once`: an error can trigger another one, which would then be printed.
        process.on('uncaughtException', reject);
        const cancel = () => reject(new Failure('cancelled', 'The run was cancelled.', { mayBeApplied: true }));
        // On cancel, the runner sends SIGINT and, seconds later, SIGTERM. A machine that shuts down sends only SIGTERM.
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