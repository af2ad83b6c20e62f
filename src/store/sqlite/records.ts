import type { Database } from "better-sqlite3";
import { AppError, notFound } from "../../errors.ts";
import type { Project } from "../../model/project.ts";
import type { ProjectArrival } from "../store.ts";
import { nowUs } from "./write-rows.ts";

/** Projects and what is remembered about services, as documented on RecordStore: the writes. */
export function recordOperations(db: Database) {
  // An insert may have made the project first, without knowing how it is displayed.
  const ensure = db.prepare(
    `INSERT INTO project (id, slug, created_us) VALUES (@id, @slug, @now)
     ON CONFLICT (id) DO UPDATE SET slug = excluded.slug WHERE slug = id AND excluded.slug <> slug`,
  );
  const map = db.prepare(
    `INSERT INTO service_project (service, project) SELECT ?, key FROM project WHERE id = ?
     ON CONFLICT (service) DO UPDATE SET project = excluded.project`,
  );
  return {
    ensureProject(project: Project): void {
      ensure.run({ id: project.id, slug: project.slug, now: nowUs() });
    },
    setServiceProject(service: string, projectId: string): void {
      if (map.run(service, projectId).changes === 0) throw notFound("project", projectId);
    },
  };
}

/** As `recordOperations`: the reads of single rows. */
export function lookupOperations(db: Database) {
  const byId = db.prepare<[string], Project>("SELECT id, slug FROM project WHERE id = ?");
  const bySlug = db.prepare<[string], Project>("SELECT id, slug FROM project WHERE slug = ? LIMIT 2");
  const service = db
    .prepare<[string], string>(
      `SELECT project.id FROM service_project JOIN project ON project.key = service_project.project
       WHERE service = ?`,
    )
    .pluck();
  return {
    findProject(idOrSlug: string): Project | undefined {
      const exact = byId.get(idOrSlug);
      if (exact) return exact;
      const found = bySlug.all(idOrSlug);
      if (found.length < 2) return found[0];
      throw new AppError("invalid_input", "Several projects have this name", {
        hint: "Give the project's id instead; they are listed with the projects.",
      });
    },
    getServiceProject: (name: string): string | undefined => service.get(name),
  };
}

export function recordReadOperations(db: Database) {
  const all = db.prepare<[], ProjectArrival>(
    `SELECT id, slug, last_arrival_us AS lastArrivalUs,
       (SELECT count(*) FROM trace WHERE trace.project = project.key) AS traces
     FROM project ORDER BY last_arrival_us DESC NULLS LAST, id`,
  );
  return { listProjects: (): readonly ProjectArrival[] => all.all() };
}
