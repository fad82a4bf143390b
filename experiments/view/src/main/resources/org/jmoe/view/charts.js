// Charts by ECharts, in the colours of the page.
import { h, css, isDark, number, short } from './dom.js';

const LIGHT = ['#1f6feb', '#d1570c', '#1a7f37', '#a40e9c', '#a37600', '#0b7d8c', '#cf222e', '#6e5bd0', '#57606a', '#8a4b08'];
const DARK = ['#6cb0ff', '#ff9a5c', '#5fd38a', '#f08be6', '#e0bd4d', '#58d3e2', '#ff8f8a', '#b9a7ff', '#aab4c0', '#d8a46b'];

// Blue below, red above, and the page's own grey between.
const SCALE = () => (isDark()
  ? ['#5aa9ff', '#2c5f95', css('--middle'), '#99452f', '#ff8a65']
  : ['#2166ac', '#92c5de', css('--middle'), '#f4a582', '#b2182b']);

export function color(index) {
  const all = isDark() ? DARK : LIGHT;
  return all[index % all.length];
}

export function expertColor(expert) {
  const hue = (expert * 137.508) % 360;
  const band = Math.floor(expert / 16) % 3;
  return isDark() ? `hsl(${hue} ${50 + 8 * band}% ${30 + 5 * band}%)` : `hsl(${hue} ${75 - 10 * band}% ${84 - 5 * band}%)`;
}

const charts = new Map(); // element to chart and how to draw it again
const resized = new ResizeObserver((entries) => {
  for (const entry of entries) {
    charts.get(entry.target)?.chart.resize();
  }
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const held of charts.values()) {
    held.draw();
  }
});

// Draws into an element; a later call with the same element replaces what it shows.
export function draw(element, option) {
  if (!charts.has(element)) {
    for (const [old, held] of charts) {
      if (!old.isConnected) {
        resized.unobserve(old);
        held.chart.dispose();
        charts.delete(old);
      }
    }
    charts.set(element, { chart: echarts.init(element) });
    resized.observe(element);
  }
  const held = charts.get(element);
  held.draw = () => held.chart.setOption({ ...base(), ...option() }, { notMerge: true });
  held.draw();
  return held.chart;
}

function base() {
  return { animation: false, backgroundColor: 'transparent', textStyle: { fontFamily: 'system-ui, "Segoe UI", Arial, sans-serif', fontSize: 12, color: css('--text') } };
}

function axis(type, name, extra) {
  const line = { lineStyle: { color: css('--line') } };
  return {
    type,
    name,
    nameLocation: 'middle',
    nameTextStyle: { color: css('--quiet') },
    axisLine: line,
    axisTick: line,
    splitLine: line,
    axisLabel: { color: css('--quiet'), hideOverlap: true },
    ...extra,
  };
}

// The tooltip is an element, as a text would be read as markup.
function tip(title, lines) {
  return h('div', { className: 'tip' }, h('b', {}, title), lines.map((line) => h('div', {}, line)));
}

function tooltip(extra) {
  return {
    backgroundColor: css('--surface'),
    borderColor: css('--line'),
    textStyle: { color: css('--text') },
    confine: true,
    ...extra,
  };
}

// series: [{name, color, points: [[x, y]], band: [[x, low, high]], faint, dots}]
export function lines(element, series, { x, y, logX, logY }) {
  const positive = (value, log) => (log && !(value > 0) ? null : value);
  draw(element, () => ({
    grid: { left: 62, right: 18, top: 14, bottom: 46 },
    xAxis: axis(logX ? 'log' : 'value', x, { nameGap: 28, min: 'dataMin', max: 'dataMax', axisLabel: { color: css('--quiet'), hideOverlap: true, formatter: short } }),
    yAxis: axis(logY ? 'log' : 'value', y, { nameGap: 46, scale: true, axisLabel: { color: css('--quiet'), formatter: (value) => short(value) } }),
    dataZoom: [{ type: 'inside', xAxisIndex: 0, filterMode: 'none' }],
    tooltip: tooltip({
      trigger: 'axis',
      axisPointer: { type: 'line' },
      formatter: (all) => tip(
        x + ' ' + short(all[0].axisValue),
        all.filter((point) => point.seriesType === 'line' && point.seriesName).map((point) => `${point.seriesName}: ${number(point.value[1])}`),
      ),
    }),
    series: series.flatMap((one) => [
      one.band ? band(one) : null,
      {
        type: 'line',
        name: one.faint ? '' : one.name,
        data: one.points.map(([at, value]) => [positive(at, logX), positive(value, logY)]),
        showSymbol: Boolean(one.dots),
        symbol: 'circle',
        symbolSize: 6,
        silent: true,
        lineStyle: { width: one.faint ? 1 : 1.8, opacity: one.faint ? 0.3 : 1, type: one.dots ? 'dashed' : 'solid' },
        itemStyle: { color: one.color },
        z: one.faint ? 2 : 3,
      },
    ]).filter(Boolean),
  }));
}

