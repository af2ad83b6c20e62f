import { LRUCache } from "lru-cache";
import { AppError } from "../../errors.ts";
import type { JsonObject } from "../../model/json.ts";
import { Project, UNSORTED } from "../../model/project.ts";
import type { RecordStore } from "../../store/store.ts";

export interface Placement {
  readonly projectId: string;
  /** The resource names a project that cannot be one; its spans are in `unsorted`. */
  readonly badAttribute: boolean;
}

export interface Projects {
  /** A project named by header, path or field; created on first sight. Throws `invalid_input` for a bad name. */
  named(name: string): Promise<string>;
  /** Where telemetry of this resource belongs; `explicit` is what {@link named} gave. */
  place(resource: JsonObject, explicit: string | null): Promise<Placement>;
  ofService(service: string): Promise<string | null>;
}

/** Milliseconds after which another process's change of a mapping is seen at the latest. */
const CACHE_MS = 10_000;

/** The project of telemetry: header, else path, else resource attribute, else remembered service, else `unsorted`. */
export function createProjects(records: RecordStore): Projects {
  const known = new LRUCache<string, string>({ max: 1_000, ttl: CACHE_MS });
  const services = new LRUCache<string, string>({ max: 1_000, ttl: CACHE_MS });

  const ensure = async (name: string): Promise<string> => {
    const cached = known.get(name);
    if (cached !== undefined) return cached;
    const existing = await records.findProject(name).catch(() => undefined);
    if (!existing) await records.ensureProject({ id: name, slug: name });
    const id = existing?.id ?? name;
    known.set(name, id);
    return id;
  };
  const ofService = async (service: string): Promise<string | null> => {
    const cached = services.get(service);
    if (cached !== undefined) return cached;
    const projectId = await records.getServiceProject(service);
    if (projectId !== undefined) services.set(service, projectId);
    return projectId ?? null;
  };
  const remember = async (service: string | null, projectId: string): Promise<void> => {
    if (service === null || isDefaultName(service) || (await ofService(service)) !== null) return;
    await records.setServiceProject(service, projectId);
    services.set(service, projectId);
  };
  return {
    ofService,
    async named(name) {
      if (known.get(name) === undefined && !isProjectId(name)) throw badName();
      return ensure(name);
    },
    async place(resource, explicit) {
      const service = textOf(resource["service.name"]);
      const attribute = textOf(resource["evalwright.project"]);
      if (explicit === null && attribute !== null && !isProjectId(attribute)) {
        return { projectId: await ensure(UNSORTED), badAttribute: true };
      }
      const named = explicit ?? (attribute === null ? null : await ensure(attribute));
      if (named !== null) {
        await remember(service, named);
        return { projectId: named, badAttribute: false };
      }
      const remembered = service === null ? null : await ofService(service);
      return { projectId: remembered ?? (await ensure(UNSORTED)), badAttribute: false };
    },
  };
}

const isProjectId = (name: string): boolean => Project.shape.id.safeParse(name).success;

const badName = (): AppError =>
  new AppError("invalid_input", "The name of the project is not valid", {
    hint: "Use 1 to 80 lower-case letters, digits, dots, dashes and underscores, beginning with a letter or digit.",
  });

/** What SDKs call a service that nobody named: shared by unrelated programs, so nothing to remember by. */
const isDefaultName = (service: string): boolean => service === "" || service.startsWith("unknown_service");

const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
