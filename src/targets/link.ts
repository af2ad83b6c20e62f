import {
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  stat,
  symlink,
} from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { isInside } from "./repository.ts";

/** What a copy of the repository shares with it. */
export interface Shared {
  /** Folders that were linked and files that were copied, relative. */
  readonly linked: readonly string[];
  /** Variables without which linked dependencies would load the repository's code in place of the copy's. */
  readonly environment: Readonly<Record<string, string>>;
}

interface Copy {
  /** Real path of the repository. */
  readonly root: string;
  /** Real path of its copy. */
  readonly copy: string;
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/**
 * Links what is outside version control and programs need, where the repository has it and the copy has not.
 * Dependencies that lead back into the repository (workspaces of npm, editable installs of Python) are led to the copy:
 * else the code under test would be the repository's.
 */
export async function linkShared(where: Copy, paths: readonly string[]): Promise<Shared> {
  const linked: string[] = [];
  const pythonPaths: string[] = [];
  for (const path of paths) {
    if (!(await exists(join(where.root, path))) || (await exists(join(where.copy, path)))) continue;
    await mkdir(dirname(join(where.copy, path)), { recursive: true });
    await linkOne(where, path);
    pythonPaths.push(...(await editablePaths(where, path)));
    linked.push(path);
  }
  const environment = pythonPaths.length > 0 ? { PYTHONPATH: [...new Set(pythonPaths)].join(":") } : {};
  return { linked, environment };
}

/** A file is copied: as a link it would be outside of the copy, where targets may read nothing. */
async function linkOne(where: Copy, path: string): Promise<void> {
  const [from, to] = [join(where.root, path), join(where.copy, path)];
  if (/(^|\/)node_modules$/.test(path)) await linkModules(where, path);
  else if ((await stat(from)).isFile()) await copyFile(from, to);
  else await symlink(from, to);
}

/** A folder of packages: linked whole, or package by package when some are links to the repository's own. */
async function linkModules({ root, copy }: Copy, path: string): Promise<void> {
  const modules = join(root, path);
  const names = await packageNames(modules);
  const places = await Promise.all(names.map((name) => ownPackage(root, modules, name)));
  if (places.every((place) => place === null)) {
    await symlink(modules, join(copy, path));
    return;
  }
  await Promise.all(
    names.map(async (name, i) => {
      const place = places[i] ?? null;
      const to = join(copy, path, name);
      await mkdir(dirname(to), { recursive: true });
      await symlink(place === null ? join(modules, name) : join(copy, place), to);
    }),
  );
}

/** Names in a folder of packages, those of scopes with their scope. */
async function packageNames(modules: string): Promise<string[]> {
  const entries = await readdir(modules, { withFileTypes: true }).catch(() => []);
  const names = entries.map(async (entry) =>
    entry.name.startsWith("@") && entry.isDirectory()
      ? (await readdir(join(modules, entry.name))).map((inner) => `${entry.name}/${inner}`)
      : [entry.name],
  );
  return (await Promise.all(names)).flat();
}

/** Where in the repository a package that is a link leads, relative; null when it leads elsewhere or is no link. */
async function ownPackage(root: string, modules: string, name: string): Promise<string | null> {
  const target = await readlink(join(modules, name)).catch(() => null);
  if (target === null) return null;
  const place = resolve(dirname(join(modules, name)), target);
  const real = await realpath(place).catch(() => place);
  return isInside(real, root) &&
    !isInside(real, await realpath(modules)) &&
    !/(^|\/)node_modules\//.test(relative(root, real))
    ? relative(root, real)
    : null;
}

/**
 * Places in the copy of what a Python environment loads from the repository. PYTHONPATH comes before both ways in
 * which pip installs what is being edited: a line of a .pth file, or a finder with a table of packages.
 */
async function editablePaths({ root, copy }: Copy, path: string): Promise<string[]> {
  const found: string[] = [];
  for (const site of await sitePackages(join(root, path))) {
    for (const name of (await readdir(site)).sort()) {
      if (!/\.pth$|^__editable__.*\.py$|\.egg-link$/.test(name)) continue;
      const text = await readFile(join(site, name), "utf8").catch(() => "");
      for (const place of absolutePaths(text, root)) {
        const folder = name.endsWith(".py") ? dirname(place) : place;
        if (isInside(folder, root)) found.push(join(copy, relative(root, folder)));
      }
    }
  }
  return found;
}

async function sitePackages(environment: string): Promise<string[]> {
  const versions = await readdir(join(environment, "lib")).catch(() => []);
  const sites = versions
    .filter((name) => /^python\d/.test(name))
    .map((name) => join(environment, "lib", name, "site-packages"));
  const present = await Promise.all(sites.map(exists));
  return sites.filter((_, i) => present[i]);
}

/** The absolute paths at or below a folder that a text names, be it one a line or in quotation marks. */
const absolutePaths = (text: string, folder: string): string[] =>
  text
    .split(/[\n\r'"]/)
    .map((word) => word.trim())
    .filter((word) => word === folder || word.startsWith(`${folder}/`));
