import { defineProgram } from "progressive-rollout";

import { profile } from "./profile.ts";

/** What the `rollout` command, and index.ts, know of this program. Without a parser of its own, its config has the library's keys and no others. */
export default defineProgram({ profile });
