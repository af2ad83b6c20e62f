import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";

const GZIP_MAGIC = [0x1f, 0x8b];

/** What is at a path, or in words of ours why nothing can be read there. */
export async function inspectPath(
  path: string,
): Promise<
  | { kind: "file"; bytes: number; modifiedUs: number }
  | { kind: "folder" }
  | { kind: "problem"; problem: string }
> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return { kind: "folder" };
    if (!found.isFile()) {
      return { kind: "problem", problem: "neither a file nor a folder (a socket, pipe or device)" };
    }
    return { kind: "file", bytes: found.size, modifiedUs: Math.round(found.mtimeMs * 1000) };
  } catch (cause) {
    return { kind: "problem", problem: describeFailure(cause) };
  }
}

const FAILURES: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "no permission to read it",
  EPERM: "no permission to read it",
  ELOOP: "its symbolic links go in a circle",
  ENAMETOOLONG: "its name is too long",
  EMFILE: "too many files are open; try again",
  EIO: "the disk could not be read",
  Z_DATA_ERROR: "its gzip data is damaged",
  Z_BUF_ERROR: "its gzip data ends early",
};

/** A failure of the file system or of unpacking, in words of ours. */
export function describeFailure(cause: unknown): string {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
  return FAILURES[code] ?? (code.startsWith("Z_") ? "its gzip data is damaged" : "it could not be read");
}

/** True for failures of the file itself, as against defects of ours. */
export const isFileFailure = (cause: unknown): boolean =>
  typeof cause === "object" &&
  cause !== null &&
  "code" in cause &&
  typeof cause.code === "string" &&
  /^(E[A-Z]+|Z_[A-Z_]+)$/.test(cause.code);

/**
 * The bytes of a file in order, unpacked when it begins like gzip, whatever its name.
 * @param onRead told how many bytes of the file on disk have been read
 */
export async function* readBytes(
  path: string,
  signal: AbortSignal,
  onRead?: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const packed = await isGzip(path);
  const file = createReadStream(path, { highWaterMark: 1 << 18, signal });
  if (!packed) {
    for await (const chunk of file) {
      onRead?.(file.bytesRead);
      if (Buffer.isBuffer(chunk)) yield chunk;
    }
    return;
  }
  const unpack = createGunzip();
  pipeline(file, unpack, () => {}); // a failure of either reaches the loop below through `unpack`
  try {
    for await (const chunk of unpack) {
      onRead?.(file.bytesRead);
      if (Buffer.isBuffer(chunk)) yield chunk;
    }
  } finally {
    file.destroy();
    unpack.destroy();
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && GZIP_MAGIC.every((byte, index) => buffer[index] === byte);
  } finally {
    await file.close();
  }
}
