// Times as people of the installation read them: China has one zone, whatever the computer's clock is set to.
const ZONE = "Asia/Shanghai";
const minute = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false });
const clock = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE });
const HOUR_MS = 3_600_000;

/** 11-25 09:30 */
export const moment = (at: string): string => minute.format(new Date(at)).replace("/", "-").replace(",", "");
/** 09:30 */
export const time = (at: string): string => clock.format(new Date(at));
/** 2026-11-25 */
export const date = (at: Date): string => day.format(at);

export function daysBefore(days: number, from = new Date()): string {
  return date(new Date(from.getTime() - days * 24 * HOUR_MS));
}

/** How long ago, in the largest unit that fits. */
export function age(at: string, now = Date.now()): readonly [string, string] {
  const hours = Math.max(0, Math.floor((now - Date.parse(at)) / HOUR_MS));
  if (hours < 1) {
    return ["不到 1 小时", "< 1 h"];
  }
  return hours < 48 ? [`${hours} 小时`, `${hours} h`] : [`${Math.floor(hours / 24)} 天`, `${Math.floor(hours / 24)} d`];
}
