import type { Socket } from "node:net";

/** What a pod of a test does with the `nth` request that it gets, counted from 1. */
type Answering = (socket: Socket, nth: number) => void;

const answer =
    (status: number): Answering =>
    (socket) => {
        socket.write(`HTTP/1.1 ${String(status)} Said By The Pod\r\ncontent-length: 2\r\n\r\nok`);
    };

const half = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nok";

/** Half of a body, and later the end: a reset that follows at once makes the other end forget the headers too. */
const halfThen =
    (end: (socket: Socket) => void): Answering =>
    (socket) => {
        socket.write(half);
        setTimeout(end, 100, socket);
    };

const reset = (socket: Socket): void => {
    socket.resetAndDestroy();
};

/** How pods treat requests, by name. */
export const behaviours = {
    "says-200": answer(200),
    "says-500": answer(500),
    "says-503": answer(503),
    "says-400": answer(400),
    "says-404": answer(404),
    resets: reset,
    "resets-late": halfThen(reset),
    "closes-late": halfThen((socket) => {
        socket.end();
    }),
    "says-nonsense": (socket) => {
        socket.write("NONSENSE\r\n\r\n");
    },
    closes: (socket) => {
        socket.end();
    },
    hangs: () => undefined,
    "hangs-late": (socket) => {
        socket.write(half);
    },
    "takes-1-s": (socket) => {
        setTimeout(answer(200), 1_000, socket, 0);
    },
    // Fails at first and answers when asked again, as long as requests come one after another.
    "says-503-then-200": (socket, nth) => {
        answer(nth % 2 === 1 ? 503 : 200)(socket, nth);
    },
} as const satisfies Readonly<Record<string, Answering>>;

/** Name of a way to treat requests. */
export type Behaviour = keyof typeof behaviours;
