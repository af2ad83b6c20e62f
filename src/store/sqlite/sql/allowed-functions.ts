/**
 * Functions of SQLite that a query may call: aggregates, window functions, text, numbers, dates, JSON. Everything
 * else is refused by name; missing on purpose are those that read files, load code, tell about the machine or make
 * large values from nothing (randomblob, zeroblob, load_extension, readfile, fts5, sqlite_*).
 */
export const ALLOWED_FUNCTIONS: ReadonlySet<string> = new Set(
  [
    "count sum total avg min max group_concat string_agg median percentile percentile_cont percentile_disc",
    "row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value",
    "abs round ceil ceiling floor trunc sign sqrt pow power exp ln log log10 log2 mod random",
    "coalesce ifnull nullif iif if typeof likely unlikely like glob",
    "length octet_length lower upper trim ltrim rtrim substr substring instr replace concat concat_ws hex unicode char quote",
    "format printf",
    "date time datetime julianday unixepoch strftime timediff current_date current_time current_timestamp",
    "json json_array json_array_length json_extract json_object json_type json_valid json_quote json_each json_tree",
    "json_group_array json_group_object json_error_position -> ->>",
  ].flatMap((line) => line.split(" ")),
);

/** Table-valued functions. */
export const ALLOWED_TABLES: ReadonlySet<string> = new Set(["json_each", "json_tree"]);
