import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { readDockerfile } from "../../../lab/images/dockerfile.ts";

describe("a Dockerfile", () => {
    it("is read into stages and steps, with the builder's variables put in and the shell's left", () => {
        const text = `# syntax=docker/dockerfile:1
# A remark: --build-arg BASE=other
ARG BASE=node:24-slim
FROM \${BASE} AS Packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci \\
    # a remark
    && echo "$HOME"
FROM $BASE
ARG FOLDER=/srv
WORKDIR $FOLDER
COPY --from=packages /app/node_modules ./node_modules
COPY *.ts ./
ENV A=1 B="two words"
USER 10001:10001
EXPOSE 8080 53/udp
ENTRYPOINT ["node"]
CMD ["main.ts", "a b"]
`;
        expect(readDockerfile(text)).toEqual([
            {
                name: "packages",
                from: "node:24-slim",
                steps: [
                    { kind: "working-directory", path: "/app" },
                    { kind: "copy", sources: ["package.json", "package-lock.json"], to: "./" },
                    { kind: "run", command: 'npm ci     && echo "$HOME"' },
                ],
            },
            {
                from: "node:24-slim",
                steps: [
                    { kind: "argument", name: "FOLDER", value: "/srv" },
                    { kind: "working-directory", path: "/srv" },
                    { kind: "copy", from: "packages", sources: ["/app/node_modules"], to: "./node_modules" },
                    { kind: "copy", sources: ["*.ts"], to: "./" },
                    { kind: "environment", values: { A: "1", B: "two words" } },
                    { kind: "user", user: "10001:10001" },
                    { kind: "ports", ports: ["8080/tcp", "53/udp"] },
                    { kind: "entrypoint", words: ["node"] },
                    { kind: "command", words: ["main.ts", "a b"] },
                ],
            },
        ]);
    });

    it.each(["Dockerfile", "examples/video-ranking/Dockerfile"])("of this repository is one that the lab can read: %s", (file) => {
        expect(readDockerfile(readFileSync(file, "utf8")).length).toBeGreaterThan(1);
    });

    it.each([
        "ADD a b",
        "HEALTHCHECK CMD true",
        "LABEL a=b",
        "MAINTAINER me",
        "ONBUILD RUN true",
        'SHELL ["/bin/bash"]',
        "STOPSIGNAL INT",
        "VOLUME /data",
        "CROSS_BUILD",
        "RUN --mount=type=cache,target=/a true",
        "RUN --network=none true",
        'RUN ["true"]',
        "RUN cat <<END\nhello\nEND",
        "COPY --chown=1:1 a b",
        "COPY --link a b",
        "COPY --from=x --chmod=755 a b",
        'COPY ["a", "b"]',
        "COPY <<END /a\nhello\nEND",
        "COPY a[12] b/",
        "COPY --from=x /a* /b/",
        "COPY a b c",
        "COPY a",
        "ENTRYPOINT node main.js",
        "CMD node main.js",
        "ENV A='$B'",
        "ENV A=a\\ b",
        "ENV A=${B:-c}",
        "ENV A=$UNKNOWN",
        "ARG UNKNOWN",
        "EXPOSE 80-90",
        "WORKDIR /a /b",
        "USER",
        "FROM --platform=linux/arm64 node:24-slim",
        "FROM",
        "FROM a b",
        "ENV A=1 \\\n # a remark\n B=2",
        'CMD ["a"',
    ])("is refused by the line where it says what the lab can't build: %j", (line) => {
        expect(() => readDockerfile(`FROM node:24-slim\nWORKDIR /app\n${line}\n`)).toThrow(/^line 3, [A-Z_]+: ./);
    });

    it.each([
        { text: "", says: "no FROM" },
        { text: "# escape=`\nFROM a\n", says: "escape" },
        { text: "RUN true\nFROM a\n", says: "before the first FROM" },
        { text: "ARG A\nFROM $A\n", says: "A has no default" },
        { text: "FROM $A\n", says: "the variable A is not set before" },
    ])("is refused when it begins like $text", ({ text, says }) => {
        expect(() => readDockerfile(text)).toThrow(says);
    });
});
