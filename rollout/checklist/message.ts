/** Messages of the communication plan. */
export type ToldMessage = "before" | "start" | "step" | "update" | "incident" | "rollback" | "success" | "day" | "two-days";
