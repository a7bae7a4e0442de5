// Loaded before the action (NODE_OPTIONS=--require) by a test: notes what is loaded when the request is made, the parts of
// Node and the files, in the file LOADED_MODULES.
const { subscribe } = require('node:diagnostics_channel');
const { writeFileSync } = require('node:fs');

subscribe('http.client.request.created', () => {
  writeFileSync(process.env.LOADED_MODULES, [...process.moduleLoadList, ...Object.keys(require.cache)].join('\n'));
});
