// The runner of policy packs loads CommonJS and puts a compiler of its own before `require`. An import goes past it, to Node's own type stripping. A package has the compiled pack only.
const { existsSync } = require("node:fs");
const { enableCompileCache, flushCompileCache } = require("node:module");
const { dirname, join } = require("node:path");

require("./node-version.cjs");

// Each run would strip and compile the same files again, a fifth of the time that loading takes. Node keeps what it made of them, by content, and the CLI ends the process without
// giving it time to write. Where nothing can be written, it goes on without.
enableCompileCache(join(dirname(require.resolve("@pulumi/policy/package.json")), "../../.cache/nova-delivery-policies"));

const entry = existsSync(join(__dirname, "index.ts")) ? "./index.ts" : "./dist/index.js";

module.exports = import(entry).then((pack) => {
    flushCompileCache();
    return pack;
});
