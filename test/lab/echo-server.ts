/*
 * Plays pods in tests of the lab's data plane: `node echo-server.ts 10.244.1.7=v1 ...` listens on each address, answers users on port 8080 with the revision's name, and shows one
 * metric on port 9090 that claims to be from elsewhere. Asked for /fail it answers 503 and counts how often.
 * It shares the ports with the workload simulator, which listens on every address; a listener of one address comes first.
 */
import { once } from "node:events";
import { createServer } from "node:http";

let failures = 0;

for (const [address, revision = ""] of process.argv.slice(2).map((argument) => argument.split("="))) {
    const users = createServer((request, response) => {
        if (request.url === "/fail") {
            failures += 1;
            response.writeHead(503).end(String(failures));
        } else {
            response.end(revision);
        }
    }).listen({ host: address, port: 8080, reusePort: true });
    const metrics = createServer((_, response) => {
        response.setHeader("content-type", "text/plain; version=0.0.4");
        response.end('# TYPE echo_total counter\necho_total{service="another",revision="another",pod="another"} 7\n');
    }).listen({ host: address, port: 9090, reusePort: true });
    await Promise.all([once(users, "listening"), once(metrics, "listening")]);
}
process.send?.("listening");
