// Ends a program with one line and exit code 2 where this Node is older than its package needs: what it would say itself is a stack trace. Whoever requires this file asks.
// Plain CommonJS, since an old Node has to run it. The rollout package and the policies are published apart, so each has this file.
const { name, engines } = require("./package.json");

const oldest = Number(/\d+/.exec(engines.node)[0]);
if (Number(process.versions.node.split(".")[0]) < oldest) {
    const text = `${name} needs Node ${oldest} or newer, and ${process.execPath} is Node ${process.versions.node}: put a newer one first on the PATH`;
    process.stderr.write(`${process.argv.includes("--json") ? JSON.stringify({ kind: "error", at: new Date().toISOString(), text }) : text}\n`);
    process.exit(2);
}
