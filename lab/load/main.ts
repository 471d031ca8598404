import { Generator } from "./generator.ts";
import { generatorOptionsSchema, type News, questionSchema } from "./messages.ts";

/*
 * Makes load in the network of this process, for the process that started it: options as JSON on the command line, then questions and answers as messages (messages.ts).
 * It ends with its starter, whatever happens.
 */
process.once("disconnect", () => process.exit());

const tell = (news: News): Promise<void> =>
    new Promise((resolve) => {
        process.send?.(news, undefined, {}, () => {
            resolve();
        });
    });
const end = async (): Promise<void> => {
    await tell({ kind: "ended", counts: await generator.end() });
    process.exit();
};
const options = generatorOptionsSchema.parse(JSON.parse(process.argv[2] ?? ""));
const generator = new Generator(options, () => void end());

process.on("message", (message) => {
    const question = questionSchema.parse(message);
    if (question.kind === "stop") {
        void end();
        return;
    }
    if (question.kind === "rate") {
        generator.setRate(question.requestsPerSecond);
    }
    void tell({ kind: "answer", id: question.id, counts: generator.counts() });
});
await tell({ kind: "started" });
