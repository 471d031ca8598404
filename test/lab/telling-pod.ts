/*
 * Plays pods that tell who they are and what reached them, in the lab's network: `node telling-pod.ts ADDRESS NAME=PORT ...` listens on a port of the address for each name.
 * `/hang` is never answered, `/slow` after a second, `/fail-once?NAME` with 503 the first time that it comes with that name, and `/count` with how many other requests came.
 */
import { once } from "node:events";
import { createServer } from "node:http";

const [address, ...ports] = process.argv.slice(2);

for (const [name, port] of ports.map((argument) => argument.split("="))) {
    let requests = 0;
    const failed = new Set<string>();
    const server = createServer((request, response) => {
        if (request.url === "/count") {
            response.end(String(requests));
            return;
        }
        requests += 1;
        const isFirstFailure = (url: string): boolean => url.startsWith("/fail-once") && !failed.has(url) && failed.add(url).has(url);
        const tell = (status = 200): void => {
            response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ name, headers: request.headers }));
        };
        switch (request.url) {
            case "/hang":
                break;
            case "/slow":
                setTimeout(tell, 1_000);
                break;
            default:
                tell(isFirstFailure(request.url ?? "") ? 503 : 200);
        }
    });
    await once(server.listen(Number(port), address), "listening");
}
process.send?.("listening");
