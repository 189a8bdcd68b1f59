// Every screen: its address, its name, which roles may open it, and how its part of the bundle is fetched when somebody
// does. The order is that of the bar.
import type { JSX } from "preact";
import { me } from "../shared/api";
import type { Said } from "../shared/both";
import type { Role } from "../shared/words";
import { S } from "./says";

export type Drawn = () => JSX.Element;

export interface Screen {
  path: string;
  of: Said;
  roles: readonly Role[];
  load: () => Promise<Drawn>;
}

export const SCREENS: readonly Screen[] = [
  { path: "/console/", of: S.map, roles: ["verifier"], load: async () => (await import("./map/screen")).MapScreen },
  { path: "/console/review", of: S.review, roles: ["verifier"], load: async () => (await import("./review/screen")).ReviewScreen },
  { path: "/console/duty", of: S.duty, roles: ["programme_office", "leader"], load: async () => (await import("./duty/screen")).DutyScreen },
  { path: "/console/programmes", of: S.programmes, roles: ["programme_office", "leader"], load: async () => (await import("./programmes/screen")).ProgrammesScreen },
  { path: "/console/handover", of: S.handover, roles: ["programme_office"], load: async () => (await import("./handover/screen")).HandOverScreen },
  { path: "/console/edits", of: S.edits, roles: ["verifier", "programme_office"], load: async () => (await import("./edits/screen")).EditsScreen },
  { path: "/console/devices", of: S.devices, roles: ["unit_admin"], load: async () => (await import("./devices/screen")).DevicesScreen },
  {
    path: "/console/care",
    of: S.care,
    roles: ["dispatcher", "programme_office", "leader", "first_responsible", "unit_admin"],
    load: async () => (await import("./care/screen")).CareScreen,
  },
  {
    path: "/console/trail",
    of: S.trail,
    roles: ["audit_admin", "security_admin", "system_admin"],
    load: async () => (await import("./trail/screen")).TrailScreen,
  },
];

/** Whether the person of this browser holds one of these roles. */
export const holds = (...roles: readonly Role[]): boolean => Boolean(me.value?.roles.some((held) => roles.includes(held.role)));

/** The screens that this person may open. */
export const mine = (): readonly Screen[] => SCREENS.filter(({ roles }) => holds(...roles));
