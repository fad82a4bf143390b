// Elements and numbers. Text from files is only ever set as text, never as markup.

export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else if (name in element && name !== 'list') {
      element[name] = value;
    } else {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

export function number(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) {
    return '–';
  }
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 1e5) {
    return Math.round(value).toLocaleString('en-US');
  }
  return size < 1e-3 && size > 0 ? value.toExponential(2) : String(Number(value.toPrecision(digits)));
}

export function short(value) {
  const size = Math.abs(value);
  const units = [[1e18, 'E'], [1e15, 'P'], [1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e4, 'k', 1e3]];
  for (const [from, name, by] of units) {
    if (size >= from) {
      return number(value / (by ?? from), 3) + name;
    }
  }
  return number(value, 3);
}

export function ago(milliseconds) {
  const seconds = (Date.now() - milliseconds) / 1000;
  const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const [size, name] = units.find(([size]) => seconds >= size) ?? [1, 's'];
  return Math.max(0, Math.floor(seconds / size)) + ' ' + name + ' ago';
}

export function problem(error) {
  return h('p', { className: 'error' }, String(error.message ?? error));
}

// Every leaf of a configuration by its path.
export function leaves(node, path = '', found = new Map()) {
  if (node !== null && typeof node === 'object' && Object.keys(node).length > 0) {
    for (const [key, value] of Object.entries(node)) {
      leaves(value, path ? path + '.' + key : key, found);
    }
  } else {
    found.set(path, typeof node === 'string' ? node : JSON.stringify(node));
  }
  return found;
}

export function css(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function isDark() {
  return matchMedia('(prefers-color-scheme: dark)').matches;
}
