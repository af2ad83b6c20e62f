/** What a job says whose budget is used up; commands say it in their own words. */
export const LARGER_BUDGET = "manage_job with action resume and a larger budget goes on where it was.";
export const OTHER_BUDGET = "resume with maxCalls or maxLlmTokens too (manage_job).";
