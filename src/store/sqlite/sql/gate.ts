import { type AstNode, parseStmt, type QualifiedName, traverse } from "sqlite3-parser";
import { invalidInput } from "../../../errors.ts";
import { nearMatch } from "../../../near-match.ts";
import { ALLOWED_FUNCTIONS, ALLOWED_TABLES } from "./allowed-functions.ts";
import { VIEWS } from "./views.ts";

const MAX_SQL_CHARS = 20_000;

/** The kinds of node that a query is made of. What is not listed is refused, so that new syntax is refused too. */
const ALLOWED_NODES: ReadonlySet<AstNode["type"]> = new Set<AstNode["type"]>([
  "SelectStmt",
  "Select",
  "SelectFrom",
  "SelectValues",
  "ValuesRow",
  "CompoundSelect",
  "With",
  "CommonTableExpr",
  "FromClause",
  "JoinedSelectTable",
  "TableSelectTable",
  "TableCallSelectTable",
  "SelectSelectTable",
  "SubSelectTable",
  "CommaJoinOperator",
  "TypedJoinJoinOperator",
  "OnJoinConstraint",
  "UsingJoinConstraint",
  "ExprResultColumn",
  "StarResultColumn",
  "TableStarResultColumn",
  "AsAs",
  "ElidedAs",
  "Id",
  "Name",
  "QualifiedName",
  "QualifiedExpr",
  "IndexedColumn",
  "SortedColumn",
  "Limit",
  "Type",
  "MaxSizeTypeSize",
  "TypeSizeTypeSize",
  "BetweenExpr",
  "BinaryExpr",
  "CaseExpr",
  "WhenThen",
  "CastExpr",
  "CollateExpr",
  "ExistsExpr",
  "InListExpr",
  "InSelectExpr",
  "InTableExpr",
  "IsNullExpr",
  "LikeExpr",
  "NotNullExpr",
  "ParenthesizedExpr",
  "SubqueryExpr",
  "UnaryExpr",
  "NumericLiteral",
  "StringLiteral",
  "BlobLiteral",
  "KeywordLiteral",
  "NullLiteral",
  "CurrentDateLiteral",
  "CurrentTimeLiteral",
  "CurrentTimestampLiteral",
  "FunctionCallExpr",
  "FunctionCallStarExpr",
  "SortListFunctionCallOrder",
  "WithinGroupFunctionCallOrder",
  "FunctionTail",
  "WindowDef",
  "Window",
  "WindowOver",
  "NameOver",
  "FrameClause",
  "CurrentRowFrameBound",
  "FollowingFrameBound",
  "PrecedingFrameBound",
  "UnboundedFollowingFrameBound",
  "UnboundedPrecedingFrameBound",
]);

const viewNames = VIEWS.map((view) => view.view);
const READABLE = `Readable: ${viewNames.join(", ")}.`;
const ONE_SELECT = `One SELECT, WITH ... SELECT or VALUES over these views is allowed. ${READABLE}`;

export interface Checked {
  /** The statement without what follows it. */
  readonly sql: string;
  /** Documented views that it reads. */
  readonly views: readonly string[];
}

/**
 * Lets a statement through that is one SELECT over the documented views, tables that it defines itself, and allowed
 * functions, as SQLite's own grammar reads it. `reserved` are the names of the database's own tables: a statement
 * may not give them to its tables, so that no name ever means a base table.
 * @throws AppError `invalid_input` that says what is not allowed.
 */
export function checkSql(sql: string, reserved: ReadonlySet<string>): Checked {
  if (sql.length > MAX_SQL_CHARS)
    throw invalidInput(`The statement is longer than ${MAX_SQL_CHARS} characters`, ONE_SELECT);
  if (sql.includes("\0")) throw invalidInput("The statement contains a NUL character", ONE_SELECT);
  const root = parseOne(sql);
  if (root.type !== "SelectStmt") throw invalidInput(`${describe(root)} is not allowed`, ONE_SELECT);
  const own = new Set<string>();
  walk(root, (node) => {
    if (node.type === "CommonTableExpr") own.add(ownTable(node.tblName.text, reserved));
  });
  const views = new Set<string>();
  walk(root, (node) => {
    if (!ALLOWED_NODES.has(node.type))
      throw invalidInput(`${describe(node)} is not allowed in a query`, ONE_SELECT);
    checkNode(node, sql, own, views);
  });
  return { sql: sql.slice(root.span.offset, root.span.offset + root.span.length), views: [...views] };
}

