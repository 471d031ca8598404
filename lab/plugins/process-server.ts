import * as grpc from "@grpc/grpc-js";
import { wordsOf } from "../../rollout/words.ts";

/** The engine's own limit for one message: a state with large outputs stays below it. */
const largestMessageBytes = 400 * 1024 * 1024;

/** How often a plugin looks whether the engine that started it is still there. */
const parentPollMs = 1_000;

/** A gRPC server that listens on a free port of the loopback address. */
export interface RunningServer {
    readonly port: number;
    /** Ends the server at once, open calls included. */
    readonly stop: () => void;
}

/**
 * Serves one gRPC service on 127.0.0.1.
 *
 * @throws {Error} when no port can be bound.
 */
export async function listen(service: grpc.ServiceDefinition, implementation: grpc.UntypedServiceImplementation): Promise<RunningServer> {
    const server = new grpc.Server({ "grpc.max_receive_message_length": largestMessageBytes, "grpc.max_send_message_length": largestMessageBytes });
    server.addService(service, implementation);
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
            if (error === null) {
                resolve(bound);
            } else {
                reject(error);
            }
        });
    });
    return {
        port,
        stop: () => {
            server.forceShutdown();
        },
    };
}

/**
 * Makes this process a plugin: prints the port as the first line of stdout, which is how the engine finds it, and ends with the engine.
 *
 * @param onStop called once before the process exits: on SIGINT, on SIGTERM, or when the engine is gone (an engine that was killed can't say goodbye).
 */
export function announce(server: RunningServer, onStop: () => void): void {
    const parent = process.ppid;
    const stop = (): void => {
        onStop();
        server.stop();
        process.exit(0);
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    setInterval(() => {
        if (process.ppid !== parent) {
            stop();
        }
    }, parentPollMs).unref();
    process.stdout.write(`${String(server.port)}\n`);
}

/** What a handler throws or returns as an error becomes a gRPC status with the message that people read. */
export function toStatus(error: unknown): grpc.StatusObject & Error {
    const message = wordsOf(error);
    const code = error instanceof UnsupportedError ? grpc.status.UNIMPLEMENTED : grpc.status.UNKNOWN;
    return Object.assign(new Error(message), { code, details: message, metadata: new grpc.Metadata() });
}

/** The stand-in knows the call, and can't do it. */
export class UnsupportedError extends Error {}

/** Turns an async function into a gRPC handler that answers once, with its result or with a status. */
export function unary<Request, Response>(handle: (request: Request) => Response | Promise<Response>): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
        Promise.resolve()
            .then(() => handle(call.request))
            .then(
                (response) => {
                    callback(null, response);
                },
                (error: unknown) => {
                    callback(toStatus(error));
                },
            );
    };
}
