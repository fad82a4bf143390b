// What the table and the curves of runs are made of.
import { leaves } from './dom.js';

const MAX_DIFFERENCES = 12; // columns
const NAMES = { nats: 'nats per token', gradientNorm: 'gradient norm', learningRate: 'learning rate', tokensPerSecond: 'tokens per second' };

// Settings that differ between runs, each with its most common value.
export function differences(rows) {
  const values = new Map();
  const configs = rows.filter((row) => row.config).map((row) => leaves(row.config));
  for (const path of new Set(configs.flatMap((config) => [...config.keys()]))) {
    const counts = new Map();
    for (const config of configs) {
      const value = config.get(path) ?? '–';
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    if (counts.size > 1) {
      values.set(path, [...counts].sort((a, b) => b[1] - a[1])[0][0]);
    }
  }
  return [...values].slice(0, MAX_DIFFERENCES);
}

export function shorter(path) {
  return path.split('.').slice(-2).join('.');
}

export function metricName(name) {
  return name.startsWith('loss ') ? 'loss ' + name.slice(5) : name.startsWith('load ') ? 'load max/mean, ' + name.slice(5) : NAMES[name] ?? name;
}

// [x, mean] of a quantity.
export function points(run, table, name, axis) {
  const column = table.columns[name]?.mean ?? [];
  const at = axis === 'flops' ? 'tokens' : axis;
  const factor = axis === 'flops' ? run.row.flopsPerToken || NaN : 1;
  const positions = table.columns[at]?.mean ?? [];
  return column.map((value, i) => [positions[i] * factor, value]).filter(([x]) => Number.isFinite(x));
}

// Exponential moving average, corrected for its start at 0 (Kingma and Ba 2015).
export function smoothed(all, weight) {
  let sum = 0;
  let scale = 0;
  return all.map(([x, value]) => {
    if (value !== null) {
      sum = weight * sum + (1 - weight) * value;
      scale = weight * scale + (1 - weight);
    }
    return [x, scale === 0 ? null : sum / scale];
  });
}
