// Experiments: claims with their bands, arms with intervals, curves and maps.
import { h, fill, number, problem } from './dom.js';
import { ask, isReport } from './source.js';
import { around, color, intervals, lines } from './charts.js';
import { choice } from './controls.js';

const AGAIN = 5000; // milliseconds between looks at an experiment that runs
let experimentId = '';

export function experimentsView(view, context) {
  const all = context.list.experiments;
  if (all.length === 0) {
    fill(view, h('p', { className: 'empty' }, `No experiment in ${context.list.roots.join(', ')} yet.`));
    return () => {};
  }
  experimentId = all.some((one) => one.id === experimentId) ? experimentId : all[0].id;
  const controls = h('div', { className: 'controls' });
  const body = h('div', {});
  let seen = '';
  let measure = '';
  fill(view, controls, body);

  async function show() {
    fill(controls, all.length > 1 ? choice('experiment', all.map((one) => [one.id, one.name]), experimentId, (value) => { experimentId = value; seen = ''; measure = ''; show(); }) : null);
    try {
      const now = await ask('experiment', { experiment: experimentId });
      const text = JSON.stringify(now);
      if (text !== seen) {
        seen = text;
        fill(body, now.error ? problem({ message: now.error }) : [heading(now), claims(now), arms(now), curves(now), maps(now)]);
      }
    } catch (error) {
      fill(body, problem(error));
    }
  }

  function heading(now) {
    const running = now.finished < now.trials ? `${now.finished} of ${now.trials} trials finished` : `${now.trials} trials`;
    return h('section', { className: 'panel' },
      h('h2', {}, now.experiment, ' ', h('span', { className: 'badge' }, now.verdict ? (now.provisional ? 'so far: ' : '') + now.verdict : 'no verdict yet')),
      h('p', {}, now.question), h('p', { className: 'quiet' }, `${now.paper.citation}; ${now.paper.place}. Published numbers: ${now.paper.standing}.`), h('p', { className: 'quiet' }, now.setting),
      h('p', {}, running + (now.finished < now.trials && now.seeds > 0 ? `; verdict and curves are over the ${now.seeds === 1 ? 'seed' : now.seeds + ' seeds'} that all arms have finished.` : '.')), now.unjudged ? h('p', { className: 'quiet' }, now.unjudged) : null);
  }

  function claims(now) {
    if (!now.checks) {
      return null;
    }
    return h('section', { className: 'panel' }, h('h2', {}, 'Claims'), h('div', { className: 'scroll' }, h('table', {},
      h('thead', {}, h('tr', {}, h('th', { className: 'text' }, 'claim'), h('th', { className: 'text' }, 'criterion'), h('th', {}, 'measured'), h('th', { className: 'text' }, 'holds'))),
      h('tbody', {}, now.checks.map((check) => h('tr', {}, h('td', { className: 'wrap' }, check.claim), h('td', { className: 'wrap' }, check.band), h('td', {}, check.measured),
        h('td', { className: 'text ' + (check.holds ? 'good' : 'bad') }, (check.holds ? 'yes' : 'no') + (check.gates ? '' : ' (informational)'))))))));
  }

  function arms(now) {
    const columns = now.columns.filter((column) => now.arms.some((arm) => arm.measures[column.measure]));
    if (columns.length === 0) {
      return null;
    }
    measure = columns.some((column) => column.measure === measure) ? measure : columns[0].measure;
    const chart = h('div', { className: 'chart' });
    const picture = () => {
      const column = columns.find((one) => one.measure === measure);
      intervals(chart, now.arms.filter((arm) => Number.isFinite(arm.measures[measure]?.mean)).map((arm) => ({ name: arm.name, ...arm.measures[measure] })), column.heading);
    };
    requestAnimationFrame(picture);
    return h('section', { className: 'panel' }, h('h2', {}, 'Arms'), h('p', { className: 'quiet' }, 'Mean with the 95 % t interval over seeds; small dots are seeds.'),
      h('div', { className: 'scroll' }, h('table', {},
        h('thead', {}, h('tr', {}, h('th', { className: 'text' }, 'arm'), h('th', {}, 'seeds'), columns.flatMap((column) => [h('th', {}, column.heading), isPublished(column) ? h('th', {}, 'published') : null]))),
        h('tbody', {}, now.arms.map((arm) => h('tr', {}, h('td', { className: 'text', title: arm.description }, arm.name), h('td', {}, String(arm.finished)),
          columns.flatMap((column) => [h('td', {}, cell(arm.measures[column.measure], column.digits)), isPublished(column) ? h('td', {}, column.published[arm.name] ?? '') : null])))))),
      h('div', { className: 'controls' }, choice('', columns.map((column) => [column.measure, column.heading]), measure, (value) => { measure = value; picture(); })), chart);
  }

  function curves(now) {
    const names = Object.keys(now.series ?? {});
    return names.map((name) => {
      const chart = h('div', { className: 'chart' });
      const series = Object.entries(now.series[name]).filter(([, curve]) => curve.mean.length > 1 && curve.mean.some((value) => value)).map(([arm, curve], i) => ({
        name: arm,
        color: color(i),
        points: curve.mean.map((value, at) => [curve.tokens[at], value]),
        band: now.seeds > 1 ? curve.mean.map((value, at) => [curve.tokens[at], value === null ? null : value - (curve.error[at] ?? 0), value === null ? null : value + (curve.error[at] ?? 0)]) : null,
      }));
      if (series.length === 0) {
        return null;
      }
      requestAnimationFrame(() => lines(chart, series, { x: 'tokens (epochs or steps where there are none)', y: name }));
      const legend = h('div', { className: 'chips' }, series.map((one) => {
        const swatch = h('span', { className: 'swatch' });
        swatch.style.backgroundColor = one.color;
        return h('span', { className: 'chip' }, swatch, one.name);
      }));
      return h('section', { className: 'panel' }, h('h2', {}, name), h('p', { className: 'quiet' }, 'Mean over seeds; shading: one standard error.'), chart, legend);
    });
  }

  function maps(now) {
    return Object.entries(now.grids ?? {}).map(([name, byArm]) => {
      const chart = h('div', { className: 'chart' });
      let arm = Object.keys(byArm)[0];
      const picture = () => around(chart, { rows: byArm[arm].rows, columns: byArm[arm].columns, cells: byArm[arm].cells, x: '', name });
      requestAnimationFrame(picture);
      return h('section', { className: 'panel' }, h('h2', {}, name + ' (1 is fair), first seed'), h('div', { className: 'controls' }, choice('arm', Object.keys(byArm).map((key) => [key, key]), arm, (value) => { arm = value; picture(); })), chart);
    });
  }

  show();
  const timer = isReport ? 0 : setInterval(show, AGAIN);
  return () => clearInterval(timer);
}

function isPublished(column) {
  return Object.keys(column.published).length > 0;
}

function cell(measured, digits) {
  if (!measured || measured.mean === undefined) {
    return '–';
  }
  return measured.mean.toFixed(digits) + (measured.margin === undefined ? '' : ' ± ' + measured.margin.toFixed(digits));
}
