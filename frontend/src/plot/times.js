// Moments in the site's zone, on a 24-hour clock: 2026-11-22 18:30 CET.

export class Zone {
  constructor(name) {
    const style = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
    const options = { ...style, second: "2-digit", hourCycle: "h23", timeZoneName: "short" };
    try {
      this.format = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: name });
    } catch {
      this.format = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" }); // a zone unknown to this browser
    }
    this.known = new Map();
  }

  // Asked for each tick and each move of the cursor, and Intl is slow.
  parts(seconds) {
    let found = this.known.get(seconds);
    if (!found) {
      found = Object.fromEntries(this.format.formatToParts(seconds * 1000).map(({ type, value }) => [type, value]));
      if (this.known.size > 500) this.known.clear();
      this.known.set(seconds, found);
    }
    return found;
  }

  date(seconds) {
    const { year, month, day } = this.parts(seconds);
    return `${year}-${month}-${day}`;
  }

  time(seconds) {
    const { hour, minute } = this.parts(seconds);
    return `${hour}:${minute}`;
  }

  name(seconds) {
    return this.parts(seconds).timeZoneName.replace("GMT", "UTC");
  }

  full(seconds) {
    return `${this.date(seconds)} ${this.time(seconds)} ${this.name(seconds)}`;
  }

  // A date whose own (local) hours are those of the zone: uPlot makes its ticks with it.
  shifted(seconds) {
    const { year, month, day, hour, minute, second } = this.parts(seconds);
    return new Date(year, month - 1, day, hour, minute, second);
  }
}

// A moment as the parameters of an address. When summer time ends, two hours have the same name; this is the second one
// where an hour earlier the clocks showed the same.
export function momentWords(prefix, seconds, zone) {
  const words = { [`${prefix}_date`]: zone.date(seconds), [`${prefix}_time`]: zone.time(seconds) };
  const again = zone.time(seconds - 3600) === zone.time(seconds);
  return again ? { ...words, [`${prefix}_fold`]: "1" } : words;
}
