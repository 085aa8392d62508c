// Numbers as the pages write them (see contract/units.py): 1.2 TB, 2 h 5 min, 63.1 %.

export function human(value, unit = "") {
  if (value === null || !Number.isFinite(value)) return "unknown";
  if (unit === "share") return `${short(value * 100)} %`;
  if (unit === "percent") return `${short(value)} %`;
  if (unit === "bytes") return scaled(value, "B");
  if (unit === "bytes/s") return scaled(value, "B/s");
  if (unit === "seconds") return duration(value);
  const [one, many = one] = unit.split("|");
  return `${short(value)} ${value === 1 ? one : many}`.trimEnd();
}

// What stands at an axis whose numbers are written without their unit.
export function unitName(unit) {
  if (["share", "percent", "bytes", "bytes/s", "seconds"].includes(unit)) return "";
  return unit.split("|").pop();
}

// What a unit is called in a list of numbers.
export function unitWord(unit) {
  return { share: "%", percent: "%", seconds: "duration" }[unit] ?? unit.split("|").pop();
}

// A number of an axis: with its unit where that is part of how it is written.
export function tick(value, unit) {
  return unitName(unit) ? short(value) : human(value, unit);
}

function short(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 999.95) return Math.round(value).toLocaleString("en-US").replaceAll(",", "\u202f");
  if (Number.isInteger(value)) return String(value);
  const decimals = size >= 10 ? 1 : size >= 0.1 ? 2 : Math.min(12, 2 - Math.floor(Math.log10(size)));
  return value.toFixed(decimals).replace(/\.?0+$/, "");
}

function scaled(value, ending) {
  const prefixes = ["", "k", "M", "G", "T", "P", "E"];
  let size = Math.abs(value);
  let power = 0;
  for (; size >= 999.5 && power < prefixes.length - 1; power += 1) size /= 1000;
  return `${short(Math.sign(value) * size)} ${prefixes[power]}${ending}`;
}

export function duration(seconds) {
  if (seconds < 0) return `-${duration(-seconds)}`;
  if (seconds < 1) return seconds ? `${short(seconds * 1000)} ms` : "0 s";
  if (seconds < 60) return `${short(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 && days < 30 ? `${days} d ${hours % 24} h` : `${days} d`;
}
