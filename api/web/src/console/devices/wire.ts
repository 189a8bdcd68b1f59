// Phones as the server tells of them.
import type { Named } from "../../shared/wire";
import type { DeviceAlarm, DeviceState } from "../../shared/words";

/** How a phone's sync is doing; null is what it never told. */
export interface Health {
  told_at: string | null;
  app_version: string | null;
  is_old: boolean;
  unsent: number | null;
  oldest_unsent_at: string | null;
  clock_offset_s: number | null;
  clock_is_wrong: boolean;
  quarantined: number;
  waiting: number;
  pulled_at: string | null;
  is_level: boolean;
  behind: number;
}

export interface Device {
  id: string;
  person: Named;
  staff_no: string;
  state: DeviceState;
  state_at: string;
  closes_at: string | null;
  enrolled_at: string;
  seen_at: string | null;
  about: { model?: string; os?: string; app_version?: string };
  alarm: DeviceAlarm | null;
  alarm_at: string | null;
  health: Health;
}

export interface Fleet {
  active: number;
  retired: number;
  lost: number;
  silent: number;
  old_version: number;
  wrong_clock: number;
  quarantined: number;
  unsent: number;
  alarmed: number;
  silent_days: number;
}

export interface Issued {
  username: string;
  code: string;
  expires_at: string;
  address: string;
}
