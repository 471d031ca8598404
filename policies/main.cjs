// The runner of policy packs loads CommonJS and puts a compiler of its own before `require`. An import goes past it, to Node's own type stripping.
module.exports = import("./index.ts");
