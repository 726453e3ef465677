// Calendar fields of Unix seconds in UTC, for any float: a value is cut to whole seconds and, beyond the range of
// 64-bit seconds (and for NaN), wraps as Go's time package does on amd64, so that odd inputs give upstream's answers.

const SECONDS_A_DAY = 86_400;
/** Seconds from Go's absolute epoch, 1 March of year -292277022400, to 1970. */
const ABSOLUTE_TO_UNIX = 292_277_022_400n * 31_556_952n + 306n * 86_400n + 62_135_596_800n;

/** A calendar function: field of the moment `seconds` after 1970. */
export type CalendarField =
  | 'minute'
  | 'hour'
  | 'day_of_week'
  | 'day_of_month'
  | 'day_of_year'
  | 'days_in_month'
  | 'month'
  | 'year';

/**
 * One field of a moment: month and days count from 1, `day_of_week` from 0 = Sunday.
 */
export function calendarField(field: CalendarField, seconds: number): number {
  const whole = Math.trunc(seconds);
  let day: number;
  let second: number;
  if (Math.abs(whole) <= Number.MAX_SAFE_INTEGER) {
    day = Math.floor(whole / SECONDS_A_DAY);
    second = whole - day * SECONDS_A_DAY;
  } else {
    const wide = wrapped(whole);
    const days = floorDivide(wide, 86_400n);
    day = Number(days);
    second = Number(wide - days * 86_400n);
  }
  if (field === 'minute') return Math.floor(second / 60) % 60;
  if (field === 'hour') return Math.floor(second / 3600);
  if (field === 'day_of_week') return modulo(day + 4, 7);
  return dateField(field, day);
}

/** Seconds that a float has no integer for become the least int64; Go's calendar then counts modulo 2^64. */
function wrapped(whole: number): bigint {
  const inRange = whole >= -(2 ** 63) && whole < 2 ** 63;
  const seconds = inRange ? BigInt(whole) : -(2n ** 63n);
  return seconds + ABSOLUTE_TO_UNIX < 0n ? seconds + 2n ** 64n : seconds;
}

/**
 * Fields of a date from days since 1970, in the proleptic Gregorian calendar. Years are counted from March, so that
 * the leap day comes last; see H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
function dateField(field: CalendarField, day: number): number {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayFromMarch = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayFromMarch + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  switch (field) {
    case 'year':
      return year;
    case 'month':
      return month;
    case 'day_of_month':
      return dayFromMarch - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
    case 'days_in_month':
      return daysInMonth(month, isLeap(year));
    default:
      // January and February stand at the end of a year that begins in March.
      return month <= 2 ? dayFromMarch - 305 : dayFromMarch + 60 + (isLeap(year) ? 1 : 0);
  }
}

function daysInMonth(month: number, leap: boolean): number {
  if (month === 2) return leap ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeap(year: number): boolean {
  return modulo(year, 4) === 0 && (modulo(year, 100) !== 0 || modulo(year, 400) === 0);
}

function modulo(a: number, b: number): number {
  const r = a % b;
  // Without a sign on zero.
  return r < 0 ? r + b : Math.abs(r);
}

function floorDivide(a: bigint, b: bigint): bigint {
  const q = a / b;
  return a < 0n && q * b !== a ? q - 1n : q;
}
