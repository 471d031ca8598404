import { defined } from "../../defined.ts";
import { type DoctorFinding, notTried } from "../finding.ts";
import { judgeStorage } from "../storage.ts";
import type { DoctorContext } from "./context.ts";

/** Whether the program's volumes find their StorageClass. A lab's volumes need not grow: it is made to be thrown away. */
export async function storage({ api, needs, environment }: DoctorContext): Promise<DoctorFinding> {
    const { volumes } = needs;
    if (volumes === undefined) {
        return notTried("the program claims no volume");
    }
    const { value } = await api.ask(({ storage: classes }, options) => classes.listStorageClass({}, options));
    return judgeStorage(value.items, { ...defined({ storageClassName: volumes.storageClassName }), mustGrow: environment !== "lab" });
}