function parseOne(sql: string): AstNode {
  const result = attempt(() => parseStmt(sql));
  if (result.status === "ok") return result.root;
  const first = result.errors[0];
  const where = first ? ` at line ${first.span.line}, column ${first.span.col + 1}` : "";
  throw invalidInput(`SQL: ${(first?.message ?? "not a statement").slice(0, 200)}${where}`, ONE_SELECT);
}

/** Reading a statement nests as the statement does. */
function attempt<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw invalidInput("The statement is nested too deeply", ONE_SELECT);
    throw error;
  }
}

function walk(root: AstNode, enter: (node: AstNode) => void): void {
  attempt(() => traverse(root, { enter: (node) => enter(node) }));
}

const describe = (node: AstNode): string =>
  node.type
    .replace(/(Stmt|Expr)$/, "")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toUpperCase();

function ownTable(name: string, reserved: ReadonlySet<string>): string {
  const lower = name.toLowerCase();
  const taken =
    reserved.has(lower) || viewNames.includes(lower) || ALLOWED_TABLES.has(lower) || isSystemName(lower);
  if (taken)
    throw invalidInput(`A table of the statement may not be called "${shown(name)}"`, "Choose another name.");
  return lower;
}

const isSystemName = (lower: string): boolean => /^(sqlite|pragma|evalwright|fts5|dbstat|json)_?/.test(lower);

function checkNode(node: AstNode, sql: string, own: ReadonlySet<string>, views: Set<string>): void {
  switch (node.type) {
    case "TableSelectTable":
    case "TableCallSelectTable": {
      checkTable(node.tblName, sql, own, views, node.type === "TableCallSelectTable");
      return;
    }
    case "InTableExpr":
      checkTable(node.rhs, sql, own, views, node.args !== undefined);
      return;
    case "QualifiedExpr":
      if (node.schema) throw invalidInput("Names of databases are not allowed", READABLE);
      return;
    case "FunctionCallExpr":
    case "FunctionCallStarExpr":
      checkFunction(node.name.name);
      return;
    case "LikeExpr":
      if (node.op === "Match" || node.op === "Regexp") {
        throw invalidInput(`${node.op.toUpperCase()} is not offered`, "Use LIKE or GLOB.");
      }
      return;
    default:
  }
}

function checkTable(
  table: QualifiedName,
  sql: string,
  own: ReadonlySet<string>,
  views: Set<string>,
  isCall: boolean,
): void {
  if (table.dbName) throw invalidInput("Names of databases are not allowed", READABLE);
  if (sql[table.objName.span.offset] === "'")
    throw invalidInput("A text is not the name of a table", READABLE);
  const name = table.objName.text.toLowerCase();
  if (ALLOWED_TABLES.has(name)) return;
  if (!isCall && own.has(name)) return;
  if (!isCall && viewNames.includes(name)) {
    views.add(name);
    return;
  }
  const near = nearMatch(name, viewNames);
  throw invalidInput(
    `No such view: "${shown(table.objName.text)}"${near ? `; did you mean ${near}` : ""}`,
    READABLE,
  );
}

function checkFunction(name: string): void {
  const lower = name.toLowerCase();
  if (ALLOWED_FUNCTIONS.has(lower)) return;
  const near = nearMatch(lower, [...ALLOWED_FUNCTIONS]);
  throw invalidInput(
    `Function "${shown(name)}" is not allowed${near ? `; did you mean ${near}` : ""}`,
    "Aggregates, window, text, number, date and JSON functions are.",
  );
}

const shown = (name: string): string => name.replace(/[^\p{L}\p{N}_.$ -]/gu, "?").slice(0, 60);