function band({ name, color: of, band: points }) {
  return {
    type: 'custom',
    name: name + ' band',
    silent: true,
    clip: true,
    z: 1,
    encode: { x: 0, y: [1, 2] },
    data: points,
    tooltip: { show: false },
    renderItem: (parameters, api) => {
      if (parameters.dataIndexInside !== 0) {
        return null;
      }
      const there = points.filter(([, low, high]) => low !== null && high !== null);
      const above = there.map(([at, , high]) => api.coord([at, high]));
      const below = there.map(([at, low]) => api.coord([at, low])).reverse();
      return { type: 'polygon', shape: { points: [...above, ...below] }, style: { fill: of, stroke: of, lineWidth: 0.7, opacity: 0.18 } };
    },
  };
}

// Cells around 1, as powers of two from a quarter to four; cells[row][column].
export function around(element, { rows, columns, cells, x, y, name, onClick }) {
  const logarithm = (value) => Math.max(-2, Math.min(2, Math.log2(Math.max(value, 1e-9))));
  const data = () => cells.flatMap((row, r) => row.map((value, c) => ({ value: [c, r, logarithm(value), value], label: { color: Math.abs(logarithm(value)) > 1.5 ? css('--background') : css('--text') } })));
  const numbered = rows.length * columns.length <= 160 && columns.length <= 20;
  element.style.height = Math.min(900, Math.max(200, 110 + rows.length * (rows.length > 40 ? 9 : 20))) + 'px';
  const chart = draw(element, () => ({
    grid: { left: Math.min(170, 24 + 7 * Math.max(...rows.map((row) => row.length))), right: 12, top: 8, bottom: 84 },
    xAxis: axis('category', x, { data: columns, nameGap: 26, splitLine: { show: false } }),
    yAxis: axis('category', y ?? '', { data: rows, inverse: true, splitLine: { show: false }, axisLabel: { color: css('--quiet'), width: 150, overflow: 'truncate' } }),
    visualMap: {
      min: -2,
      max: 2,
      dimension: 2,
      orient: 'horizontal',
      left: 'center',
      bottom: 0,
      itemHeight: 160,
      itemWidth: 12,
      text: ['4×', '¼×'],
      textStyle: { color: css('--quiet') },
      inRange: { color: SCALE() },
    },
    tooltip: tooltip({
      formatter: ({ value }) => tip(`${rows[value[1]]}, ${columns[value[0]]}`, [`${name}: ${number(value[3], 3)}×`]),
    }),
    series: [{
      type: 'heatmap',
      data: data(),
      label: {
        show: numbered,
        fontSize: 11,
        formatter: ({ value }) => value[3].toFixed(2),
      },
      progressive: 0,
      emphasis: { itemStyle: { borderColor: css('--text'), borderWidth: 1 } },
    }],
  }));
  chart.off('click');
  if (onClick) {
    chart.on('click', ({ value }) => onClick(value[1], value[0]));
  }
}

// rows: [{name, mean, margin, values}], one horizontal interval each.
export function intervals(element, rows, title) {
  element.style.height = 70 + rows.length * 24 + 'px';
  draw(element, () => ({
    grid: { left: Math.min(190, 30 + 7 * Math.max(...rows.map((row) => row.name.length))), right: 24, top: 8, bottom: 46 },
    xAxis: axis('value', title, { scale: true, nameGap: 28, axisLabel: { color: css('--quiet'), hideOverlap: true, formatter: short } }),
    yAxis: axis('category', '', { data: rows.map((row) => row.name), inverse: true, splitLine: { show: false } }),
    tooltip: tooltip({
      formatter: ({ dataIndex, data }) => {
        const row = rows[data.row ?? dataIndex];
        const margin = row.margin === undefined ? '' : ' ± ' + number(row.margin, 2);
        return tip(row.name, [`${title}: ${number(row.mean)}${margin}`, `${row.values.length} seeds: ${row.values.map((v) => number(v)).join(', ')}`]);
      },
    }),
    series: [
      {
        type: 'custom',
        encode: { x: [1, 2], y: 0 },
        data: rows.map((row, i) => [i, row.mean - (row.margin ?? 0), row.mean + (row.margin ?? 0)]),
        renderItem: (parameters, api) => {
          const low = api.coord([api.value(1), api.value(0)]);
          const high = api.coord([api.value(2), api.value(0)]);
          return { type: 'line', shape: { x1: low[0], y1: low[1], x2: high[0], y2: high[1] }, style: { stroke: color(0), lineWidth: 3, opacity: 0.55 } };
        },
      },
      { type: 'scatter', symbolSize: 5, itemStyle: { color: css('--quiet'), opacity: 0.7 }, data: rows.flatMap((row, i) => row.values.map((value) => ({ value: [value, i], row: i }))) },
      { type: 'scatter', symbolSize: 10, itemStyle: { color: color(0) }, data: rows.map((row, i) => ({ value: [row.mean, i], row: i })) },
    ],
  }));
}

// A line of a few points; null where there are none.
export function spark(points) {
  const there = points.map((y, x) => [x, y]).filter(([, y]) => y !== null);
  if (there.length < 2) {
    return null;
  }
  const values = there.map(([, y]) => y);
  const low = Math.min(...values);
  const height = Math.max(...values) - low || 1;
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'spark');
  svg.setAttribute('viewBox', '0 0 96 22');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  line.setAttribute('points', there.map(([x, y]) => `${((x * 94) / (points.length - 1) + 1).toFixed(1)},${(20 - ((y - low) * 18) / height).toFixed(1)}`).join(' '));
  svg.append(line);
  return svg;
}
