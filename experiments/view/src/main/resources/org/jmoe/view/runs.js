// The table of runs and their curves.
import { h, fill, number, short, ago, problem, leaves } from './dom.js';
import { ask, follow, isReport } from './source.js';
import { color, lines, spark } from './charts.js';
import { choice, toggle, range } from './controls.js';
import { differences, metricName, points, shorter, smoothed } from './series.js';

const PAGE = 100; // rows shown at first
const MAX_OVERLAID = 20;
const REFRESH = 5000; // milliseconds between the sparklines of runs that train
const AXES = [['step', 'step'], ['tokens', 'tokens'], ['seconds', 'seconds'], ['flops', 'FLOPs']];

const look = { x: 'step', smoothing: 0, logX: false, logY: false, metric: 'gradientNorm', filter: '', sort: 'changed', down: true, shown: PAGE };
let overlaid = null; // ids of the runs in the charts, kept while other views are open

export function runsView(view, context) {
  const curves = new Map();
  const sparks = new Map();
  let rows = context.list.runs;
  let stop = () => {};
  overlaid ??= new Set(newest(rows, isReport ? 8 : 1));
  overlaid = new Set([...overlaid].filter((id) => rows.some((row) => row.id === id)));

  const table = h('div', { className: 'scroll tall' });
  const loss = h('div', { className: 'chart' });
  const other = h('div', { className: 'chart' });
  const errors = h('div', {});
  const metric = h('span', {});
  const filter = h('input', { type: 'search', placeholder: 'Filter by name or setting', value: look.filter, oninput: () => { look.filter = filter.value; showTable(); } });
  fill(
    view,
    h('section', { className: 'panel' }, h('h2', {}, 'Runs'), h('div', { className: 'controls' }, filter, h('span', { className: 'quiet' }, 'Check runs to overlay them.')), table),
    h('div', { className: 'controls' },
      choice('x axis', AXES, look.x, (value) => { look.x = value; showCharts(); }),
      toggle('log x', look.logX, (value) => { look.logX = value; showCharts(); }),
      toggle('log y', look.logY, (value) => { look.logY = value; showCharts(); }),
      range('smoothing', { min: 0, max: 0.99, step: 0.01, value: look.smoothing, text: (value) => value.toFixed(2) }, (value) => { look.smoothing = value; showCharts(); })),
    errors,
    h('div', { className: 'grid' },
      h('section', { className: 'panel' }, h('h2', {}, 'Loss'), loss, h('p', { className: 'quiet' }, 'Lines: training. Dashes with dots: held-out. Shading: minimum to maximum where a point stands for several steps.')),
      h('section', { className: 'panel' }, h('h2', {}, metric), other)),
  );

  async function load(id) {
    try {
      curves.set(id, await ask('curves', { run: id }));
    } catch (error) {
      curves.set(id, { error: error.message, steps: { columns: {} }, evaluations: { columns: {} } });
    }
  }

  async function select() {
    await Promise.all([...overlaid].filter((id) => !curves.has(id)).map(load));
    showCharts();
    stop();
    stop = follow([...overlaid], (id, now) => {
      curves.set(id, now);
      showCharts();
    }, async () => {
      rows = (await context.reload()).runs;
      showTable();
    }, context.connection);
  }

  function shownRows() {
    const words = look.filter.toLowerCase().split(/\s+/).filter(Boolean);
    const found = rows.filter((row) => words.every((word) => text(row).includes(word)));
    return found.sort((a, b) => {
      const one = sortKey(a);
      const two = sortKey(b);
      return (one < two ? -1 : one > two ? 1 : 0) * (look.down ? -1 : 1);
    });
  }

  function sortKey(row) {
    const last = sparks.get(row.id) ?? {};
    const keys = { name: row.name, changed: row.changed ?? 0, heldOut: heldOut(row, last) ?? Infinity, state: row.state, steps: steps(row, last) ?? 0 };
    return keys[look.sort];
  }

  function head(name, key) {
    const arrow = look.sort === key ? (look.down ? ' ↓' : ' ↑') : '';
    const button = h('button', { onclick: () => { look.down = look.sort === key ? !look.down : key !== 'name'; look.sort = key; showTable(); } }, name + arrow);
    return h('th', { className: key === 'name' ? 'text' : '' }, button);
  }

  function showTable() {
    const all = shownRows();
    const some = all.slice(0, look.shown);
    if (rows.length === 0) {
      fill(table, h('p', { className: 'empty' }, ` No run in ${context.list.roots.join(', ')} yet; it appears here as soon as it starts.`));
      return;
    }
    const differing = differences(some);
    const order = [...overlaid];
    fill(table, h('table', {},
      h('thead', {}, h('tr', {}, h('th', {}), head('run', 'name'), head('state', 'state'), h('th', {}, 'loss'), head('steps', 'steps'), h('th', {}, 'tokens'), head('held-out nats', 'heldOut'), h('th', {}, 'load cv'), h('th', {}, 'tokens/s'), head('changed', 'changed'), differing.map(([path]) => h('th', { title: path }, shorter(path))))),
      h('tbody', {}, some.map((row) => showRow(row, differing, order))),
    ), all.length > some.length ? h('button', { onclick: () => { look.shown += PAGE; showTable(); } }, `Show more of ${all.length}`) : null);
  }

  function showRow(row, differing, order) {
    const last = sparks.get(row.id) ?? {};
    const line = h('td', {}, last.points ? spark(last.points) : '');
    if (!sparks.has(row.id)) {
      refresh(row, line);
    }
    const box = h('input', { type: 'checkbox', checked: overlaid.has(row.id), 'aria-label': 'overlay ' + row.name, onchange: () => check(row.id, box) });
    const swatch = h('span', { className: 'swatch' });
    if (overlaid.has(row.id)) {
      swatch.style.backgroundColor = color(order.indexOf(row.id));
    }
    const config = leaves(row.config ?? {});
    const wrong = row.error ?? last.error;
    return h('tr', {},
      h('td', {}, box), h('td', { className: 'name', title: row.path }, swatch, row.name, wrong ? h('div', { className: 'error' }, wrong) : null),
      h('td', { className: 'state-' + row.state }, row.state), line,
      h('td', {}, number(steps(row, last))), h('td', {}, short(row.summary?.tokens ?? last.tokens ?? NaN)),
      h('td', {}, number(heldOut(row, last))), h('td', {}, number(row.summary?.loadCv, 2)),
      h('td', {}, number(row.summary?.tokensPerSecond ?? last.tokensPerSecond, 4)), h('td', {}, row.changed ? ago(row.changed) : '–'),
      differing.map(([path, common]) => {
        const value = config.get(path) ?? '–';
        return h('td', { className: value === common ? '' : 'differs' }, value.length > 28 ? value.slice(0, 27) + '…' : value);
      }));
  }

  function check(id, box) {
    if (box.checked && overlaid.size >= MAX_OVERLAID) {
      box.checked = false;
      fill(errors, h('p', { className: 'quiet' }, `At most ${MAX_OVERLAID} runs are overlaid; uncheck one first.`));
      return;
    }
    overlaid[box.checked ? 'add' : 'delete'](id);
    showTable();
    select();
  }

  async function refresh(row, cell) {
    sparks.set(row.id, {});
    try {
      const now = await ask('spark', { run: row.id });
      sparks.set(row.id, now);
      if (cell.isConnected || cell.parentElement) {
        cell.closest('tr')?.replaceWith(showRow(row, differences(shownRows().slice(0, look.shown)), [...overlaid]));
      }
    } catch (error) {
      sparks.set(row.id, { error: error.message });
    }
  }

  function showCharts() {
    const chosen = [...overlaid].map((id, i) => ({ id, of: curves.get(id), row: rows.find((row) => row.id === id), color: color(i) })).filter((run) => run.of && run.row);
    fill(errors, chosen.filter((run) => run.of.error).map((run) => problem(`${run.row.name}: ${run.of.error}`)));
    const known = [...new Set(chosen.flatMap((run) => Object.keys(run.of.steps.columns)))].filter((name) => !['step', 'tokens', 'seconds', 'nats'].includes(name));
    look.metric = known.includes(look.metric) || known.length === 0 ? look.metric : known[0];
    fill(metric, choice('', known.map((name) => [name, metricName(name)]), look.metric, (value) => { look.metric = value; showCharts(); }));
    const names = Object.fromEntries(AXES);
    const options = { x: names[look.x], logX: look.logX, logY: look.logY };
    lines(loss, chosen.flatMap((run) => [
      ...series(run, 'nats'),
      { name: run.row.name + ' held-out', color: run.color, dots: true, points: points(run, run.of.evaluations, 'nats', look.x) },
    ]), { ...options, y: 'nats per token' });
    lines(other, chosen.flatMap((run) => series(run, look.metric)), { ...options, y: metricName(look.metric) });
  }

  function series(run, name) {
    const all = points(run, run.of.steps, name, look.x);
    const column = run.of.steps.columns[name] ?? {};
    const band = column.min && look.smoothing === 0 ? all.map(([at], i) => [at, column.min[i], column.max[i]]) : null;
    return look.smoothing === 0
      ? [{ name: run.row.name, color: run.color, points: all, band }]
      : [{ name: run.row.name, color: run.color, points: all, faint: true }, { name: run.row.name, color: run.color, points: smoothed(all, look.smoothing) }];
  }

  showTable();
  select();
  const timer = isReport ? 0 : setInterval(() => {
    rows.filter((row) => row.state === 'training' && sparks.has(row.id)).slice(0, PAGE).forEach(async (row) => {
      sparks.set(row.id, await ask('spark', { run: row.id }).catch((error) => ({ error: error.message })));
      row.changed = sparks.get(row.id).changed ?? row.changed;
    });
    showTable();
  }, REFRESH);
  return () => {
    stop();
    clearInterval(timer);
  };
}

function newest(rows, count) {
  return [...rows].filter((row) => !row.error).sort((a, b) => (b.changed ?? 0) - (a.changed ?? 0)).slice(0, count).map((row) => row.id);
}

function text(row) {
  return (row.path + ' ' + row.state + ' ' + JSON.stringify(row.config ?? '')).toLowerCase();
}

function steps(row, last) {
  return row.summary?.steps ?? last.steps;
}

function heldOut(row, last) {
  return row.summary?.validationNats ?? last.heldOut;
}
