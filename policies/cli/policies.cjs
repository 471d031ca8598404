#!/usr/bin/env node
const { existsSync } = require("node:fs");
const { join } = require("node:path");

require("../node-version.cjs");

// A checkout has the sources, a package what was compiled of them.
import(existsSync(join(__dirname, "index.ts")) ? "./index.ts" : "../dist/cli/index.js");
